// The list of momentums, paged by height so that a page's address means the same tomorrow.

import { grouped } from "../format/amount";
import { useAsked } from "../data";
import { live } from "../live";
import { useSelected } from "../signal";
import type { Momentum } from "../rpc/types";
import { withQuery } from "../router";
import { Empty, Head, Shown, Table } from "../view/layout";
import { AddressLink, MomentumLink, Time } from "../view/basics";
import { usePillars, producerOf } from "./producers";
import { momentumsBelow } from "./recent";

const SIZE = 25;

export function MomentumTable({ label, momentums }: { label: string; momentums: readonly Momentum[] }) {
  const pillars = usePillars();
  return (
    <Table
      label={label}
      rows={momentums}
      id={(momentum) => momentum.hash}
      columns={[
        { name: "Height", cell: (momentum) => <MomentumLink height={momentum.height} /> },
        { name: "Hash", cell: (momentum) => <MomentumHash momentum={momentum} /> },
        { name: "Blocks", number: true, cell: (momentum) => grouped(momentum.content.length) },
        { name: "Producer", cell: (momentum) => producerOf(pillars, momentum.producer) ?? <AddressLink address={momentum.producer} /> },
        { name: "When", number: true, cell: (momentum) => <Time at={momentum.timestamp} /> },
      ]}
    />
  );
}

function MomentumHash({ momentum }: { momentum: Momentum }) {
  return <code title={momentum.hash}>{`${momentum.hash.slice(0, 8)}…${momentum.hash.slice(-6)}`}</code>;
}

export function MomentumsPage({ query }: { query: URLSearchParams }) {
  const newest = useSelected(live, (state) => state.newest?.height ?? 0);
  const asked = beforeOf(query);
  const before = asked ?? newest + 1;
  const list = useAsked(
    newest === 0 && asked === null ? null : `momentums ${asked ?? "newest"}`,
    () => momentumsBelow(before, SIZE),
    asked === null ? "live" : "once",
  );
  return (
    <>
      <Head title="Momentums">
        <p>Each confirms the account blocks that came since the one before it.</p>
      </Head>
      <Shown of={newest === 0 && asked === null ? { ...list, loading: true } : list}>
        {(momentums) =>
          momentums.length === 0 ? (
            <Empty>There is no momentum below height {grouped(before)}.</Empty>
          ) : (
            <>
              <MomentumTable label="Momentums" momentums={momentums} />
              <HeightPager highest={momentums[0]?.height ?? 0} lowest={momentums.at(-1)?.height ?? 0} newest={newest} size={SIZE} />
            </>
          )
        }
      </Shown>
    </>
  );
}

/** The height that a page ends below, if its address names one. */
export function beforeOf(query: URLSearchParams): number | null {
  const before = Number(query.get("before"));
  return Number.isSafeInteger(before) && before > 0 ? before : null;
}

/** Pages of a list by height. */
export function HeightPager({ highest, lowest, newest, size }: { highest: number; lowest: number; newest: number; size: number }) {
  const later = highest + size >= newest ? null : highest + size + 1;
  const link = (on: boolean, before: number | null, rel: string, text: string) =>
    on ? (
      <a href={withQuery({ before })} rel={rel} data-step={rel}>
        {text}
      </a>
    ) : (
      <span class="off" aria-disabled="true">
        {text}
      </span>
    );
  return (
    <nav class="pager" aria-label="Pages of the list">
      {link(highest < newest, null, "first", "Newest")}
      {link(highest < newest, later, "prev", "Newer")}
      <span>
        {grouped(lowest)} to {grouped(highest)}
      </span>
      {link(lowest > 1, lowest, "next", "Older")}
    </nav>
  );
}

