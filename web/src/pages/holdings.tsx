// What an account has put into contracts, and what it gets out of them.

import { useAsked, useCall } from "../data";
import { coins, grouped, whole } from "../format/amount";
import { plain, QSR, ZNN } from "../format/text";
import { call } from "../rpc/client";
import type {
  Delegation,
  EpochReward,
  Fusion,
  LiquidityStake,
  Paged,
  Pillar,
  Reward,
  Sentinel,
  Stake,
  Token,
} from "../rpc/types";
import { AddressLink, Amount, BlockLink, Both, Figure, MomentumLink, PillarLink, Tag, Time, TokenLink } from "../view/basics";
import { Empty, Facts, Pager, Section, Shown, Table } from "../view/layout";

const SIZE = 20;

interface Part {
  address: string;
  page: number;
}

export function Stakes({ address, page }: Part) {
  type List = Paged<Stake> & { totalAmount: string; totalWeightedAmount: string };
  const stakes = useCall<List>("embedded.stake.getEntriesByAddress", [address, page, SIZE]);
  return (
    <Shown of={stakes}>
      {({ count, list, totalAmount, totalWeightedAmount }) =>
        count === 0 ? (
          <Empty>The account has staked nothing.</Empty>
        ) : (
          <>
            <Facts
              rows={[
                ["Staked", <Amount value={totalAmount} id={ZNN} />],
                ["Weighted by time", <Amount value={totalWeightedAmount} id={ZNN} />],
              ]}
            />
            <Table
              label="Stakes"
              rows={list ?? []}
              id={(stake) => stake.id}
              columns={[
                { name: "Stake", cell: (stake) => <BlockLink hash={stake.id} /> },
                { name: "Amount", number: true, cell: (stake) => <Amount value={stake.amount} id={ZNN} /> },
                { name: "Weighted", number: true, cell: (stake) => <Figure text={coins(stake.weightedAmount, 8)} /> },
                { name: "Since", number: true, cell: (stake) => <Time at={stake.startTimestamp} /> },
                { name: "Until", number: true, cell: (stake) => <Time at={stake.expirationTimestamp} /> },
              ]}
            />
            <Pager page={page} size={SIZE} count={count} />
          </>
        )
      }
    </Shown>
  );
}

export function Fusions({ address, page }: Part) {
  type List = Paged<Fusion> & { qsrAmount: string };
  const fusions = useCall<List>("embedded.plasma.getEntriesByAddress", [address, page, SIZE]);
  return (
    <Shown of={fusions}>
      {({ count, list, qsrAmount }) =>
        count === 0 ? (
          <Empty>The account has fused nothing.</Empty>
        ) : (
          <>
            <Facts rows={[["Fused in all", <Amount value={qsrAmount} id={QSR} />]]} />
            <Table
              label="Fusions"
              rows={list ?? []}
              id={(fusion) => fusion.id}
              columns={[
                { name: "For", cell: (fusion) => <AddressLink address={fusion.beneficiary} /> },
                { name: "Amount", number: true, cell: (fusion) => <Amount value={fusion.qsrAmount} id={QSR} /> },
                {
                  name: "Free from momentum",
                  number: true,
                  cell: (fusion) => (fusion.expirationHeight === 0 ? "now" : <MomentumLink height={fusion.expirationHeight} />),
                },
              ]}
            />
            <Pager page={page} size={SIZE} count={count} />
          </>
        )
      }
    </Shown>
  );
}

export function Locked({ address, page }: Part) {
  const locked = useCall<Paged<LiquidityStake>>("embedded.liquidity.getLiquidityStakeEntriesByAddress", [address, page, SIZE]);
  return (
    <Shown of={locked}>
      {({ count, list }) =>
        count === 0 ? (
          <Empty>The account has locked no liquidity tokens.</Empty>
        ) : (
          <>
            <Table
              label="Locked liquidity"
              rows={list ?? []}
              id={(entry) => entry.id}
              columns={[
                { name: "Token", cell: (entry) => <TokenLink id={entry.tokenStandard} /> },
                { name: "Units", number: true, cell: (entry) => grouped(entry.amount) },
                { name: "Weighted", number: true, cell: (entry) => grouped(entry.weightedAmount) },
                { name: "Since", number: true, cell: (entry) => <Time at={entry.startTime} /> },
                { name: "Until", number: true, cell: (entry) => <Time at={entry.expirationTime} /> },
              ]}
            />
            <Pager page={page} size={SIZE} count={count} />
          </>
        )
      }
    </Shown>
  );
}

export function Tokens({ address, page }: Part) {
  const tokens = useCall<Paged<Token>>("embedded.token.getByOwner", [address, page, SIZE]);
  return (
    <Shown of={tokens}>
      {({ count, list }) =>
        count === 0 ? (
          <Empty>The account owns no token.</Empty>
        ) : (
          <>
            <Table
              label="Tokens that the account owns"
              rows={list ?? []}
              id={(token) => token.tokenStandard}
              columns={[
                { name: "Token", cell: (token) => <TokenLink id={token.tokenStandard} token={token} /> },
                { name: "Name", cell: (token) => <bdi class="foreign">{plain(token.name)}</bdi> },
                { name: "Supply", number: true, cell: (token) => <Figure text={coins(token.totalSupply, token.decimals)} /> },
              ]}
            />
            <Pager page={page} size={SIZE} count={count} />
          </>
        )
      }
    </Shown>
  );
}

interface Known {
  delegation: Delegation | null;
  pillars: Pillar[];
  sentinel: Sentinel | null;
  pillarQsr: string;
  sentinelQsr: string;
}

async function roles(address: string): Promise<Known> {
  const [delegation, pillars, sentinel, pillarQsr, sentinelQsr] = await Promise.all([
    call<Delegation | null>("embedded.pillar.getDelegatedPillar", [address]),
    call<Pillar[] | null>("embedded.pillar.getByOwner", [address]),
    call<Sentinel | null>("embedded.sentinel.getByOwner", [address]),
    call<string>("embedded.pillar.getDepositedQsr", [address]),
    call<string>("embedded.sentinel.getDepositedQsr", [address]),
  ]);
  return { delegation, pillars: pillars ?? [], sentinel, pillarQsr, sentinelQsr };
}

export function Roles({ address }: { address: string }) {
  const known = useAsked(`roles ${address}`, () => roles(address));
  return (
    <Shown of={known}>
      {({ delegation, pillars, sentinel, pillarQsr, sentinelQsr }) => (
        <Facts
          rows={[
            [
              "Delegates to",
              delegation === null ? (
                "nobody"
              ) : (
                <>
                  <PillarLink name={delegation.name} /> with <Amount value={delegation.weight} id={ZNN} />{" "}
                  {delegation.status === 1 ? null : <Tag sort="bad">not active</Tag>}
                </>
              ),
            ],
            [
              "Pillars",
              pillars.length === 0
                ? "none"
                : pillars.map((pillar) => (
                    <span key={pillar.name}>
                      <PillarLink name={pillar.name} />{" "}
                    </span>
                  )),
            ],
            [
              "Sentinel",
              sentinel === null ? (
                "none"
              ) : (
                <>
                  {sentinel.active ? <Tag sort="good">active</Tag> : <Tag sort="bad">revoked</Tag>} since{" "}
                  <Time at={sentinel.registrationTimestamp} />
                </>
              ),
            ],
            ["Deposited for a pillar", whole(pillarQsr) === 0n ? "nothing" : <Amount value={pillarQsr} id={QSR} />],
            ["Deposited for a sentinel", whole(sentinelQsr) === 0n ? "nothing" : <Amount value={sentinelQsr} id={QSR} />],
          ]}
        />
      )}
    </Shown>
  );
}

/** Contracts that give rewards. */
const GIVERS: [string, string][] = [
  ["pillar", "From pillars and delegations"],
  ["sentinel", "From sentinels"],
  ["stake", "From stakes"],
  ["liquidity", "From liquidity"],
];

export function Rewards({ address, page }: Part) {
  return (
    <>
      {GIVERS.map(([contract, title]) => (
        <Section key={contract} title={title}>
          <RewardsOf contract={contract} address={address} page={page} />
        </Section>
      ))}
    </>
  );
}

function RewardsOf({ contract, address, page }: Part & { contract: string }) {
  const open = useCall<Reward>(`embedded.${contract}.getUncollectedReward`, [address]);
  const given = useCall<Paged<EpochReward>>(`embedded.${contract}.getFrontierRewardByPage`, [address, page, SIZE]);
  return (
    <>
      <Shown of={open}>
        {(reward) => <Facts rows={[["Not collected", <Both znn={reward.znnAmount} qsr={reward.qsrAmount} />]]} />}
      </Shown>
      <Shown of={given}>
        {({ count, list }) => {
          const some = (list ?? []).filter((entry) => whole(entry.znnAmount) !== 0n || whole(entry.qsrAmount) !== 0n);
          return some.length === 0 ? (
            <Empty>No reward was given{count > 0 ? ` in the ${count} epochs so far` : " yet"}.</Empty>
          ) : (
            <>
              <Table
                label={`Rewards by epoch, ${contract}`}
                rows={some}
                id={(entry) => entry.epoch}
                columns={[
                  { name: "Epoch", cell: (entry) => grouped(entry.epoch) },
                  { name: "ZNN", number: true, cell: (entry) => <Figure text={coins(entry.znnAmount, 8)} /> },
                  { name: "QSR", number: true, cell: (entry) => <Figure text={coins(entry.qsrAmount, 8)} /> },
                ]}
              />
              <Pager page={page} size={SIZE} count={count} />
            </>
          );
        }}
      </Shown>
    </>
  );
}
