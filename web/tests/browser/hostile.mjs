// Names and texts that would be code on a careless page, from the chain and from a node that lies.
import { HOSTILE } from "./network.mjs";
import { equal, ok } from "./harness.mjs";
import { answers } from "./hands.mjs";
import { open, textOf } from "./visit.mjs";

/** Nothing of what a text said became a part of the page. */
async function harmless(page, what) {
  const found = await page.evaluate(() =>
    [...document.querySelectorAll("main img, main iframe, main script, main object, main [onerror], main [onclick], main [onload]")].map((one) => one.outerHTML),
  );
  equal(found.join("\n"), "", `what ${what} became`);
  const links = await page.evaluate(() =>
    [...document.querySelectorAll("a[href]")].filter((one) => !["http:", "https:"].includes(one.protocol)).map((one) => one.href),
  );
  equal(links.join("\n"), "", `links of ${what}`);
}

export async function hostile(on) {
  const { cases, network, made } = on;

  await cases.case("hostile texts of the chain are texts", async () => {
    const { page, visit, close } = await open(on);
    const bad = made.projects.find((project) => project.name === HOSTILE.project).id;
    for (const [path, text] of [
      ["projects", HOSTILE.project],
      [`project/${bad}`, "<script>alert(2)</script> javascript:alert(3) \ufffdgnp.exe"],
      ["sporks", HOSTILE.spork],
      [`block/${made.sent}`, HOSTILE.note],
      ["network", HOSTILE.node.slice(0, 18)],
      [`search?q=${encodeURIComponent(HOSTILE.project)}`, HOSTILE.project],
      [encodeURIComponent(HOSTILE.project), "There is no such page"],
      [`pillar/${encodeURIComponent(HOSTILE.project)}`, HOSTILE.project],
    ]) {
      await visit(path);
      ok((await textOf(page)).includes(text), `${path} lacks ${text}:\n${await textOf(page)}`);
      await harmless(page, path);
    }
    await page.getByRole("combobox").fill("<img src=x");
    await page.getByRole("option").filter({ hasText: HOSTILE.project }).waitFor();
    await harmless(page, "a suggestion");
    await close();
  });

  await cases.case("a node that lies about names runs nothing", async () => {
    const { page, visit, context, close } = await open(on);
    const name = "<img src=x onerror=alert(8)>";
    const token = {
      name, symbol: name, domain: "javascript:alert(9)", totalSupply: "1", decimals: 1e9, owner: "javascript:alert(10)",
      tokenStandard: "zts1znnxxxxxxxxxxxxx9z4ulx", maxSupply: "not a number", isBurnable: true, isMintable: true, isUtility: true,
    };
    const pillars = await network.call("embedded.pillar.getAll", [0, 1]);
    const pillar = { ...pillars.list[0], name, weight: "-5", producerAddress: "javascript:alert(11)" };
    const project = { ...made.projects[0], url: "javascript:alert(12)", name, description: name };
    await answers(context, network, {
      "embedded.token.getByZts": token,
      "embedded.token.getAll": { count: 1, list: [token] },
      "embedded.pillar.getAll": { count: 1, list: [pillar] },
      "embedded.pillar.getByName": pillar,
      "embedded.accelerator.getProjectById": project,
      "network.topology": { self: name, nodes: [{ id: name, name, address: name, height: 1 }], edges: [{ from: name, to: name }] },
      "network.peers": { count: 1, list: [{ id: name, name, address: "javascript:alert(13)" }] },
    });
    for (const path of ["tokens", "token/zts1znnxxxxxxxxxxxxx9z4ulx", "pillars", "pillar/%3Cimg%20src%3Dx%20onerror%3Dalert(8)%3E", `project/${made.project}`, "network"]) {
      await visit(path);
      ok((await textOf(page)).includes("<img src=x"), `${path} does not show the name`);
      await harmless(page, path);
    }
    await close();
  });

  await cases.case("sites that others name are followed without a trace", async () => {
    const { page, visit, close } = await open(on);
    await visit(`project/${made.project}`);
    const link = page.getByRole("link", { name: /breakwater\.example/ });
    equal(await link.getAttribute("href"), "https://breakwater.example/plan");
    equal(await link.getAttribute("rel"), "noopener noreferrer nofollow external");
    await close();
  });

  await cases.case("the page's policy forbids what the page does not do", async () => {
    const { page, visit, watched, close } = await open(on);
    // The test provokes these complaints.
    watched.allowed.push("Content Security Policy", "TrustedHTML", "Trusted Type");
    await visit("");
    const outcome = await page.evaluate(async () => {
      const element = document.createElement("div");
      let html = "taken";
      try {
        element.innerHTML = "<img src=x>";
      } catch {
        html = "refused";
      }
      const fetched = await fetch("http://127.0.0.1:9/").then(() => "taken", () => "refused");
      return { html, fetched };
    });
    equal(JSON.stringify(outcome), '{"html":"refused","fetched":"refused"}');
    await close();
  });
}
