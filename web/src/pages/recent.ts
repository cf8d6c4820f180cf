// The newest momentums and blocks, kept up to date by what was not seen yet.

import { call } from "../rpc/client";
import type { Block, Detailed, Momentum, Paged } from "../rpc/types";

/** Momentums below a height, highest first. */
export async function momentumsBelow(before: number, count: number): Promise<Momentum[]> {
  const from = Math.max(1, before - count);
  if (before <= 1) return [];
  const answer = await call<Paged<Momentum>>("ledger.getMomentumsByHeight", [from, before - from]);
  return (answer.list ?? []).reverse();
}

/** Blocks, newest first, and the height below which the next ones are. */
export interface Slice {
  blocks: Block[];
  /** Height of the lowest momentum that was looked at. */
  lowest: number;
}

/** Headers that are looked at in one go, and goes for one page: a chain may idle for long. */
const HEADERS = 500;
const GOES_MAX = 8;
/** Momentums whose blocks are read in one go. */
const DETAILS = 20;

/** About `count` blocks confirmed below a height: those of whole momentums. */
export async function blocksBelow(before: number, count: number): Promise<Slice> {
  const blocks: Block[] = [];
  let lowest = before;
  for (let turn = 0; turn < GOES_MAX && lowest > 1 && blocks.length < count; turn += 1) {
    const headers = await momentumsBelow(lowest, HEADERS);
    const busy = headers.filter((momentum) => momentum.content.length > 0);
    if (busy.length === 0) {
      lowest = headers.at(-1)?.height ?? 1;
      continue;
    }
    let wanted = count - blocks.length;
    const chosen: Momentum[] = [];
    for (const momentum of busy) {
      if (wanted <= 0 || chosen.length >= DETAILS) break;
      chosen.push(momentum);
      wanted -= momentum.content.length;
    }
    const read = await Promise.all(
      chosen.map((momentum) => call<Paged<Detailed>>("ledger.getDetailedMomentumsByHeight", [momentum.height, 1])),
    );
    for (const answer of read) for (const { blocks: own } of answer.list ?? []) blocks.push(...own.reverse());
    lowest = chosen.length === busy.length && wanted > 0 ? (headers.at(-1)?.height ?? 1) : (chosen.at(-1)?.height ?? 1);
  }
  return { blocks, lowest };
}
