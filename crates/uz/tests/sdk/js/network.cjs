// A development network for one run: starts the program under test on free ports, and stops it.
"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const readline = require("node:readline");

/** Seconds in a slot. */
const BLOCK_TIME = 1;

/**
 * Starts `uz up` with data of its own. Resolves to its WebSocket address and a way to stop it, once it
 * has said that it is ready. If the variable SDK_WS names a network that runs already, that is used.
 */
async function start() {
  if (process.env.SDK_WS) return { ws: process.env.SDK_WS, stop: async () => {} };
  const program = process.env.UZ;
  if (!program) throw new Error("the variable UZ must name the program uz");
  const dataDir = fs.mkdtempSync(path.join(process.env.X_SCRATCH ?? os.tmpdir(), "sdk-js-"));
  const args = ["up", "--json", "--data-dir", dataDir, "--block-time", String(BLOCK_TIME)];
  const ports = ["--rpc-addr", "127.0.0.1:0", "--ws-addr", "127.0.0.1:0"];
  const log = fs.openSync(path.join(dataDir, "log"), "w");
  const child = spawn(program, [...args, ...ports], { stdio: ["ignore", "pipe", log] });
  const ended = new Promise((resolve) => child.once("exit", resolve));

  const ready = await Promise.race([
    new Promise((resolve) => readline.createInterface({ input: child.stdout }).once("line", resolve)),
    ended.then(() => null),
  ]);
  if (ready === null) {
    throw new Error(`uz up ended:\n${fs.readFileSync(path.join(dataDir, "log"), "utf8").slice(-2000)}`);
  }
  const stop = async () => {
    child.kill("SIGINT");
    const code = await ended;
    fs.rmSync(dataDir, { recursive: true, force: true });
    if (code !== 0) throw new Error(`uz up ended with ${code} after an interrupt`);
  };
  return { ws: address(JSON.parse(ready)), stop };
}

/** The WebSocket address in what `uz up --json` says. */
function address(message) {
  const { ws } = message.result ?? message;
  return ws.includes("://") ? ws : `ws://${ws}`;
}

module.exports = { BLOCK_TIME, start };
