// Which page a path is.

import type { ComponentChildren } from "preact";
import { contractNamed } from "../abi/decode";
import { plain, shortened } from "../format/text";
import type { Place } from "../router";
import { AccountPage } from "./account";
import { BlockPage } from "./block";
import { BlocksPage } from "./blocks";
import { ChartsPage } from "./charts";
import { ContractPage, ContractsPage } from "./contracts";
import { MomentumPage } from "./momentum";
import { MomentumsPage } from "./momentums";
import { NetworkPage } from "./network";
import { NothingPage } from "./nothing";
import { OverviewPage } from "./overview";
import { PillarPage, PillarsPage } from "./pillars";
import { ProjectPage, ProjectsPage } from "./projects";
import { SearchPage } from "./search";
import { SentinelsPage } from "./sentinels";
import { SporksPage } from "./sporks";
import { TokenPage, TokensPage } from "./tokens";

/** A page: its title in the window, what it shows, and what makes it another page. */
export interface Page {
  title: string;
  content: ComponentChildren;
  id: string;
}

/** Pages that stand for themselves. */
const LISTS: Record<string, [string, (query: URLSearchParams) => ComponentChildren]> = {
  momentums: ["Momentums", (query) => <MomentumsPage query={query} />],
  blocks: ["Blocks", (query) => <BlocksPage query={query} />],
  charts: ["Charts", (query) => <ChartsPage query={query} />],
  pillars: ["Pillars", (query) => <PillarsPage query={query} />],
  sentinels: ["Sentinels", (query) => <SentinelsPage query={query} />],
  tokens: ["Tokens", (query) => <TokensPage query={query} />],
  projects: ["Projects", (query) => <ProjectsPage query={query} />],
  sporks: ["Sporks", (query) => <SporksPage query={query} />],
  contracts: ["Contracts", () => <ContractsPage />],
  network: ["Network", () => <NetworkPage />],
  search: ["Search", (query) => <SearchPage query={query} />],
};

/** The page at a place. */
export function pageAt(place: Place): Page {
  const [first, second, ...more] = place.parts;
  if (first === undefined) return { title: "", content: <OverviewPage />, id: "" };
  if (more.length > 0) return nothing(place);
  if (second === undefined) {
    const list = Object.hasOwn(LISTS, first) ? LISTS[first] : undefined;
    return list === undefined ? nothing(place) : { title: list[0], content: list[1](place.query), id: first };
  }
  const id = `${first}/${second}`;
  const name = plain(second);
  switch (first) {
    case "momentum":
      return { title: `Momentum ${shortened(name)}`, content: <MomentumPage id={second} />, id: first };
    case "block":
      return { title: `Block ${shortened(name)}`, content: <BlockPage hash={second.toLowerCase()} />, id };
    case "account":
      return { title: `Account ${shortened(name)}`, content: <AccountPage address={second} query={place.query} />, id };
    case "token":
      return { title: `Token ${name}`, content: <TokenPage id={second} />, id };
    case "pillar":
      return { title: `Pillar ${name}`, content: <PillarPage name={second} query={place.query} />, id };
    case "project":
      return { title: `Project ${shortened(name)}`, content: <ProjectPage id={second} />, id };
    case "contract": {
      const contract = contractNamed(second);
      if (contract === undefined) return nothing(place);
      return { title: `${contract.name} contract`, content: <ContractPage contract={contract} query={place.query} />, id };
    }
    default:
      return nothing(place);
  }
}

function nothing(place: Place): Page {
  return { title: "Not found", content: <NothingPage path={place.key} />, id: "nothing" };
}
