// Sentinels.

import { useCall } from "../data";
import { duration } from "../format/time";
import type { Paged, Sentinel } from "../rpc/types";
import { AddressLink, Tag, Time } from "../view/basics";
import { Empty, Head, pageOf, Pager, Shown, Table } from "../view/layout";

const SIZE = 50;

export function SentinelsPage({ query }: { query: URLSearchParams }) {
  const page = pageOf(query);
  const sentinels = useCall<Paged<Sentinel>>("embedded.sentinel.getAllActive", [page, SIZE]);
  return (
    <>
      <Head title="Sentinels">
        <p>Those that are not revoked, by their owners.</p>
      </Head>
      <Shown of={sentinels}>
        {({ count, list }) =>
          (list ?? []).length === 0 ? (
            <Empty>There is no active sentinel{page > 0 ? " on this page" : ""}.</Empty>
          ) : (
            <>
              <Table
                label="Sentinels"
                rows={list ?? []}
                id={(sentinel) => sentinel.owner}
                columns={[
                  { name: "Owner", cell: (sentinel) => <AddressLink address={sentinel.owner} /> },
                  { name: "State", cell: (sentinel) => (sentinel.active ? <Tag sort="good">active</Tag> : <Tag sort="bad">revoked</Tag>) },
                  { name: "Registered", number: true, cell: (sentinel) => <Time at={sentinel.registrationTimestamp} /> },
                  {
                    name: "Can be revoked",
                    number: true,
                    cell: (sentinel) => `${sentinel.isRevocable ? "for" : "in"} ${duration(sentinel.revokeCooldown)}`,
                  },
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
