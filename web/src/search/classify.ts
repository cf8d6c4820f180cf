// What a searched text may be, by its form alone.

import { isWhole } from "../abi/bech32";

export type Sought =
  | { sort: "nothing" }
  | { sort: "height"; height: number }
  | { sort: "hash"; hash: string }
  | { sort: "address"; address: string }
  | { sort: "token"; id: string }
  /** Begins as an address or a token's id, and is none. */
  | { sort: "mistyped"; what: "address" | "token id" }
  | { sort: "name"; name: string };

/** Reads a text as somebody pastes it: with spaces around, commas in numbers, `0x` before digits. */
export function classify(text: string): Sought {
  const trimmed = text.trim();
  if (trimmed === "") return { sort: "nothing" };
  const digits = trimmed.replace(/[,\s_]/g, "");
  if (/^\d{1,15}$/.test(digits)) return { sort: "height", height: Number(digits) };
  const bare = trimmed.replace(/^0x/i, "").toLowerCase();
  if (/^[0-9a-f]{64}$/.test(bare)) return { sort: "hash", hash: bare };
  const lower = trimmed.toLowerCase();
  if (isWhole("z", lower) && lower.length === 40) return { sort: "address", address: lower };
  if (isWhole("zts", lower) && lower.length === 26) return { sort: "token", id: lower };
  if (/^z1[02-9ac-hj-np-z]{20,}$/.test(lower)) return { sort: "mistyped", what: "address" };
  if (/^zts1[02-9ac-hj-np-z]{12,}$/.test(lower)) return { sort: "mistyped", what: "token id" };
  return { sort: "name", name: trimmed };
}

/** How well a name fits what is sought: 0 not at all; whole names before beginnings before the rest. */
export function fit(name: string, sought: string): number {
  const [whole, part] = [name.toLowerCase(), sought.toLowerCase()];
  if (whole === part) return 4;
  if (whole.startsWith(part)) return 3;
  if (whole.split(/[\s._-]/).some((word) => word.startsWith(part))) return 2;
  return whole.includes(part) ? 1 : 0;
}
