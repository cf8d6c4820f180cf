// Pillars: the list with weights, and one with its epochs and rewards.

import { useCall } from "../data";
import { coins, grouped, percent, share, whole } from "../format/amount";
import { plain, ZNN } from "../format/text";
import { duration } from "../format/time";
import type { EpochReward, Paged, Pillar, PillarEpoch, Reward } from "../rpc/types";
import { AddressLink, Amount, Both, Figure, Meter, PillarLink, Tag, Time } from "../view/basics";
import { Bars } from "../plot/bars";
import { Empty, Facts, Head, pageOf, Pager, Section, Shown, Table } from "../view/layout";

const SIZE = 50;
const EPOCHS = 30;

export function PillarsPage({ query }: { query: URLSearchParams }) {
  const page = pageOf(query);
  const pillars = useCall<Paged<Pillar>>("embedded.pillar.getAll", [page, SIZE]);
  return (
    <>
      <Head title="Pillars">
        <p>They make the momentums; the ZNN that back them are their weight. Heaviest first.</p>
      </Head>
      <Shown of={pillars}>
        {({ count, list }) => {
          const rows = list ?? [];
          const top = rows.reduce((most, pillar) => (whole(pillar.weight) > most ? whole(pillar.weight) : most), 0n);
          return (
            <>
              {rows.length === 0 ? (
                <Empty>There is no pillar on this page.</Empty>
              ) : (
                <Table
                  label="Pillars"
                  rows={rows}
                  id={(pillar) => pillar.name}
                  columns={[
                    { name: "Rank", number: true, cell: (pillar) => grouped(pillar.rank + 1) },
                    { name: "Pillar", cell: (pillar) => <PillarLink name={pillar.name} /> },
                    {
                      name: "Weight",
                      number: true,
                      cell: (pillar) => (
                        <span class="with-meter">
                          <Figure text={coins(pillar.weight, 8)} />
                          <Meter share={share(pillar.weight, top)} />
                        </span>
                      ),
                    },
                    { name: "Made / expected", number: true, cell: (pillar) => <Made {...pillar.currentStats} /> },
                    { name: "Momentum share", number: true, cell: (pillar) => `${pillar.giveMomentumRewardPercentage} %` },
                    { name: "Delegate share", number: true, cell: (pillar) => `${pillar.giveDelegateRewardPercentage} %` },
                    { name: "Producer", cell: (pillar) => <AddressLink address={pillar.producerAddress} /> },
                  ]}
                />
              )}
              <Pager page={page} size={SIZE} count={count} />
            </>
          );
        }}
      </Shown>
    </>
  );
}

/** Momentums of the running epoch. */
function Made({ producedMomentums, expectedMomentums }: Pillar["currentStats"]) {
  return (
    <span title="Momentums made and expected in the running epoch">
      {grouped(producedMomentums)} / {grouped(expectedMomentums)}
    </span>
  );
}

export function PillarPage({ name, query }: { name: string; query: URLSearchParams }) {
  const pillar = useCall<Pillar | null>("embedded.pillar.getByName", [name]);
  const page = pageOf(query);
  const epochs = useCall<Paged<PillarEpoch>>("embedded.pillar.getPillarEpochHistory", [name, page, EPOCHS]);
  const reward = pillar.data?.withdrawAddress;
  return (
    <>
      <Head kind="Pillar" title={<bdi>{plain(name)}</bdi>} />
      <Shown of={pillar} missing="No active pillar has this name.">
        {(known) => (
          <Facts
            rows={[
              ["Rank", grouped(known.rank + 1)],
              ["Weight", <Amount value={known.weight} id={ZNN} />],
              [
                "Running epoch",
                <>
                  {grouped(known.currentStats.producedMomentums)} of {grouped(known.currentStats.expectedMomentums)} momentums (
                  {percent(known.currentStats.producedMomentums, known.currentStats.expectedMomentums)})
                </>,
              ],
              ["Gives its backers", `${known.giveMomentumRewardPercentage} % for momentums, ${known.giveDelegateRewardPercentage} % for delegations`],
              ["Owner", <AddressLink address={known.ownerAddress} full />],
              ["Producer", <AddressLink address={known.producerAddress} full />],
              ["Rewards go to", <AddressLink address={known.withdrawAddress} full />],
              ["Registered", known.type === 1 ? "with a legacy key" : "by deposit"],
              [
                "Can be revoked",
                known.revokeTimestamp !== 0 ? (
                  <>
                    <Tag sort="bad">revoked</Tag> <Time at={known.revokeTimestamp} />
                  </>
                ) : (
                  `${known.isRevocable ? "yes, for the next" : "no, for the next"} ${duration(known.revokeCooldown)}`
                ),
              ],
            ]}
          />
        )}
      </Shown>
      <Section title="Rewards" note="of the account that they go to">
        {reward === undefined ? <Empty>Known for active pillars.</Empty> : <Given address={reward} />}
      </Section>
      <Section title="Epochs">
        <Shown of={epochs}>
          {({ count, list }) =>
            (list ?? []).length === 0 ? (
              <Empty>No epoch is over yet. The first entry comes with the end of the running one.</Empty>
            ) : (
              <>
                <Bars
                  title="Momentums made in each epoch"
                  unit="momentums"
                  points={(list ?? []).map((epoch) => ({ x: epoch.epoch, y: epoch.producedBlockNum })).reverse()}
                  axis="epoch"
                />
                <Table
                  label="Epochs"
                  rows={list ?? []}
                  id={(epoch) => epoch.epoch}
                  columns={[
                    { name: "Epoch", cell: (epoch) => grouped(epoch.epoch) },
                    { name: "Made", number: true, cell: (epoch) => grouped(epoch.producedBlockNum) },
                    { name: "Expected", number: true, cell: (epoch) => grouped(epoch.expectedBlockNum) },
                    { name: "Part", number: true, cell: (epoch) => percent(epoch.producedBlockNum, epoch.expectedBlockNum) },
                    { name: "Weight", number: true, cell: (epoch) => <Figure text={coins(epoch.weight, 8)} /> },
                  ]}
                />
                <Pager page={page} size={EPOCHS} count={count} />
              </>
            )
          }
        </Shown>
      </Section>
    </>
  );
}

function Given({ address }: { address: string }) {
  const open = useCall<Reward>("embedded.pillar.getUncollectedReward", [address]);
  const given = useCall<Paged<EpochReward>>("embedded.pillar.getFrontierRewardByPage", [address, 0, EPOCHS]);
  return (
    <>
      <Shown of={open}>
        {(reward) => <Facts rows={[["Not collected", <Both znn={reward.znnAmount} qsr={reward.qsrAmount} />]]} />}
      </Shown>
      <Shown of={given}>
        {({ list }) =>
          (list ?? []).length === 0 ? (
            <Empty>No reward was given yet.</Empty>
          ) : (
            <Table
              label="Rewards by epoch"
              rows={list ?? []}
              id={(entry) => entry.epoch}
              columns={[
                { name: "Epoch", cell: (entry) => grouped(entry.epoch) },
                { name: "ZNN", number: true, cell: (entry) => <Figure text={coins(entry.znnAmount, 8)} /> },
                { name: "QSR", number: true, cell: (entry) => <Figure text={coins(entry.qsrAmount, 8)} /> },
              ]}
            />
          )
        }
      </Shown>
    </>
  );
}
