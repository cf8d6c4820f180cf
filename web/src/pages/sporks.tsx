// Sporks: changes of the rules.

import { useCall } from "../data";
import { plain } from "../format/text";
import { live } from "../live";
import { useSelected } from "../signal";
import type { Paged, Spork } from "../rpc/types";
import { BlockLink, MomentumLink, Tag } from "../view/basics";
import { Empty, Head, pageOf, Pager, Shown, Table } from "../view/layout";

const SIZE = 50;

export function SporksPage({ query }: { query: URLSearchParams }) {
  const page = pageOf(query);
  const sporks = useCall<Paged<Spork>>("embedded.spork.getAll", [page, SIZE]);
  const newest = useSelected(live, (state) => state.newest?.height ?? 0);
  return (
    <>
      <Head title="Sporks">
        <p>Changes of the rules, each in force from a height on.</p>
      </Head>
      <Shown of={sporks}>
        {({ count, list }) =>
          (list ?? []).length === 0 ? (
            <Empty>There is no spork.</Empty>
          ) : (
            <>
              <Table
                label="Sporks"
                rows={list ?? []}
                id={(spork) => spork.id}
                columns={[
                  { name: "Name", cell: (spork) => <bdi class="foreign">{plain(spork.name)}</bdi> },
                  { name: "What", cell: (spork) => <bdi class="foreign">{plain(spork.description)}</bdi> },
                  { name: "State", cell: (spork) => <State spork={spork} newest={newest} /> },
                  {
                    name: "From momentum",
                    number: true,
                    cell: (spork) =>
                      !spork.activated ? "–" : spork.enforcementHeight === 0 ? "the first" : <MomentumLink height={spork.enforcementHeight} />,
                  },
                  { name: "Id", cell: (spork) => <BlockLink hash={spork.id} /> },
                ]}
              />
              <Pager page={page} size={SIZE} count={count} />
            </>
          )
        }
      </Shown>
    </>
  );
}

function State({ spork, newest }: { spork: Spork; newest: number }) {
  if (!spork.activated) return <Tag sort="plain">not activated</Tag>;
  return spork.enforcementHeight <= newest ? <Tag sort="good">in force</Tag> : <Tag sort="wait">activated</Tag>;
}
