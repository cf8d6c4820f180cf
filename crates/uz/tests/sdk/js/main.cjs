// Runs all cases at once against one development network. The last line counts them.
"use strict";

const say = console.log.bind(console);
// The SDK prints what it does; only this program's lines are wanted.
for (const name of ["log", "info", "warn", "debug"]) console[name] = () => {};

const { Chain } = require("./chain.cjs");
const { cases } = require("./cases.cjs");
const network = require("./network.cjs");

/** A run that hangs ends after so many seconds. */
const LIMIT_SECONDS = 240;

async function main() {
  const { ws, stop } = await network.start();
  const outcome = { passed: 0, failed: 0 };
  try {
    const chain = await Chain.connect(ws);
    const wanted = process.argv.slice(2);
    const chosen = Object.entries(cases).filter(
      ([name]) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
    );
    await Promise.all(chosen.map(([name, run]) => settle(name, () => run(chain), outcome)));
  } finally {
    await settle("stops after an interrupt", stop, outcome);
  }
  say(`${outcome.passed} passed, ${outcome.failed} failed`);
  return outcome.failed === 0 && outcome.passed > 1;
}

async function settle(name, run, outcome) {
  const start = Date.now();
  try {
    await run();
    outcome.passed += 1;
    say(`ok   ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    outcome.failed += 1;
    say(`FAIL ${name}: ${error?.stack ?? JSON.stringify(error)}`);
  }
}

setTimeout(() => {
  say(`FAIL not done after ${LIMIT_SECONDS} seconds`);
  process.exit(1);
}, LIMIT_SECONDS * 1000).unref();

main().then(
  // The SDK has no way to close its connection, so the process is ended here.
  (good) => process.exit(good ? 0 : 1),
  (error) => {
    say(`FAIL ${error?.stack ?? error}`);
    process.exit(1);
  },
);
