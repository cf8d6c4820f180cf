// A local network of the program itself, with something on it: accounts that send, a token, stakes,
// projects, and names that would be code on a careless page.
import { spawn, execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);
const UZ = process.env.UZ ?? "uz";

/** Names that must stay text; the ledger's own rules keep them out of tokens and pillars. */
export const HOSTILE = {
  project: "<img src=x onerror=alert(1)>",
  description: "<script>alert(2)</script> javascript:alert(3) \u202Egnp.exe",
  spork: "<svg onload=alert(5)>",
  note: "<iframe srcdoc='<script>alert(6)</script>'></iframe>",
  node: "<b onclick=alert(7)>node</b>",
};

/** Addresses of the network's first accounts. */
export const ACCOUNTS = [
  "z1qzenlvgmlf4aqwmxh5zfndgfesqacsm66lu2zr",
  "z1qzye67s4dzjvne50g0xyw7m276avk608e78f7p",
  "z1qzps0t8nmrf5jvz5pek0x6502kngkj7wt0f7fx",
];

/** Starts a network; `extra` are more words for `uz up`. */
export async function start(extra = []) {
  const home = await mkdtemp(join(tmpdir(), "explorer-"));
  const env = { PATH: process.env.PATH, HOME: home, NO_COLOR: "1" };
  const given = (flag, value) => (extra.includes(flag) ? [] : [flag, value]);
  const ports = [...given("--rpc-addr", "0"), ...given("--ws-addr", "0")];
  const words = ["up", "--json", ...ports, "--name", HOSTILE.node, "--log-level", "error", ...extra];
  const child = spawn(UZ, words, { env, stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise((done, failed) => {
    createInterface({ input: child.stdout }).once("line", done);
    child.once("exit", (code) => failed(new Error(`uz up ended with ${code}`)));
  });
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
  if (url === undefined) throw new Error(`uz up says no address: ${line}`);
  const network = {
    url,
    child,
    words,
    env,
    home,
    /** Runs `uz`, and gives its result. */
    async uz(...args) {
      const { stdout } = await run(UZ, [...args, "--json", "--node", url], { env, maxBuffer: 1 << 24 });
      const answer = JSON.parse(stdout);
      if (!answer.ok) throw new Error(stdout);
      return answer.result;
    },
    async call(method, params = []) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      });
      const answer = await response.json();
      if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
      return answer.result;
    },
    /** Stops the network as Ctrl-C would. */
    async halt() {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGINT");
      await ended;
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) await network.halt();
      await rm(home, { recursive: true, force: true });
    },
  };
  return network;
}

/** Makes something happen on a network, and says what came into being. */
export async function act(network) {
  const { uz } = network;
  const wait = "--wait=60s";
  const made = {};
  const [sent] = await Promise.all([
    uz("send", "--dev", "0", "dev:1", "12.5", "--data", `text:${HOSTILE.note}`, wait),
    uz("token", "issue-token", "--dev", "1", "--token-name", "Harbour", "--token-symbol", "HRB", "--token-domain", "harbour.example",
      "--total-supply", "1234567.00000001", "--max-supply", "9000000", "--decimals", "8", "--is-mintable", "true", "--is-burnable", "true", wait),
    uz("stake", "stake", "--dev", "2", "--duration", "3mo", "--amount", "250", wait),
    uz("pillar", "delegate", "--dev", "3", "--name", "devnet", wait),
    uz("plasma", "fuse", "--dev", "4", "--address", "dev:5", "--amount", "120", wait),
    uz("pillar", "deposit-qsr", "--dev", "5", "--amount", "200000", wait).then(() =>
      uz("pillar", "register", "--dev", "5", "--name", "Lighthouse-1", "--producer-address", "dev:6",
        "--give-block-reward-percentage", "20", "--give-delegate-reward-percentage", "80", wait)),
    uz("sentinel", "deposit-qsr", "--dev", "6", "--amount", "50000", wait).then(() => uz("sentinel", "register", "--dev", "6", wait)),
    uz("htlc", "create", "--dev", "7", "--hash-locked", "dev:8", "--expiration-time", "+2h", "--hash-lock", "ab".repeat(32), "--amount", "3.25", wait),
    uz("accelerator", "create-project", "--dev", "8", "--name", "Breakwater", "--description", "Stones against the waves, laid by hand.",
      "--url", "https://breakwater.example/plan", "--znn-funds-needed", "1500", "--qsr-funds-needed", "12000.5", wait),
    uz("accelerator", "create-project", "--dev", "9", "--name", HOSTILE.project, "--description", HOSTILE.description,
      "--url", "www.javascript.com/alert", "--znn-funds-needed", "1", "--qsr-funds-needed", "1", wait),
  ]);
  made.sent = sent.hash;
  made.token = (await network.call("embedded.token.getByOwner", [ACCOUNTS[1], 0, 10])).list[0].tokenStandard;
  made.projects = (await network.call("embedded.accelerator.getAll", [0, 10])).list;
  made.project = made.projects.find((project) => project.name === "Breakwater").id;
  await Promise.all([
    uz("spork", "create-spork", "--dev", "0", "--name", HOSTILE.spork, "--description", HOSTILE.description, wait),
    uz("receive", "--dev", "1", "--all", wait),
    uz("receive", "--dev", "2", "--all", wait),
    uz("accelerator", "vote-by-name", "--dev", "5", "--id", made.project, "--name", "Lighthouse-1", "--vote", "yes", wait),
  ]);
  made.unreceived = (await uz("send", "--dev", "2", "dev:9", "1", "QSR", wait)).hash;
  made.issued = (await network.call("ledger.getAccountBlocksByPage", [ACCOUNTS[1], 0, 20])).list.find((block) => block.blockType === 2).hash;
  return made;
}
