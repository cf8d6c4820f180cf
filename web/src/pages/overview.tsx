// The overview: how the network stands, its pulse, and what is new.

import { grouped, coins } from "../format/amount";
import { duration } from "../format/time";
import { useAsked, useCall } from "../data";
import { live } from "../live";
import { useSelected } from "../signal";
import { call } from "../rpc/client";
import type { Account, Momentum, Paged, Pillar, SyncInfo, Token } from "../rpc/types";
import { to } from "../router";
import { BlockTable } from "../view/blocks";
import { Empty, Section, Shown, Tile } from "../view/layout";
import { QSR, ZNN } from "../format/text";
import { contractNamed } from "../abi/decode";
import { Figure } from "../view/basics";
import { Pulse } from "../plot/pulse";
import { MomentumTable } from "./momentums";
import { blocksBelow } from "./recent";
import { Syncing } from "./network";

const PULSE = 90;
const ROWS = 8;

interface Standing {
  momentums: Momentum[];
  pillars: number;
  tokens: number;
  znn: Token | null;
  qsr: Token | null;
  staked: Account | null;
  fused: Account | null;
}

async function standing(): Promise<Standing> {
  const held = (name: string) =>
    call<Account>("ledger.getAccountInfoByAddress", [contractNamed(name)?.address ?? ""]).catch(() => null);
  const token = (id: string) => call<Token | null>("embedded.token.getByZts", [id]).catch(() => null);
  const none = { count: 0, list: [] };
  const [momentums, pillars, tokens, znn, qsr, staked, fused] = await Promise.all([
    call<Paged<Momentum>>("ledger.getMomentumsByPage", [0, PULSE]),
    call<Paged<Pillar>>("embedded.pillar.getAll", [0, 1]).catch(() => none),
    call<Paged<Token>>("embedded.token.getAll", [0, 1]).catch(() => none),
    token(ZNN),
    token(QSR),
    held("stake"),
    held("plasma"),
  ]);
  const list = (momentums.list ?? []).slice().sort((one, other) => one.height - other.height);
  return { momentums: list, pillars: pillars.count, tokens: tokens.count, znn, qsr, staked, fused };
}

export function OverviewPage() {
  const height = useSelected(live, (state) => state.newest?.height ?? 0);
  const known = useAsked("overview", standing);
  const blocks = useAsked("overview-blocks", newestBlocks);
  const sync = useCall<SyncInfo>("stats.syncInfo", []);
  return (
    <>
      <h1 class="hidden" tabIndex={-1}>
        Overview
      </h1>
      {sync.data === undefined ? null : <Syncing info={sync.data} />}
      <Shown of={known}>
        {(data) => (
          <>
            <Pulse momentums={data.momentums} />
            <dl class="tiles">
              <Tile name="Height" note={pace(data.momentums)}>
                {grouped(Math.max(height, data.momentums.at(-1)?.height ?? 0))}
              </Tile>
              <Tile name="Blocks" note={`in the last ${data.momentums.length} momentums`}>
                {grouped(data.momentums.reduce((sum, momentum) => sum + momentum.content.length, 0))}
              </Tile>
              <Tile name="Pillars" note={<a href={to("pillars")}>weights and rewards</a>}>
                {grouped(data.pillars)}
              </Tile>
              <Tile name="Tokens" note={<a href={to("tokens")}>all tokens</a>}>
                {grouped(data.tokens)}
              </Tile>
              <Tile name="ZNN supply" note={data.staked && <>{coinsOf(data.staked, ZNN)} staked</>}>
                <Figure text={data.znn ? coins(data.znn.totalSupply, data.znn.decimals) : "–"} />
              </Tile>
              <Tile name="QSR supply" note={data.fused && <>{coinsOf(data.fused, QSR)} fused for plasma</>}>
                <Figure text={data.qsr ? coins(data.qsr.totalSupply, data.qsr.decimals) : "–"} />
              </Tile>
            </dl>
            <Section title="Newest momentums" note={<a href={to("momentums")}>all momentums</a>}>
              <MomentumTable label="Newest momentums" momentums={data.momentums.slice(-ROWS).reverse()} />
            </Section>
          </>
        )}
      </Shown>
      <Section title="Newest blocks" note={<a href={to("blocks")}>all blocks</a>}>
        <Shown of={blocks}>
          {({ blocks: list }) =>
            list.length === 0 ? (
              <Empty>No block was confirmed lately.</Empty>
            ) : (
              <BlockTable label="Newest blocks" blocks={list.slice(0, ROWS)} />
            )
          }
        </Shown>
      </Section>
    </>
  );
}

async function newestBlocks() {
  const newest = await call<Momentum>("ledger.getFrontierMomentum");
  return blocksBelow(newest.height + 1, ROWS);
}

function coinsOf(account: Account, token: string): string {
  const entry = account.balanceInfoMap[token];
  return coins(entry?.balance ?? 0, entry?.token.decimals ?? 8);
}

function pace(momentums: readonly Momentum[]): string {
  const [first, last] = [momentums[0], momentums.at(-1)];
  if (first === undefined || last === undefined || last.height === first.height) return "";
  const seconds = (last.timestamp - first.timestamp) / (last.height - first.height);
  return `one momentum in ${seconds < 10 ? `${seconds.toFixed(1)} s` : duration(seconds)}`;
}
