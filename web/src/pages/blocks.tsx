// The list of confirmed account blocks of all accounts.

import { useAsked } from "../data";
import { grouped } from "../format/amount";
import { live } from "../live";
import { useSelected } from "../signal";
import { withQuery } from "../router";
import { BlockTable } from "../view/blocks";
import { Empty, Head, Shown } from "../view/layout";
import { beforeOf } from "./momentums";
import { blocksBelow } from "./recent";

const SIZE = 25;

export function BlocksPage({ query }: { query: URLSearchParams }) {
  const newest = useSelected(live, (state) => state.newest?.height ?? 0);
  const asked = beforeOf(query);
  const waits = newest === 0 && asked === null;
  const slice = useAsked(
    waits ? null : `blocks ${asked ?? "newest"}`,
    () => blocksBelow(asked ?? (live.get().newest?.height ?? 0) + 1, SIZE),
    asked === null ? "live" : "once",
  );
  return (
    <>
      <Head title="Blocks">
        <p>Account blocks in the order in which momentums confirmed them, newest first.</p>
      </Head>
      <Shown of={waits ? { ...slice, loading: true } : slice}>
        {({ blocks, lowest }) => (
          <>
            {blocks.length === 0 ? (
              <Empty>No block was confirmed from height {grouped(lowest)} on.</Empty>
            ) : (
              <BlockTable label="Blocks" blocks={blocks} />
            )}
            <nav class="pager" aria-label="Pages of the list">
              {asked === null ? (
                <span class="off">Newest</span>
              ) : (
                <a href={withQuery({ before: null })} rel="first" data-step="prev">
                  Newest
                </a>
              )}
              {lowest > 1 ? (
                <a href={withQuery({ before: lowest })} rel="next" data-step="next">
                  Older
                </a>
              ) : (
                <span class="off">Older</span>
              )}
            </nav>
          </>
        )}
      </Shown>
    </>
  );
}
