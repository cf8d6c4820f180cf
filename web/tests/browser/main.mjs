// The explorer in a real browser before a real node. The last line counts the cases.
//   UZ=PATH node tests/browser/main.mjs [--shots DIR] [part of a case's name]
// With EXPLORER_DIST=1 the pages come from dist/, not from the program.
import { act, start } from "./network.mjs";
import { browser, Cases } from "./harness.mjs";
import { pages } from "./pages.mjs";
import { breaks } from "./breaks.mjs";
import { hands } from "./hands.mjs";
import { hostile } from "./hostile.mjs";
import { shots } from "./shots.mjs";

const words = process.argv.slice(2);
const shot = words.indexOf("--shots");
const folder = shot < 0 ? undefined : words.splice(shot, 2)[1];

const cases = new Cases(words[0]);
const opened = await browser();
const network = await start();
try {
  const made = await act(network);
  const on = { browser: opened, network, made, cases };
  if (folder !== undefined) await shots(on, folder);
  else for (const part of [pages, hands, hostile, breaks]) await part(on);
} finally {
  await network.stop();
  await opened.close();
}
console.log(`${cases.passed} passed, ${cases.failed} failed`);
process.exit(cases.failed === 0 ? 0 : 1);
