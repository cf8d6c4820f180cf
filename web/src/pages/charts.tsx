// Plots of the chain's pace and load over the newest momentums.

import { useAsked } from "../data";
import { grouped } from "../format/amount";
import { call } from "../rpc/client";
import type { Momentum, Paged } from "../rpc/types";
import { withQuery } from "../router";
import { Bars, type Point } from "../plot/bars";
import { Head, Section, Shown, Table } from "../view/layout";
import { to } from "../router";
import { producerOf, usePillars } from "./producers";
import { AddressLink } from "../view/basics";

const SPANS = [60, 240, 1000];

async function newest(span: number): Promise<Momentum[]> {
  const answer = await call<Paged<Momentum>>("ledger.getMomentumsByPage", [0, span + 1]);
  return (answer.list ?? []).slice().sort((one, other) => one.height - other.height);
}

/** Seconds between each momentum and the one before. */
export function gaps(momentums: readonly Momentum[]): Point[] {
  return momentums.slice(1).map((momentum, at) => ({
    x: momentum.height,
    y: momentum.timestamp - (momentums[at]?.timestamp ?? momentum.timestamp),
  }));
}

/** Blocks of each momentum. */
export function loads(momentums: readonly Momentum[]): Point[] {
  return momentums.slice(1).map((momentum) => ({ x: momentum.height, y: momentum.content.length }));
}

export function ChartsPage({ query }: { query: URLSearchParams }) {
  const asked = Number(query.get("span"));
  const span = SPANS.includes(asked) ? asked : 240;
  const list = useAsked(`charts ${span}`, () => newest(span));
  return (
    <>
      <Head title="Charts">
        <nav class="tabs" aria-label="Momentums that are shown">
          {SPANS.map((count) => (
            <a key={count} href={withQuery({ span: count === 240 ? null : count })} aria-current={count === span ? "page" : undefined}>
              {grouped(count)} momentums
            </a>
          ))}
        </nav>
      </Head>
      <Shown of={list}>
        {(momentums) => (
          <>
            <Section title="Time between momentums">
              <Bars title="Seconds between momentums" unit="s" points={gaps(momentums)} axis="momentum" link={(height) => to("momentum", height)} />
            </Section>
            <Section title="Load">
              <Bars title="Blocks of each momentum" unit="blocks" points={loads(momentums)} axis="momentum" link={(height) => to("momentum", height)} />
            </Section>
            <Section title="Who made them">
              <Producers momentums={momentums} />
            </Section>
          </>
        )}
      </Shown>
    </>
  );
}

function Producers({ momentums }: { momentums: readonly Momentum[] }) {
  const pillars = usePillars();
  const counts = new Map<string, number>();
  for (const momentum of momentums.slice(1)) counts.set(momentum.producer, (counts.get(momentum.producer) ?? 0) + 1);
  const rows = [...counts].sort(([, one], [, other]) => other - one);
  return (
    <Table
      label="Producers"
      rows={rows}
      id={([address]) => address}
      columns={[
        { name: "Producer", cell: ([address]) => producerOf(pillars, address) ?? <AddressLink address={address} /> },
        { name: "Momentums", number: true, cell: ([, count]) => grouped(count) },
      ]}
    />
  );
}
