// The pictures of the documentation.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { ACCOUNTS } from "./network.mjs";
import { ok } from "./harness.mjs";
import { answers } from "./hands.mjs";
import { open } from "./visit.mjs";

const BYTES_MAX = 150 * 1024;
const WIDE = { width: 1200, height: 800 };
const PHONE = { width: 360, height: 740 };

export async function shots(on, folder) {
  const pictures = [
    ["explorer-overview-light", "", WIDE, "light"],
    ["explorer-overview-dark", "", WIDE, "dark"],
    ["explorer-call-dark", `block/${on.made.issued}`, WIDE, "dark"],
    ["explorer-account-phone", `account/${ACCOUNTS[1]}`, PHONE, "light"],
    ["explorer-charts-light", "charts?span=60", WIDE, "light"],
    ["explorer-network-dark", "network", WIDE, "dark"],
  ];
  for (const [name, path, viewport, colorScheme] of pictures) {
    await on.cases.case(name, async () => {
      const { page, context, visit, close } = await open(on, { viewport, colorScheme, reducedMotion: "reduce" });
      // A network by itself has no map worth a picture.
      const map = path === "network";
      if (map) await answers(context, on.network, { "network.topology": town() });
      await visit(path);
      if (map) await page.getByRole("heading", { name: "Who knows whom" }).evaluate((head) => scrollTo(0, head.offsetTop - 70));
      const file = join(folder, `${name}.png`);
      await page.screenshot({ path: file });
      const { size } = await stat(file);
      ok(size <= BYTES_MAX, `${name} has ${size} bytes`);
      await close();
    });
  }
}

/** A made-up network of three pillars, their sentries and some more. */
function town() {
  const names = ["anchor", "beacon", "cliff", "sentry-a", "sentry-b", "sentry-c", "dune", "eddy", "fjord", "gull", "harbour", "inlet", "jetty", "kelp"];
  const nodes = names.map((name, at) => ({ id: name, name: `${name}/uz`, address: "", height: 4211 - (at % 3) }));
  const pairs = "03 14 25 34 45 35 36 37 48 49 5a 5b 67 89 ab 6c 8d cd 7c 9d bc".split(" ");
  const edges = pairs.map((pair) => ({ from: names[parseInt(pair[0], 16)], to: names[parseInt(pair[1], 16)] }));
  return { self: "sentry-a", nodes, edges };
}
