// The embedded contracts: what they hold, what they are called with, and the state of each.

import { CONTRACTS, type Contract } from "../abi/decode";
import { useAsked, useCall } from "../data";
import { coins, grouped, whole } from "../format/amount";
import { QSR, ZNN } from "../format/text";
import { call } from "../rpc/client";
import type { Account, BlockList } from "../rpc/types";
import { to } from "../router";
import { AddressLink, Figure } from "../view/basics";
import { BlockTable } from "../view/blocks";
import { Empty, Head, pageOf, Pager, Section, Shown, Table } from "../view/layout";
import { StateOf } from "./states";

const SIZE = 15;

/** What each contract is for. */
const ABOUT: Record<string, string> = {
  plasma: "QSR fused for plasma, which blocks use instead of work",
  pillar: "Pillars, their backers and rewards",
  token: "Issues, mints and burns tokens",
  sentinel: "Sentinels and their rewards",
  swap: "Coins and pillars of keys from before this network",
  stake: "ZNN staked for a time, and the rewards",
  spork: "Changes of the rules",
  liquidity: "Locked liquidity tokens and their rewards",
  accelerator: "Projects, their phases and the votes on both",
  htlc: "Amounts locked by a hash and a time",
  bridge: "Tokens that leave for other networks and come back",
};

async function accounts(): Promise<Account[]> {
  return Promise.all(CONTRACTS.map(({ address }) => call<Account>("ledger.getAccountInfoByAddress", [address])));
}

export function ContractsPage() {
  const known = useAsked("contracts", accounts);
  return (
    <>
      <Head title="Contracts">
        <p>The eleven contracts that are part of the ledger.</p>
      </Head>
      <Shown of={known}>
        {(list) => (
          <Table
            label="Contracts"
            rows={list}
            id={(account) => account.address}
            columns={[
              { name: "Contract", cell: ({ address }) => <ContractLink address={address} /> },
              { name: "What for", cell: ({ address }) => ABOUT[nameOf(address)] ?? "" },
              { name: "ZNN", number: true, cell: (account) => <Held account={account} id={ZNN} /> },
              { name: "QSR", number: true, cell: (account) => <Held account={account} id={QSR} /> },
              { name: "Blocks", number: true, cell: (account) => grouped(account.accountHeight) },
            ]}
          />
        )}
      </Shown>
    </>
  );
}

function nameOf(address: string): string {
  return CONTRACTS.find((contract) => contract.address === address)?.name ?? address;
}

function ContractLink({ address }: { address: string }) {
  return <a href={to("contract", nameOf(address))}>{nameOf(address)}</a>;
}

function Held({ account, id }: { account: Account; id: string }) {
  const balance = account.balanceInfoMap[id]?.balance ?? "0";
  return whole(balance) === 0n ? <span class="faint">–</span> : <Figure text={coins(balance, 8)} />;
}

export function ContractPage({ contract, query }: { contract: Contract; query: URLSearchParams }) {
  const page = pageOf(query);
  const blocks = useCall<BlockList>("ledger.getAccountBlocksByPage", [contract.address, page, SIZE]);
  return (
    <>
      <Head kind="Embedded contract" title={contract.name}>
        <p>
          {ABOUT[contract.name]}. Its account: <AddressLink address={contract.address} />
        </p>
      </Head>
      <StateOf contract={contract} />
      <Section title="Newest blocks" note="the calls that it took, and what it sent">
        <Shown of={blocks}>
          {({ count, list }) =>
            (list ?? []).length === 0 ? (
              <Empty>Nobody has called this contract yet.</Empty>
            ) : (
              <>
                <BlockTable label="Blocks of the contract" blocks={list ?? []} account={false} />
                <Pager page={page} size={SIZE} count={count} />
              </>
            )
          }
        </Shown>
      </Section>
      <Section title="Methods">
        <Table
          label="Methods"
          rows={contract.methods}
          id={(method) => method.selector}
          columns={[
            { name: "Method", cell: (method) => <b>{method.name}</b> },
            { name: "What for", cell: (method) => method.about },
            {
              name: "Arguments",
              cell: (method) => (
                <code>{method.params.length === 0 ? "none" : method.params.map(([name, type]) => `${type} ${name}`).join(", ")}</code>
              ),
            },
            { name: "Selector", cell: (method) => <code>{method.selector}</code> },
          ]}
        />
      </Section>
    </>
  );
}
