// One account: balances and plasma, and in parts its blocks, stakes, fusions, rewards and roles.

import { contractAt, isContract } from "../abi/decode";
import { isWhole } from "../abi/bech32";
import { useCall } from "../data";
import { grouped, whole } from "../format/amount";
import { plain, QSR, ZNN } from "../format/text";
import type { Account, BlockList, Plasma } from "../rpc/types";
import { to } from "../router";
import { Amount, Copy, Mark, TokenLink, Figure } from "../view/basics";
import { coins } from "../format/amount";
import { BlockTable } from "../view/blocks";
import { Empty, Facts, Head, pageOf, Pager, Section, Shown, Table, Tabs } from "../view/layout";
import { Fusions, Locked, Rewards, Roles, Stakes, Tokens } from "./holdings";

const SIZE = 20;

const PARTS: [string, string][] = [
  ["blocks", "Blocks"],
  ["unreceived", "Unreceived"],
  ["unconfirmed", "Unconfirmed"],
  ["roles", "Roles"],
  ["rewards", "Rewards"],
  ["stakes", "Stakes"],
  ["fusions", "Fusions"],
  ["liquidity", "Liquidity"],
  ["tokens", "Tokens"],
];

export function AccountPage({ address, query }: { address: string; query: URLSearchParams }) {
  const valid = isWhole("z", address);
  const account = useCall<Account>("ledger.getAccountInfoByAddress", valid ? [address] : null);
  const plasma = useCall<Plasma>("embedded.plasma.get", valid && !isContract(address) ? [address] : null);
  const contract = contractAt(address);
  const wanted = query.get("tab") ?? "blocks";
  const tab = PARTS.some(([id]) => id === wanted) ? wanted : "blocks";
  if (!valid) {
    return (
      <>
        <Head kind="Account" title="Not an address" />
        <Empty>
          <code>{plain(address)}</code> is no address: its checksum does not fit, so a sign may be mistyped.
        </Empty>
      </>
    );
  }
  return (
    <>
      <Head
        kind={contract === undefined ? "Account" : "Embedded contract"}
        title={
          <>
            <Mark text={address} /> <span class="long-title">{address}</span>
          </>
        }
      >
        <Copy text={address} what="address" />
        {contract === undefined ? null : (
          <a href={to("contract", contract.name)}>State of the {contract.name} contract</a>
        )}
      </Head>
      <Shown of={account}>
        {(known) => (
          <>
            <Facts
              rows={[
                ["Blocks", grouped(known.accountHeight)],
                ["Plasma", <PlasmaLine plasma={plasma.data} />],
              ]}
            />
            <Section title="Balances">
              <Balances account={known} />
            </Section>
          </>
        )}
      </Shown>
      <Tabs tabs={PARTS} now={tab} />
      <Part tab={tab} address={address} page={pageOf(query)} />
    </>
  );
}

function PlasmaLine({ plasma }: { plasma: Plasma | undefined }) {
  if (plasma === undefined) return <span class="faint">–</span>;
  return (
    <>
      {grouped(plasma.currentPlasma)} of {grouped(plasma.maxPlasma)}, from <Amount value={plasma.qsrAmount} id={QSR} /> fused
    </>
  );
}

function Balances({ account }: { account: Account }) {
  const rank = (id: string): number => (id === ZNN ? 0 : id === QSR ? 1 : 2);
  const held = Object.entries(account.balanceInfoMap)
    .filter(([, entry]) => whole(entry.balance) !== 0n)
    .sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1));
  if (held.length === 0) return <Empty>The account holds nothing.</Empty>;
  return (
    <Table
      label="Balances"
      rows={held}
      id={([id]) => id}
      columns={[
        { name: "Token", cell: ([id, entry]) => <TokenLink id={id} token={entry.token} /> },
        { name: "Name", cell: ([, entry]) => <bdi class="foreign">{plain(entry.token.name)}</bdi> },
        { name: "Balance", number: true, cell: ([, entry]) => <Figure text={coins(entry.balance, entry.token.decimals)} /> },
      ]}
    />
  );
}

function Part({ tab, address, page }: { tab: string; address: string; page: number }) {
  switch (tab) {
    case "unreceived":
      return <Blocks method="ledger.getUnreceivedBlocksByAddress" address={address} page={page} none="Everything sent to the account is received." />;
    case "unconfirmed":
      return <Blocks method="ledger.getUnconfirmedBlocksByAddress" address={address} page={page} none="All blocks of the account are confirmed." />;
    case "roles":
      return <Roles address={address} />;
    case "rewards":
      return <Rewards address={address} page={page} />;
    case "stakes":
      return <Stakes address={address} page={page} />;
    case "fusions":
      return <Fusions address={address} page={page} />;
    case "liquidity":
      return <Locked address={address} page={page} />;
    case "tokens":
      return <Tokens address={address} page={page} />;
    default:
      return <Blocks method="ledger.getAccountBlocksByPage" address={address} page={page} none="The account has no block yet." />;
  }
}

function Blocks(props: { method: string; address: string; page: number; none: string }) {
  const { method, address, page, none } = props;
  const list = useCall<BlockList>(method, [address, page, SIZE]);
  return (
    <Shown of={list}>
      {(blocks) =>
        (blocks.list ?? []).length === 0 ? (
          <Empty>{none}</Empty>
        ) : (
          <>
            <BlockTable label="Blocks" blocks={blocks.list ?? []} account={method.includes("Unreceived")} />
            <Pager page={page} size={SIZE} count={blocks.count} />
          </>
        )
      }
    </Shown>
  );
}
