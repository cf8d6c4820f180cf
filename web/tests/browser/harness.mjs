// A small frame for the tests in a browser: pages that are watched, and cases that are counted.
import { chromium } from "playwright-core";
import { fileURLToPath } from "node:url";

/** What the pages of a test are watched for. */
export class Watched {
  constructor(origin) {
    this.origin = origin;
    this.problems = [];
    /** Parts of console lines that the test itself provokes. */
    this.allowed = [];
  }

  async watch(context) {
    // Whatever would leave the origin is noted and goes nowhere.
    await context.route(
      (url) => url.origin !== this.origin,
      (route) => {
        this.problems.push(`asks elsewhere: ${route.request().url()}`);
        return route.abort();
      },
    );
    // For work on the pages: dist/ as it is now, before a program that was built earlier.
    if (process.env.EXPLORER_DIST === "1") {
      await context.route(/\/explorer\/app\.(js|css)$/, (route) => {
        const name = route.request().url().split("/").at(-1);
        return route.fulfill({ path: fileURLToPath(new URL(`../../dist/${name}`, import.meta.url)) });
      });
    }
    context.on("page", (page) => {
      page.on("pageerror", (error) => this.problems.push(`throws: ${error.stack ?? error.message}`));
      page.on("dialog", (dialog) => {
        this.problems.push(`a dialog opens: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on("console", (message) => {
        const text = message.text();
        if (message.type() !== "error" && message.type() !== "warning") return;
        if (!this.allowed.some((part) => text.includes(part))) this.problems.push(`console: ${text}`);
      });
    });
  }
}

/** Starts the browser; the one of the system, since none is fetched. */
export function browser() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  // Root has no sandbox of its own, and small machines little shared memory.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/** Fails with what was seen and what should have been. */
export function equal(seen, wanted, what = "value") {
  if (seen !== wanted) throw new Error(`${what}: ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`);
}

export function ok(truth, what) {
  if (!truth) throw new Error(what);
}

/** Asks again and again until something holds; fails when it never does. */
export async function until(what, holds, ms = 20_000) {
  const end = Date.now() + ms;
  for (;;) {
    const seen = await holds();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Runs cases one after the other, and counts them. */
export class Cases {
  constructor(only) {
    this.only = only;
    this.passed = 0;
    this.failed = 0;
  }

  async case(name, run) {
    if (this.only !== undefined && !name.includes(this.only)) return;
    const began = Date.now();
    try {
      await run();
      this.passed += 1;
      console.log(`  ok   ${name} (${Date.now() - began} ms)`);
    } catch (error) {
      this.failed += 1;
      console.log(`  FAIL ${name}\n${String(error.stack ?? error).replace(/^/gm, "       ")}`);
    }
  }
}
