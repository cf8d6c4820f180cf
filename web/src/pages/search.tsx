// All that a searched text finds.

import { useAsked } from "../data";
import { plain } from "../format/text";
import { find } from "../search/find";
import { Empty, Head, Shown, Table } from "../view/layout";

export function SearchPage({ query }: { query: URLSearchParams }) {
  const text = query.get("q") ?? "";
  const found = useAsked(text.trim() === "" ? null : `search ${text}`, () => find(text), "once");
  return (
    <>
      <Head kind="Search" title={text === "" ? "Search" : <bdi>{plain(text)}</bdi>} />
      {text.trim() === "" ? (
        <Empty>Search by the height of a momentum, a hash, an address, a token's id, or a name.</Empty>
      ) : (
        <Shown of={found}>
          {({ hits, note }) =>
            hits.length === 0 ? (
              <Empty>{note}</Empty>
            ) : (
              <Table
                label="Found"
                rows={hits}
                id={(hit) => `${hit.kind} ${hit.href}`}
                columns={[
                  {
                    name: "Name",
                    cell: (hit) => (
                      <a href={hit.href}>
                        <bdi class="foreign">{hit.name}</bdi>
                      </a>
                    ),
                  },
                  { name: "What", cell: (hit) => hit.kind },
                  { name: "More", cell: (hit) => <bdi class="foreign">{hit.note}</bdi> },
                ]}
              />
            )
          }
        </Shown>
      )}
    </>
  );
}
