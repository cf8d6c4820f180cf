// What is found for a text: pages with names, the best ones first.

import { CONTRACTS } from "../abi/decode";
import { plain, shortened } from "../format/text";
import { grouped } from "../format/amount";
import { call, RpcError } from "../rpc/client";
import type { Account, Block, Momentum, Paged, Pillar, Project, Spork, Token } from "../rpc/types";
import { to } from "../router";
import { classify, fit } from "./classify";

/** Something that was found. */
export interface Hit {
  kind: string;
  name: string;
  note: string;
  href: string;
}

/** Names that are known, asked for again after a while. */
interface Names {
  at: number;
  hits: Hit[];
}

const NAMES_MS = 30_000;
const ENTRIES = 1024;
let names: Promise<Names> | null = null;

/** What a text finds, and what to say if that is nothing. */
export async function find(text: string): Promise<{ hits: Hit[]; note: string }> {
  const sought = classify(text);
  switch (sought.sort) {
    case "nothing":
      return { hits: [], note: "" };
    case "height":
      return { hits: [await ofHeight(sought.height), ...(await named(text))], note: "" };
    case "hash":
      return { hits: await ofHash(sought.hash), note: "Nothing confirmed has this hash." };
    case "address":
      return { hits: [await ofAddress(sought.address)], note: "" };
    case "token": {
      const token = await call<Token | null>("embedded.token.getByZts", [sought.id]);
      return { hits: token === null ? [] : [ofToken(token)], note: "No token has this id." };
    }
    case "mistyped":
      return { hits: [], note: `This looks like a mistyped ${sought.what}: its checksum does not fit.` };
    case "name":
      return { hits: await named(sought.name), note: "Nothing is named so." };
  }
}

async function ofHeight(height: number): Promise<Hit> {
  const newest = await call<Momentum>("ledger.getFrontierMomentum");
  const note = height > newest.height ? `the chain is at ${grouped(newest.height)}` : "";
  return { kind: "Momentum", name: grouped(height), note, href: to("momentum", height) };
}

async function ofHash(hash: string): Promise<Hit[]> {
  const [block, momentum, project, phase] = await Promise.all([
    call<Block | null>("ledger.getAccountBlockByHash", [hash]),
    call<Momentum | null>("ledger.getMomentumByHash", [hash]),
    unless(call<Project>("embedded.accelerator.getProjectById", [hash])),
    unless(call<{ phase: { name: string; projectID: string } }>("embedded.accelerator.getPhaseById", [hash])),
  ]);
  const hits: Hit[] = [];
  if (momentum !== null) {
    hits.push({ kind: "Momentum", name: grouped(momentum.height), note: shortened(hash), href: to("momentum", hash) });
  }
  if (project !== null) hits.push({ kind: "Project", name: plain(project.name), note: shortened(hash), href: to("project", hash) });
  if (phase !== null) {
    hits.push({ kind: "Phase", name: plain(phase.phase.name), note: shortened(hash), href: to("project", phase.phase.projectID) });
  }
  if (block !== null) hits.push({ kind: "Block", name: shortened(hash), note: `of ${shortened(block.address, 7, 5)}`, href: to("block", hash) });
  return hits;
}

/** The answer, or nothing where the node says that there is none. */
async function unless<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RpcError) return null;
    throw error;
  }
}

async function ofAddress(address: string): Promise<Hit> {
  const known = await call<Account>("ledger.getAccountInfoByAddress", [address]);
  const contract = CONTRACTS.find((one) => one.address === address);
  const note = contract !== undefined ? `${contract.name} contract` : `${grouped(known.accountHeight)} blocks`;
  return { kind: "Account", name: shortened(address, 10, 6), note, href: to("account", address) };
}

function ofToken(token: Token): Hit {
  return { kind: "Token", name: plain(token.symbol), note: plain(token.name), href: to("token", token.tokenStandard) };
}

/** What has a name that fits. */
async function named(text: string): Promise<Hit[]> {
  names ??= allNames();
  let known = await names.catch(() => null);
  if (known === null || Date.now() - known.at > NAMES_MS) {
    names = allNames();
    known = await names;
  }
  return known.hits
    .map((hit) => ({ hit, fits: Math.max(fit(hit.name, text), fit(hit.note, text) - 0.5) }))
    .filter(({ fits }) => fits > 0)
    .sort((one, other) => other.fits - one.fits || one.hit.name.length - other.hit.name.length)
    .slice(0, 20)
    .map(({ hit }) => hit);
}

async function allNames(): Promise<Names> {
  const list = async <T>(method: string, count = ENTRIES): Promise<T[]> =>
    (await unless(call<Paged<T>>(method, [0, count])))?.list ?? [];
  const [pillars, tokens, projects, sporks] = await Promise.all([
    list<Pillar>("embedded.pillar.getAll"),
    list<Token>("embedded.token.getAll"),
    list<Project>("embedded.accelerator.getAll", 200),
    list<Spork>("embedded.spork.getAll"),
  ]);
  const hits: Hit[] = [
    ...pillars.map((pillar) => ({ kind: "Pillar", name: plain(pillar.name), note: `rank ${pillar.rank + 1}`, href: to("pillar", pillar.name) })),
    ...tokens.map(ofToken),
    ...CONTRACTS.map(({ name }) => ({ kind: "Contract", name, note: "embedded contract", href: to("contract", name) })),
    ...projects.map((project) => ({ kind: "Project", name: plain(project.name), note: shortened(project.id), href: to("project", project.id) })),
    ...sporks.map((spork) => ({ kind: "Spork", name: plain(spork.name), note: plain(spork.description), href: to("sporks") })),
  ];
  return { at: Date.now(), hits };
}
