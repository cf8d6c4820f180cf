// What readers do: search, walk by keys, go back, read plots and the map, watch news come.
import { ACCOUNTS } from "./network.mjs";
import { equal, ok, until } from "./harness.mjs";
import { drawn, open, textOf } from "./visit.mjs";

export async function hands(on) {
  const { cases, network, made } = on;

  await cases.case("search finds each kind", async () => {
    const { page, visit, close } = await open(on);
    await visit("");
    const momentum = await network.call("ledger.getMomentumsByHeight", [2, 1]).then(({ list }) => list[0]);
    const found = [
      ["3", "Momentum", /\/momentum\/3$/],
      [momentum.hash, "Momentum", /\/momentum\//],
      [made.sent, "Block", new RegExp(`/block/${made.sent}$`)],
      [ACCOUNTS[2], "Account", new RegExp(`/account/${ACCOUNTS[2]}$`)],
      [made.token, "Token", new RegExp(`/token/${made.token}$`)],
      ["harbour", "Token", new RegExp(`/token/${made.token}$`)],
      ["lighthouse", "Pillar", /\/pillar\/Lighthouse-1$/],
      ["Breakwater", "Project", new RegExp(`/project/${made.project}$`)],
      ["htlc", "Contract", /\/contract\/htlc$/],
    ];
    const field = page.getByRole("combobox");
    for (const [text, kind, address] of found) {
      await field.fill(text);
      await page.getByRole("option").filter({ hasText: kind }).first().waitFor();
      await field.press("ArrowDown");
      await page.getByRole("option", { selected: true }).filter({ hasText: kind }).waitFor();
      await field.press("Enter");
      await page.waitForURL(address);
      await drawn(page);
    }
    await field.fill(`0x${made.project}`);
    await page.getByRole("option").filter({ hasText: "Project" }).click();
    await page.getByRole("heading", { level: 1, name: "Breakwater" }).waitFor();
    for (const [text, says] of [
      ["no such thing at all", "Nothing is named so."],
      [ACCOUNTS[0].replace("z1qz", "z1qq"), "mistyped address"],
      ["f".repeat(64), "Nothing confirmed has this hash."],
    ]) {
      await field.fill(text);
      await page.locator(".search .none").filter({ hasText: says }).waitFor();
    }
    await field.fill("a");
    await field.press("Enter");
    await page.waitForURL(/\/search\?q=a$/);
    await close();
  });

  await cases.case("all can be done by keys", async () => {
    const { page, visit, close } = await open(on);
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
    await visit("");
    await page.keyboard.press("Tab");
    equal(await focused(), "Skip to the content");
    const box = await page.locator(".skip").boundingBox();
    ok(box !== null && box.y >= 0, "the skip link can be seen when it has the focus");
    await page.keyboard.press("Enter");
    equal(await page.evaluate(() => document.activeElement?.id), "main");
    // Keys go to pages, and the focus goes to their titles.
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    await page.waitForURL(/\/pillars$/);
    await until("the title has the focus", async () => (await focused()) === "Pillars");
    await drawn(page);
    await page.keyboard.press("j");
    equal(await focused(), "devnet");
    await page.keyboard.press("j");
    equal(await focused(), "Lighthouse-1");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    equal(outline, "solid", "outline of what has the focus");
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/pillar\/devnet$/);
    // Search and away again.
    await page.keyboard.press("/");
    equal(await page.evaluate(() => document.activeElement?.id), "search");
    await page.keyboard.type("harb");
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("Escape");
    equal(await page.getByRole("option").count(), 0, "suggestions after Escape");
    await page.keyboard.press("Escape");
    equal(await page.evaluate(() => document.activeElement === document.body), true, "the field is left");
    // Neighbours of a momentum.
    await visit("momentum/3");
    await page.keyboard.press("]");
    await page.waitForURL(/\/momentum\/4$/);
    await page.getByRole("heading", { level: 1, name: "4", exact: true }).waitFor();
    await page.keyboard.press("[");
    await page.waitForURL(/\/momentum\/3$/);
    // The list of keys holds the focus until it is closed.
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    // What a modifier is held with is the browser's, and what is typed stays typed.
    const before = page.url();
    await page.keyboard.press("Control+g");
    await page.keyboard.press("p");
    equal(page.url(), before, "address after Control+g, p");
    await close();
  });

  await cases.case("tabs of the keyboard reach every control once, in order", async () => {
    const { page, visit, close } = await open(on);
    await visit("contract/htlc");
    await page.evaluate(() => {
      globalThis.seen = [];
      document.addEventListener("focusin", (event) => globalThis.seen.push(event.target));
    });
    for (let press = 0; press < 60; press += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => globalThis.seen.length > 1 && globalThis.seen.at(-1) === globalThis.seen[0])) break;
    }
    const faults = await page.evaluate(() => {
      const seen = globalThis.seen.filter((one) => one !== document.body);
      const order = seen.slice(1).filter((one, at) => !(seen[at].compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING));
      const unnamed = seen.filter((one) => !(one.textContent?.trim() || one.getAttribute("aria-label") || one.labels?.length));
      return { count: seen.length, order: order.slice(0, -1).map((one) => one.outerHTML.slice(0, 120)), unnamed: unnamed.map((one) => one.outerHTML.slice(0, 120)) };
    });
    ok(faults.count > 20, `only ${faults.count} controls`);
    equal(faults.order.join("\n"), "", "out of order");
    equal(faults.unnamed.join("\n"), "", "without a name");
    await close();
  });

  await cases.case("links have addresses, and back comes back to where one was", async () => {
    const { page, visit, close } = await open(on);
    await visit("");
    // As far down as the page goes, but for a little that news may add to it.
    const stood = await page.evaluate(() => (scrollTo(0, 400), scrollY));
    ok(stood > 50, `the page is too short to scroll: ${stood}`);
    // A click by the page itself: the tester's own would scroll first.
    await page.getByRole("table", { name: "Newest blocks" }).getByRole("link").first().evaluate((link) => link.click());
    await page.waitForURL(/\/block\//);
    await drawn(page);
    equal(await page.evaluate(() => scrollY), 0, "a new page begins at its top");
    const deep = page.url();
    await page.goBack();
    await page.waitForURL(/\/explorer\/$/);
    await until("the overview stands where it stood", () => page.evaluate((stood) => Math.abs(scrollY - stood) < 3, stood));
    await page.goForward();
    equal(page.url(), deep);
    await page.reload();
    await drawn(page);
    ok((await textOf(page)).includes("How it was made"), "the address alone gives the page");
    // A part of a page has its own address too.
    await visit(`account/${ACCOUNTS[0]}`);
    await page.getByRole("link", { name: "Roles" }).click();
    await page.waitForURL(/\?tab=roles$/);
    await page.goBack();
    await page.getByRole("link", { name: "Blocks", exact: true }).and(page.locator(".tabs [aria-current]")).waitFor();
    await close();
  });

  await cases.case("news come by themselves and disturb nobody", async () => {
    const { page, visit, close } = await open(on);
    await visit(`account/${ACCOUNTS[2]}?tab=unreceived`);
    await page.getByText("Live").first().waitFor();
    const link = page.getByRole("link", { name: "Fusions" });
    await link.focus();
    await page.setViewportSize({ width: 1280, height: 420 });
    await page.evaluate(() => scrollTo(0, 60));
    const { hash } = await network.uz("send", "--dev", "3", "dev:2", "0.00000001");
    await page.locator(`a[title="${hash}"]`).waitFor();
    ok(await link.evaluate((one) => one === document.activeElement), "the focus stays");
    equal(await page.evaluate(() => scrollY), 60, "scroll");
    // Heights go on, unless they are told to stop.
    const height = async () => Number((await page.locator(".news b").innerText()).replace(/,/g, ""));
    const first = await height();
    await until("the height goes on", async () => (await height()) > first);
    await page.keyboard.press("p");
    await page.getByText("Paused").first().waitFor();
    const held = await height();
    const chain = async () => (await network.call("ledger.getFrontierMomentum")).height;
    const then = await chain();
    await until("the chain goes on", async () => (await chain()) > then + 1);
    equal(await height(), held, "height while paused");
    await page.keyboard.press("p");
    await until("the height goes on again", async () => (await height()) > held);
    await close();
  });

  await cases.case("a page of what is to come waits for it", async () => {
    const { page, visit, close } = await open(on);
    const { height } = await network.call("ledger.getFrontierMomentum");
    await visit(`momentum/${height + 4}`);
    ok((await textOf(page)).includes("has not reached this height"), await textOf(page));
    await page.getByText("Changes hash", { exact: true }).waitFor();
    await close();
  });

  await cases.case("plots are read by pointer and by keys", async () => {
    const { page, visit, close } = await open(on);
    await visit("charts?span=60");
    const plot = page.getByRole("slider", { name: /^Blocks of each momentum/ });
    const output = page.locator("figure", { has: plot }).locator("output");
    await plot.focus();
    await page.keyboard.press("Home");
    await until("the first momentum is told", async () => /momentum \d+: \d+ blocks/.test(await output.innerText()));
    const first = await output.innerText();
    await page.keyboard.press("ArrowRight");
    ok((await output.innerText()) !== first, "the next one is told");
    equal(await plot.getAttribute("aria-valuetext"), await output.innerText());
    await page.keyboard.press("Escape");
    ok((await output.innerText()).startsWith("middle"), await output.innerText());
    await plot.hover({ position: { x: 200, y: 80 } });
    ok(/^momentum/.test(await output.innerText()), await output.innerText());
    await plot.click({ position: { x: 200, y: 80 } });
    await page.waitForURL(/\/momentum\/\d+$/);
    await close();
  });

  await cases.case("the map shows who knows whom", async () => {
    const { page, visit, context, close } = await open(on);
    const nodes = Array.from({ length: 14 }, (_, at) => ({ id: `${at}`.padStart(4, "n"), name: `node-${at}`, address: `10.0.0.${at}`, height: 40 + at }));
    const edges = nodes.slice(1).map(({ id }, at) => ({ from: id, to: nodes[at >> 1].id }));
    await answers(context, network, { "network.topology": { self: nodes[0].id, nodes, edges } });
    await visit("network");
    const drawing = page.getByRole("group", { name: /^Map of 14 nodes/ });
    equal(await drawing.locator(".node").count(), 14, "nodes");
    equal(await drawing.locator(".edge").count(), 13, "edges");
    await drawing.locator(".node.self").focus();
    await page.getByText("node-0 (this node): knows 2").waitFor();
    await page.keyboard.press("ArrowRight");
    await page.getByText("node-1: knows 3, at 41, 10.0.0.1").waitFor();
    equal(await drawing.locator(".edge.chosen").count(), 3, "edges of the chosen one");
    await page.getByText("The map as a list").click();
    equal(await page.getByRole("table", { name: "Nodes of the map" }).getByRole("row").count(), 15, "rows");
    await close();
  });

  await cases.case("texts can be copied", async () => {
    const { page, visit, context, close } = await open(on);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await visit(`block/${made.sent}`);
    await page.getByRole("button", { name: "Copy hash" }).first().click();
    await page.getByText("Copied").first().waitFor();
    equal(await page.evaluate(() => navigator.clipboard.readText()), made.sent);
    await close();
  });

  await cases.case("a lock is found by its id", async () => {
    const { page, visit, close } = await open(on);
    const { list } = await network.call("ledger.getAccountBlocksByPage", ["z1qxemdeddedxhtlcxxxxxxxxxxxxxxxxxygecvw", 0, 5]);
    const id = list.find((block) => block.pairedAccountBlock)?.fromBlockHash;
    await visit("contract/htlc");
    await page.getByLabel("A lock by its id").fill(id);
    await page.keyboard.press("Enter");
    await page.getByText("3.25").first().waitFor();
    await page.getByLabel("A lock by its id").fill("0".repeat(64));
    await page.keyboard.press("Enter");
    await page.getByText("There is no lock with this id").waitFor();
    await close();
  });
}

/** Puts answers of the test's own into the node's, by method. */
export async function answers(context, network, own) {
  await context.route(`${network.url}/`, async (route) => {
    const asked = JSON.parse(route.request().postData() ?? "null");
    const list = Array.isArray(asked) ? asked : [asked];
    if (!list.some(({ method }) => method in own)) return route.fallback();
    // A page that is closed just now has no answer to get.
    const answer = await route.fetch().catch(() => null);
    if (answer === null) return route.abort().catch(() => {});
    const given = await answer.json();
    const byId = new Map((Array.isArray(given) ? given : [given]).map((answer) => [answer.id, answer]));
    const body = list.map(({ id, method }) => (method in own ? { jsonrpc: "2.0", id, result: own[method] } : byId.get(id)));
    return route.fulfill({ json: Array.isArray(asked) ? body : body[0] }).catch(() => {});
  });
}
