// One momentum with the blocks that it confirms.

import { grouped } from "../format/amount";
import { hex, ofBase64, text } from "../format/bytes";
import { plain, shortened } from "../format/text";
import { useAsked } from "../data";
import { live } from "../live";
import { useSelected } from "../signal";
import { call } from "../rpc/client";
import type { Detailed, Momentum, Paged } from "../rpc/types";
import { to } from "../router";
import { BlockTable } from "../view/blocks";
import { AddressLink, Copy, Time } from "../view/basics";
import { Empty, Facts, Head, Section, Shown } from "../view/layout";
import { producerOf, usePillars } from "./producers";

interface Found {
  detailed: Detailed;
  /** Seconds since the momentum before. */
  gap: number | null;
}

async function find(id: string): Promise<Found | null> {
  const height = /^\d{1,15}$/.test(id) ? Number(id) : (await call<Momentum | null>("ledger.getMomentumByHash", [id]))?.height;
  if (height === undefined || height < 1) return null;
  const from = Math.max(1, height - 1);
  const [answer, before] = await Promise.all([
    call<Paged<Detailed>>("ledger.getDetailedMomentumsByHeight", [height, 1]),
    call<Paged<Momentum>>("ledger.getMomentumsByHeight", [from, 1]),
  ]);
  const detailed = answer.list?.[0];
  if (detailed === undefined || detailed.momentum.height !== height) return null;
  const previous = before.list?.[0];
  const gap = height > 1 && previous ? detailed.momentum.timestamp - previous.timestamp : null;
  return { detailed, gap };
}

export function MomentumPage({ id }: { id: string }) {
  const found = useAsked(`momentum ${id}`, () => find(id));
  const newest = useSelected(live, (state) => state.newest?.height ?? 0);
  const pillars = usePillars();
  const height = found.data?.detailed.momentum.height;
  return (
    <>
      <Head kind="Momentum" title={height === undefined ? title(id) : grouped(height)}>
        {height === undefined ? null : <Neighbours height={height} newest={newest} />}
      </Head>
      <Shown of={found} missing={missing(id)}>
        {({ detailed: { momentum, blocks }, gap }) => {
          const data = ofBase64(momentum.data);
          return (
            <>
              <Facts
                rows={[
                  ["Hash", <Long text={momentum.hash} what="hash" />],
                  ["Time", <Time at={momentum.timestamp} long />],
                  ["After the one before", gap === null ? "the first" : `${grouped(gap)} s`],
                  [
                    "Producer",
                    <>
                      {producerOf(pillars, momentum.producer)} <AddressLink address={momentum.producer} />
                    </>,
                  ],
                  ["Blocks", grouped(momentum.content.length)],
                  ["Previous hash", <Long text={momentum.previousHash} what="previous hash" />],
                  ["Changes hash", <Long text={momentum.changesHash} what="changes hash" />],
                  ["Network", `chain ${momentum.chainIdentifier}, version ${momentum.version}`],
                  ["Data", data.length === 0 ? "none" : (text(data) ?? hex(data))],
                ]}
              />
              <Section title="Blocks">
                {blocks.length === 0 ? (
                  <Empty>This momentum confirms no block.</Empty>
                ) : (
                  <BlockTable label="Blocks of the momentum" blocks={blocks} />
                )}
              </Section>
            </>
          );
        }}
      </Shown>
    </>
  );
}

function title(id: string): string {
  return /^\d+$/.test(id) ? grouped(id) : shortened(plain(id));
}

function missing(id: string): string {
  return /^\d+$/.test(id)
    ? "The chain has not reached this height. It is shown here once it has."
    : "No momentum of this chain has this hash.";
}

/** The momentums on both sides. */
function Neighbours({ height, newest }: { height: number; newest: number }) {
  const link = (on: boolean, to_: number, rel: string, text: string) =>
    on ? (
      <a href={to("momentum", to_)} rel={rel} data-step={rel}>
        {text}
      </a>
    ) : (
      <span class="off" aria-disabled="true">
        {text}
      </span>
    );
  return (
    <nav class="pager" aria-label="Neighbours">
      {link(height > 1, height - 1, "prev", "Previous")}
      {link(height < newest, height + 1, "next", "Next")}
    </nav>
  );
}

/** A long text with a button that copies it. */
export function Long({ text: whole, what }: { text: string; what: string }) {
  return (
    <span class="long">
      <code>{whole}</code> <Copy text={whole} what={what} />
    </span>
  );
}
