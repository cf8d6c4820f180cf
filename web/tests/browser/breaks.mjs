// A node without WebSocket, one that goes away and comes back, one that refuses, one without pages.
import { ACCOUNTS, start } from "./network.mjs";
import { equal, ok, until } from "./harness.mjs";
import { answers } from "./hands.mjs";
import { drawn, open, textOf } from "./visit.mjs";

export async function breaks(on) {
  const { cases } = on;

  await cases.case("without WebSocket the pages ask for news, and an empty chain is told as such", async () => {
    const network = await start(["--ws-addr", "none"]);
    try {
      const { page, visit, watched, close } = await open(on, {}, network);
      watched.allowed.push("WebSocket");
      await visit("");
      await page.getByText("Polling").first().waitFor();
      const height = async () => Number((await page.locator(".news b").innerText()).replace(/,/g, ""));
      const first = await height();
      await until("the height goes on", async () => (await height()) > first);
      for (const [path, text] of [
        ["projects", "There is no project yet."],
        ["sentinels", "There is no active sentinel."],
        ["contract/htlc", "Nobody has called this contract yet."],
        ["contract/bridge", "The bridge leads to no network yet."],
      ]) {
        await visit(path);
        ok((await textOf(page)).includes(text), `${path} lacks "${text}"`);
      }
      await close();
    } finally {
      await network.stop();
    }
  });

  await cases.case("epochs that are over show what pillars made and what they were given", async () => {
    const network = await start();
    try {
      await network.uz("devnet", "increase-time", "5h");
      // Contracts give rewards out after so many momentums.
      await network.uz("devnet", "mine", "310");
      const given = async () => (await network.call("embedded.pillar.getFrontierRewardByPage", [ACCOUNTS[0], 0, 1])).count > 0;
      await until("an epoch is over and its rewards are given", given, 30_000);
      const { page, visit, close } = await open(on, {}, network);
      await visit("pillar/devnet");
      await page.getByRole("table", { name: "Rewards by epoch" }).getByRole("row").nth(1).waitFor();
      await page.getByRole("table", { name: "Epochs" }).getByRole("row").nth(1).waitFor();
      await page.getByRole("slider", { name: /^Momentums made in each epoch/ }).waitFor();
      await visit(`account/${ACCOUNTS[0]}?tab=rewards`);
      await page.getByRole("table", { name: "Rewards by epoch, pillar" }).getByRole("row").nth(1).waitFor();
      await close();
    } finally {
      await network.stop();
    }
  });

  await cases.case("the map and the list show the peers of a network of three", async () => {
    const network = await start(["--pillars", "3"]);
    try {
      await until("two peers are connected", async () => (await network.call("network.peers")).count === 2, 60_000);
      const { page, visit, close } = await open(on, {}, network);
      await visit("network");
      await page.getByRole("group", { name: /^Map of 3 nodes/ }).waitFor();
      await until("all know each other", async () => (await page.locator(".graph .edge").count()) >= 2);
      equal(await page.getByRole("table", { name: "Peers" }).getByRole("row").count(), 3, "rows of the list of peers");
      ok((await textOf(page)).includes("libp2p"), await textOf(page));
      await close();
    } finally {
      await network.stop();
    }
  });

  await cases.case("a node that goes away is told, and found again when it is back", async () => {
    const network = await start();
    let again;
    try {
      const { page, visit, watched, close } = await open(on, {}, network);
      watched.allowed.push("WebSocket", "ERR_CONNECTION", "ERR_EMPTY", "ERR_SOCKET", "Failed to load resource");
      await visit("pillars");
      await page.getByText("Live").first().waitFor();
      await network.halt();
      await page.getByText("The node does not answer; what stands here may be old.").waitFor();
      equal(await page.locator(".news .word").innerText(), "Offline");
      ok((await textOf(page)).includes("devnet"), "what was known still stands");
      // A page that was not seen yet says that it can't be had, and offers to ask again.
      await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Tokens" }).click();
      await page.getByRole("button", { name: "Ask again" }).waitFor();
      again = await start(["--rpc-addr", new URL(network.url).host, "--data-dir", `${network.home}/.local/share/unikernel-z/devnet`]);
      await page.getByText("Live").first().waitFor({ timeout: 30_000 });
      await page.getByRole("table", { name: "Tokens" }).waitFor();
      equal(await page.locator(".offline").count(), 0, "warnings");
      await close();
    } finally {
      await again?.stop();
      await network.stop();
    }
  });

  await cases.case("what the node refuses is told in its words, and can be asked again", async () => {
    const { page, visit, context, close } = await open(on);
    await context.route(`${on.network.url}/`, async (route) => {
      const asked = JSON.parse(route.request().postData() ?? "null");
      const list = Array.isArray(asked) ? asked : [asked];
      if (!list.some(({ method }) => method === "embedded.token.getAll")) return route.fallback();
      const given = list.map(({ id, method }) => ({
        jsonrpc: "2.0",
        id,
        error: { code: method === "embedded.token.getAll" ? -32000 : -32601, message: "the store is on fire" },
      }));
      return route.fulfill({ json: Array.isArray(asked) ? given : given[0] });
    });
    await visit("tokens");
    await page.getByRole("alert").filter({ hasText: "The node says: the store is on fire" }).waitFor();
    await context.unroute(`${on.network.url}/`);
    await page.getByRole("button", { name: "Ask again" }).click();
    await page.getByRole("table", { name: "Tokens" }).waitFor();
    await close();
  });

  await cases.case("a syncing node says so", async () => {
    const { page, visit, context, close } = await open(on);
    await answers(context, on.network, { "stats.syncInfo": { state: 1, currentHeight: 5000, targetHeight: 20000 } });
    await visit("");
    await page.getByText("The node is syncing: 5,000 of 20,000 momentums (25.0 %)").waitFor();
    await close();
  });

  await cases.case("switched off, nothing is there", async () => {
    const network = await start(["--explorer", "off"]);
    try {
      const answer = await fetch(`${network.url}/explorer/`, { headers: { accept: "text/html" } });
      equal(answer.status, 404);
      equal((await fetch(network.url, { headers: { accept: "text/html" } })).status, 200);
    } finally {
      await network.stop();
    }
  });

  await cases.case("a browser at the root is led to the pages", async () => {
    const { page, close } = await open(on);
    await page.goto(on.network.url);
    await page.waitForURL(/\/explorer\/$/);
    await drawn(page);
    await close();
  });
}
