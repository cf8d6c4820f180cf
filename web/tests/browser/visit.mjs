// Opening pages and waiting for what they show.
import { Watched } from "./harness.mjs";

/** A page of its own, watched; `close` gives what was wrong with it. */
export async function open(on, options = {}, network = on.network) {
  const context = await on.browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-GB", timezoneId: "UTC", ...options });
  const watched = new Watched(network.url);
  await watched.watch(context);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  return {
    page,
    context,
    watched,
    async close() {
      await context.close();
      if (watched.problems.length > 0) throw new Error(watched.problems.join("\n"));
    },
    /** Goes to a path of the explorer, and waits until it is drawn. */
    async visit(path) {
      await page.goto(`${network.url}/explorer/${path}`);
      await drawn(page);
    },
  };
}

/** Waits until nothing loads any more. */
export async function drawn(page) {
  await page.waitForFunction(() => document.querySelector("article h1") && !document.querySelector("article .loading"));
}

/** The text of the page. */
export const textOf = (page) => page.locator("main").innerText();
