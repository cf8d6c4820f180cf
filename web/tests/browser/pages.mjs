// Every page with real data: what stands there, in both lights, on all widths, for all readers.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { ACCOUNTS } from "./network.mjs";
import { equal, ok } from "./harness.mjs";
import { open, textOf } from "./visit.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Pages, and texts that each must show. */
export function all({ made }) {
  const [, issuer, staker] = ACCOUNTS;
  return [
    ["", ["Height", "Pillars", "Newest momentums", "Newest blocks", "devnet"]],
    ["momentums", ["Momentums", "devnet", "Older"]],
    ["momentum/1", ["Genesis", "Changes hash", "the first"]],
    ["blocks", ["accelerator.CreateProject", "token.IssueToken", "Receive"]],
    [`block/${made.sent}`, ["Send", "12.5", "ZNN", "<iframe srcdoc=", "Received by"]],
    [`account/${issuer}`, [issuer, "Harbour", "1,234,567.00000001", "100,011.5", "Plasma"]],
    [`account/${ACCOUNTS[0]}?tab=roles`, ["Delegates to", "devnet", "Pillars"]],
    [`account/${staker}?tab=stakes`, ["250", "Weighted", "Until"]],
    [`account/${staker}?tab=rewards`, ["From stakes", "Not collected"]],
    [`account/${ACCOUNTS[0]}?tab=fusions`, ["Fused in all", "5,000"]],
    [`account/${issuer}?tab=tokens`, ["HRB"]],
    ["tokens", ["ZNN", "QSR", "HRB", "Harbour"]],
    [`token/${made.token}`, ["Harbour (HRB)", "harbour.example", "9,000,000", "123456700000001".replace(/\B(?=(\d{3})+$)/g, ",")]],
    ["pillars", ["devnet", "Lighthouse-1", "80 %"]],
    ["pillar/Lighthouse-1", ["Gives its backers", "20 % for momentums", "Running epoch", "No epoch is over yet"]],
    ["sentinels", ["active", "Can be revoked"]],
    ["projects", ["Breakwater", "1,500", "12,000.5", "1 yes"]],
    [`project/${made.project}`, ["Stones against the waves", "https://breakwater.example/plan", "100.0 %", "no phase yet"]],
    ["sporks", ["accelerator", "in force", "not activated"]],
    ["contracts", ["plasma", "bridge", "htlc", "Issues, mints and burns tokens"]],
    ["contract/plasma", ["QSR fused", "55,120", "Fuse", "CancelFuse"]],
    ["contract/stake", ["ZNN staked", "250", "stake.Stake"]],
    ["contract/htlc", ["A lock by its id", "htlc.Create"]],
    ["contract/bridge", ["Administrator", "leads to no network yet", "None so far"]],
    ["contract/liquidity", ["Administrator", "No token can be locked yet"]],
    ["contract/swap", ["Legacy keys with coins"]],
    ["contract/pillar", ["The next pillar costs", "pillar.Register"]],
    ["contract/accelerator", ["Fund", "50,00"]],
    ["network", ["Who knows whom", "Peers of this node", "Height here"]],
    ["charts", ["Time between momentums", "Load", "Who made them"]],
    ["search?q=light", ["Lighthouse-1", "Pillar"]],
    ["no/such/page", ["There is no such page"]],
    [`block/${"0".repeat(64)}`, ["No confirmed block has this hash"]],
    ["block/xyz", ["This is no hash"]],
    ["momentum/999999999", ["has not reached this height"]],
    ["account/z1qzenlvgmlf4aqwmxh5zfndgfesqacsm66lu2zz", ["Not an address"]],
    ["token/zts1qqqqqqqqqqqqqqqqtq587y", ["No token has this id"]],
    ["pillar/nobody", ["No active pillar has this name"]],
  ];
}

/** What is checked in each light; in the second one only what colours change. */
const RULES = {
  light: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
  dark: { type: "rule", values: ["color-contrast", "link-in-text-block"] },
};

export async function pages(on) {
  const list = all(on);
  await on.cases.case("every page shows what the chain holds", async () => {
    const { page, visit, close } = await open(on);
    for (const [path, texts] of list) {
      await visit(path);
      const shown = await textOf(page);
      for (const text of texts) ok(shown.includes(text), `${path || "overview"} lacks "${text}":\n${shown}`);
      equal(await page.locator("h1").count(), 1, `h1 of ${path}`);
      ok((await page.title()).endsWith("Explorer"), await page.title());
      equal(await page.locator("main .failed").count(), 0, `failures on ${path}`);
    }
    await close();
  });

  await on.cases.case("a contract's call is decoded with its arguments", async () => {
    const { page, visit, close } = await open(on);
    await visit(`account/${ACCOUNTS[1]}`);
    await page.getByRole("row", { name: /token\.IssueToken/ }).getByRole("link").first().click();
    await page.getByRole("heading", { name: "Call", exact: true }).waitFor();
    const shown = await textOf(page);
    for (const text of ["tokenName", "Harbour", "maxSupply", "9,000,000", "isMintable", "true", "What the contract sends in answer"]) {
      ok(shown.includes(text), `lacks ${text}:\n${shown}`);
    }
    await page.getByText("done").first().waitFor();
    await close();
  });

  await on.cases.case("no page is wider than a phone", async () => {
    const { page, visit, close } = await open(on, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
    for (const [path] of list) {
      await visit(path);
      const wide = await page.evaluate(() => {
        const most = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= most) return null;
        const culprit = [...document.querySelectorAll("main *")].find((one) => one.getBoundingClientRect().right > most + 1);
        return `${document.documentElement.scrollWidth} px, ${culprit?.outerHTML.slice(0, 200)}`;
      });
      equal(wide, null, `width of ${path || "overview"}`);
    }
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Pillars" }).click();
    await page.getByRole("heading", { level: 1, name: "Pillars" }).waitFor();
    await close();
  });

  for (const colorScheme of ["light", "dark"]) {
    await on.cases.case(`every page passes the accessibility checks, ${colorScheme}`, async () => {
      // Only this test puts a script into the page, which the page's policy rightly forbids.
      const { page, visit, close } = await open(on, { colorScheme, bypassCSP: true, reducedMotion: "reduce" });
      const faults = [];
      for (const [path] of list) {
        await visit(path);
        await page.evaluate(axe);
        const { violations } = await page.evaluate((runOnly) => globalThis.axe.run(document, { runOnly }), RULES[colorScheme]);
        for (const { id, nodes } of violations) faults.push(`${path || "overview"}: ${id}: ${nodes[0].html.slice(0, 160)} ${nodes[0].failureSummary.slice(0, 300)}`);
      }
      equal(faults.join("\n"), "", "violations");
      await close();
    });
  }

  await on.cases.case("the theme follows the system until it is chosen, and the choice stays", async () => {
    const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const { page, visit, close } = await open(on, { colorScheme: "dark" });
    await visit("");
    const dark = await ground(page);
    await page.getByRole("button", { name: "Theme: system" }).click();
    const light = await ground(page);
    ok(light !== dark, `both are ${light}`);
    await page.reload();
    equal(await ground(page), light, "ground after coming back");
    await page.getByRole("button", { name: "Theme: light" }).click();
    equal(await ground(page), dark, "ground when dark is chosen");
    const kept = await page.evaluate(() => JSON.stringify(localStorage));
    equal(kept, '{"explorer.theme":"dark"}', "all that the browser keeps");
    await close();
  });
}
