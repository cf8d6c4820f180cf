// The small parts that all pages are made of.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { contractAt } from "../abi/decode";
import { coins, grouped, type Whole } from "../format/amount";
import { absolute, machine, relative } from "../format/time";
import { plain, shortened, QSR, ZERO_TOKEN, ZNN } from "../format/text";
import type { Token } from "../rpc/types";
import { to } from "../router";
import { useNow } from "./clock";

/** A small drawing that tells hashes and addresses apart at a glance. */
export function Mark({ text }: { text: string }) {
  // The last signs differ most: addresses of contracts begin alike.
  let seed = 2_166_136_261;
  for (const sign of text) seed = Math.imul(seed ^ sign.charCodeAt(0), 16_777_619);
  const cells: string[] = [];
  for (let row = 0; row < 5; row += 1) {
    for (let column = 0; column < 3; column += 1) {
      seed = Math.imul(seed ^ (seed >>> 15), 2_246_822_519) + 0x9e3779b9;
      if ((seed >>> 13) & 1) {
        cells.push(`M${column} ${row}h1v1h-1z`);
        if (column < 2) cells.push(`M${4 - column} ${row}h1v1h-1z`);
      }
    }
  }
  return (
    <svg class="mark" viewBox="0 0 5 5" aria-hidden="true" focusable="false">
      <path d={cells.join("")} />
    </svg>
  );
}

/** A button that copies a text. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async (): Promise<void> => {
    if (!(await toClipboard(text))) return;
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), 1500);
  };
  return (
    <button type="button" class="copy" title={`Copy ${what}`} onClick={() => void copy()}>
      <span class="hidden" role={copied ? "status" : undefined}>
        {copied ? "Copied" : `Copy ${what}`}
      </span>
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        {copied ? <path d="M3 8.5l3.2 3.2L13 4.8" /> : <path d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z" />}
      </svg>
    </button>
  );
}

/** The clipboard's own way is for secure pages alone; nodes in a local network are none. */
async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "hidden";
    const focused = document.activeElement;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
    return done;
  }
}

/** A link to an account; contracts by their names. */
export function AddressLink({ address, full = false }: { address: string; full?: boolean }) {
  const contract = contractAt(address);
  return (
    <a class="ref" href={to("account", address)} title={address}>
      <Mark text={address} />
      {contract === undefined ? (
        <code>{full ? address : shortened(address, 7, 5)}</code>
      ) : (
        <span class="contract">{contract.name} contract</span>
      )}
    </a>
  );
}

/** A link to an account block. */
export function BlockLink({ hash, full = false, short = false }: { hash: string; full?: boolean; short?: boolean }) {
  return (
    <a class="ref" href={to("block", hash)} title={hash}>
      <Mark text={hash} />
      <code>{full ? hash : short ? shortened(hash, 6, 4) : shortened(hash)}</code>
    </a>
  );
}

/** A link to a momentum. */
export function MomentumLink({ height }: { height: number }) {
  return (
    <a class="height" href={to("momentum", height)}>
      {grouped(height)}
    </a>
  );
}

/** A link to a token by its symbol, or by its id where nothing is known of it. */
export function TokenLink({ id, token }: { id: string; token?: Token | null | undefined }) {
  if (id === ZERO_TOKEN) return <span class="faint">none</span>;
  const known = token?.symbol ?? (id === ZNN ? "ZNN" : id === QSR ? "QSR" : null);
  const name = token ? `${plain(token.name)}, ${id}` : id;
  return (
    <a class="token" href={to("token", id)} title={name}>
      {known === null ? <code>{shortened(id, 8, 4)}</code> : <bdi>{plain(known)}</bdi>}
    </a>
  );
}

/** A link to a pillar. */
export function PillarLink({ name }: { name: string }) {
  return (
    <a href={to("pillar", name)}>
      <bdi>{plain(name)}</bdi>
    </a>
  );
}

/** An amount of a token, exactly. */
export function Amount({ value, id, token }: { value: Whole; id: string; token?: Token | null | undefined }) {
  const decimals = token?.decimals ?? (id === ZNN || id === QSR ? 8 : 0);
  return (
    <span class="amount">
      <Figure text={coins(value, decimals)} /> <TokenLink id={id} token={token} />
    </span>
  );
}

/** ZNN and QSR together, where either may be none. */
export function Both({ znn, qsr }: { znn: Whole; qsr: Whole }) {
  return (
    <span class="both">
      <Amount value={znn} id={ZNN} /> <Amount value={qsr} id={QSR} />
    </span>
  );
}

/** A number whose digits behind the point stand back. */
export function Figure({ text }: { text: string }) {
  const point = text.indexOf(".");
  if (point < 0) return <span class="figure">{text}</span>;
  return (
    <span class="figure">
      {text.slice(0, point)}
      <span class="fraction">{text.slice(point)}</span>
    </span>
  );
}

/** A moment: relative, and whole on a closer look. */
export function Time({ at, long = false }: { at: number; long?: boolean }) {
  const now = useNow();
  if (at === 0) return <span class="faint">–</span>;
  const whole = absolute(at);
  return (
    <time dateTime={machine(at)} title={long ? undefined : whole}>
      {long ? `${whole} (${relative(at, now)})` : relative(at, now)}
    </time>
  );
}

/** A word with a colour and a sign, for states; the sign carries what the colour does. */
export function Tag({ sort, children }: { sort: "good" | "bad" | "wait" | "plain"; children: ComponentChildren }) {
  return <span class={`tag ${sort}`}>{children}</span>;
}

/** A bar for a share from 0 to 1; its number stands beside it. */
export function Meter({ share }: { share: number }) {
  return (
    <span class="meter" aria-hidden="true">
      <span style={{ width: `${(Math.max(0, Math.min(1, share)) * 100).toFixed(2)}%` }} />
    </span>
  );
}

/** A switched-on or switched-off fact. */
export function YesNo({ is }: { is: boolean }) {
  return is ? <Tag sort="good">yes</Tag> : <Tag sort="plain">no</Tag>;
}
