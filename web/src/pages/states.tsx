// The state of one contract, as far as the node tells it without a name of something in it.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Contract } from "../abi/decode";
import { useAsked, useCall } from "../data";
import { coins, grouped, whole } from "../format/amount";
import { hex, ofBase64 } from "../format/bytes";
import { plain, QSR, ZNN } from "../format/text";
import { call, RpcError } from "../rpc/client";
import type {
  Account,
  BridgeInfo,
  BridgeNetwork,
  Htlc,
  LiquidityInfo,
  Paged,
  Security,
  Unwrap,
  Wrap,
} from "../rpc/types";
import { go, to } from "../router";
import { AddressLink, Amount, BlockLink, Both, Figure, MomentumLink, Tag, Time, TokenLink, YesNo } from "../view/basics";
import { Empty, Facts, Section, Shown, Table } from "../view/layout";

export function StateOf({ contract }: { contract: Contract }) {
  switch (contract.name) {
    case "plasma":
      return <Held contract={contract} what="QSR fused" id={QSR} part="fusions" ask="Fusions of an account" />;
    case "stake":
      return <Held contract={contract} what="ZNN staked" id={ZNN} part="stakes" ask="Stakes of an account" />;
    case "pillar":
      return <PillarState />;
    case "accelerator":
      return <Fund contract={contract} />;
    case "swap":
      return <SwapState />;
    case "htlc":
      return <HtlcState />;
    case "bridge":
      return <BridgeState />;
    case "liquidity":
      return <LiquidityState />;
    case "token":
      return <Elsewhere path="tokens">All tokens</Elsewhere>;
    case "sentinel":
      return <Elsewhere path="sentinels">All sentinels</Elsewhere>;
    case "spork":
      return <Elsewhere path="sporks">All sporks</Elsewhere>;
    default:
      return null;
  }
}

function Elsewhere({ path, children }: { path: string; children: ComponentChildren }) {
  return (
    <p>
      <a href={to(path)}>{children}</a>
    </p>
  );
}

function useAccount(contract: Contract) {
  return useCall<Account>("ledger.getAccountInfoByAddress", [contract.address]);
}

/** What a contract holds for many, and a way to one of them. */
function Held(props: { contract: Contract; what: string; id: string; part: string; ask: string }) {
  const { contract, what, id, part, ask } = props;
  const account = useAccount(contract);
  return (
    <>
      <Shown of={account}>
        {(known) => <Facts rows={[[what, <Amount value={known.balanceInfoMap[id]?.balance ?? 0} id={id} />]]} />}
      </Shown>
      <Lookup label={ask} hint="z1…" found={(address) => go(`${to("account", address)}?tab=${part}`)} />
    </>
  );
}

/** A field that leads to something by its name. */
function Lookup({ label, hint, found }: { label: string; hint: string; found: (text: string) => void }) {
  const [text, setText] = useState("");
  return (
    <form
      class="lookup"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") found(text.trim());
      }}
    >
      <label>
        {label}
        <input
          type="text"
          value={text}
          placeholder={hint}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Show</button>
    </form>
  );
}

function PillarState() {
  const cost = useCall<string>("embedded.pillar.getQsrRegistrationCost", []);
  return (
    <>
      <Shown of={cost}>{(qsr) => <Facts rows={[["The next pillar costs", <Amount value={qsr} id={QSR} />]]} />}</Shown>
      <Elsewhere path="pillars">All pillars</Elsewhere>
    </>
  );
}

function Fund({ contract }: { contract: Contract }) {
  const account = useAccount(contract);
  return (
    <>
      <Shown of={account}>
        {({ balanceInfoMap: held }) => (
          <Facts rows={[["Fund", <Both znn={held[ZNN]?.balance ?? 0} qsr={held[QSR]?.balance ?? 0} />]]} />
        )}
      </Shown>
      <Elsewhere path="projects">All projects</Elsewhere>
    </>
  );
}

interface Legacy {
  assets: [string, { znn: string; qsr: string }][];
  pillars: { keyIdHash: string; numPillars: number }[];
}

async function legacy(): Promise<Legacy> {
  const [assets, pillars] = await Promise.all([
    call<Record<string, { znn: string; qsr: string }> | null>("embedded.swap.getAssets"),
    call<{ keyIdHash: string; numPillars: number }[] | null>("embedded.swap.getLegacyPillars"),
  ]);
  return { assets: Object.entries(assets ?? {}), pillars: pillars ?? [] };
}

/** Most legacy keys that are listed. */
const LEGACY_MAX = 50;

function SwapState() {
  const known = useAsked("swap", legacy, "once");
  return (
    <Shown of={known}>
      {({ assets, pillars }) => (
        <>
          <Facts
            rows={[
              ["Legacy keys with coins", grouped(assets.length)],
              ["Legacy keys with pillars", grouped(pillars.length)],
              [
                "Can still be retrieved",
                <Both
                  znn={assets.reduce((sum, [, held]) => sum + whole(held.znn), 0n)}
                  qsr={assets.reduce((sum, [, held]) => sum + whole(held.qsr), 0n)}
                />,
              ],
            ]}
          />
          {assets.length === 0 ? null : (
            <Table
              label="Legacy keys"
              rows={assets.slice(0, LEGACY_MAX)}
              id={([key]) => key}
              columns={[
                { name: "Key", cell: ([key]) => <code class="break">{key}</code> },
                { name: "ZNN", number: true, cell: ([, held]) => <Figure text={coins(held.znn, 8)} /> },
                { name: "QSR", number: true, cell: ([, held]) => <Figure text={coins(held.qsr, 8)} /> },
              ]}
            />
          )}
        </>
      )}
    </Shown>
  );
}

function HtlcState() {
  const [id, setId] = useState<string | null>(null);
  const valid = id !== null && /^[0-9a-f]{64}$/i.test(id);
  const lock = useAsked(valid ? `htlc ${id}` : null, () => htlc(id ?? ""));
  return (
    <>
      <Lookup label="A lock by its id" hint="64 hexadecimal digits" found={setId} />
      {id === null ? null : !valid ? (
        <Empty>An id has 64 hexadecimal digits.</Empty>
      ) : (
        <Shown of={lock} missing="There is no lock with this id: it never was, or it is unlocked or reclaimed.">
          {(known) => (
            <Facts
              rows={[
                ["Id", <BlockLink hash={known.id} full />],
                ["Amount", <Amount value={known.amount} id={known.tokenStandard} />],
                ["For the preimage", <AddressLink address={known.hashLocked} full />],
                ["After the time", <AddressLink address={known.timeLocked} full />],
                ["Until", <Time at={known.expirationTime} long />],
                ["Hash", <code class="break">{hex(ofBase64(known.hashLock))}</code>],
                ["Sort of hash", known.hashType === 0 ? "SHA3-256" : "SHA-256"],
                ["Longest preimage", `${grouped(known.keyMaxSize)} bytes`],
              ]}
            />
          )}
        </Shown>
      )}
    </>
  );
}

async function htlc(id: string): Promise<Htlc | null> {
  try {
    return await call<Htlc>("embedded.htlc.getById", [id.toLowerCase()]);
  } catch (error) {
    if (error instanceof RpcError && error.isMissing) return null;
    throw error;
  }
}

function BridgeState() {
  const info = useCall<BridgeInfo>("embedded.bridge.getBridgeInfo", []);
  const networks = useCall<Paged<BridgeNetwork>>("embedded.bridge.getAllNetworks", [0, 100]);
  const security = useCall<Security>("embedded.bridge.getSecurityInfo", []);
  const wraps = useCall<Paged<Wrap>>("embedded.bridge.getAllWrapTokenRequests", [0, 15]);
  const unwraps = useCall<Paged<Unwrap>>("embedded.bridge.getAllUnwrapTokenRequests", [0, 15]);
  return (
    <>
      <Shown of={info}>
        {(known) => (
          <Facts
            rows={[
              ["State", known.halted ? <Tag sort="bad">halted</Tag> : <Tag sort="good">running</Tag>],
              ["Administrator", <AddressLink address={known.administrator} full />],
              ["Signers' key", known.compressedTssECDSAPubKey === "" ? "none yet" : <code class="break">{known.compressedTssECDSAPubKey}</code>],
              ["Another key may be made", <YesNo is={known.allowKeyGen} />],
              ["Signers' messages so far", grouped(known.tssNonce)],
              ["Last let run again", known.unhaltedAt === 0 ? "never" : <MomentumLink height={known.unhaltedAt} />],
            ]}
          />
        )}
      </Shown>
      <Guardians of={security} />
      <Section title="Networks">
        <Shown of={networks}>
          {({ list }) =>
            (list ?? []).length === 0 ? (
              <Empty>The bridge leads to no network yet.</Empty>
            ) : (
              <Table
                label="Networks of the bridge"
                rows={list ?? []}
                id={(network) => `${network.networkClass}/${network.chainId}`}
                columns={[
                  { name: "Name", cell: (network) => <bdi class="foreign">{plain(network.name)}</bdi> },
                  { name: "Class, chain", cell: (network) => `${network.networkClass}, ${network.chainId}` },
                  { name: "Contract there", cell: (network) => <code class="break">{plain(network.contractAddress)}</code> },
                  {
                    name: "Tokens",
                    cell: (network) =>
                      (network.tokenPairs ?? []).map((pair) => (
                        <span key={pair.tokenStandard}>
                          <TokenLink id={pair.tokenStandard} />{" "}
                        </span>
                      )),
                  },
                ]}
              />
            )
          }
        </Shown>
      </Section>
      <Section title="Tokens that left" note="newest first">
        <Shown of={wraps}>
          {({ list }) =>
            (list ?? []).length === 0 ? (
              <Empty>None so far.</Empty>
            ) : (
              <Table
                label="Tokens that left"
                rows={list ?? []}
                id={(wrap) => wrap.id}
                columns={[
                  { name: "Request", cell: (wrap) => <BlockLink hash={wrap.id} /> },
                  { name: "Amount", number: true, cell: (wrap) => <Amount value={wrap.amount} id={wrap.tokenStandard} token={wrap.token} /> },
                  { name: "To", cell: (wrap) => <code class="break">{plain(wrap.toAddress)}</code> },
                  { name: "State", cell: (wrap) => (wrap.signature === "" ? <Tag sort="wait">not signed</Tag> : <Tag sort="good">signed</Tag>) },
                  { name: "Momentum", number: true, cell: (wrap) => <MomentumLink height={wrap.creationMomentumHeight} /> },
                ]}
              />
            )
          }
        </Shown>
      </Section>
      <Section title="Tokens that came back">
        <Shown of={unwraps}>
          {({ list }) =>
            (list ?? []).length === 0 ? (
              <Empty>None so far.</Empty>
            ) : (
              <Table
                label="Tokens that came back"
                rows={list ?? []}
                id={(unwrap) => `${unwrap.transactionHash}/${unwrap.logIndex}`}
                columns={[
                  { name: "Transaction there", cell: (unwrap) => <code title={unwrap.transactionHash}>{unwrap.transactionHash.slice(0, 12)}…</code> },
                  { name: "Amount", number: true, cell: (unwrap) => <Amount value={unwrap.amount} id={unwrap.tokenStandard} token={unwrap.token} /> },
                  { name: "To", cell: (unwrap) => <AddressLink address={unwrap.toAddress} /> },
                  { name: "State", cell: (unwrap) => <Returned unwrap={unwrap} /> },
                  { name: "Momentum", number: true, cell: (unwrap) => <MomentumLink height={unwrap.registrationMomentumHeight} /> },
                ]}
              />
            )
          }
        </Shown>
      </Section>
    </>
  );
}

function Returned({ unwrap }: { unwrap: Unwrap }) {
  if (unwrap.revoked !== 0) return <Tag sort="bad">revoked</Tag>;
  if (unwrap.redeemed !== 0) return <Tag sort="good">redeemed</Tag>;
  return unwrap.redeemableIn === 0 ? <Tag sort="wait">can be redeemed</Tag> : <Tag sort="wait">in {grouped(unwrap.redeemableIn)} momentums</Tag>;
}

function Guardians({ of }: { of: ReturnType<typeof useCall<Security>> }) {
  return (
    <Shown of={of}>
      {(security) => (
        <Facts
          rows={[
            [
              "Guardians",
              (security.guardians ?? []).length === 0
                ? "none named"
                : (security.guardians ?? []).map((guardian) => (
                    <span key={guardian}>
                      <AddressLink address={guardian} />{" "}
                    </span>
                  )),
            ],
            ["Changes wait", `${grouped(security.softDelay)} momentums, of the administrator ${grouped(security.administratorDelay)}`],
          ]}
        />
      )}
    </Shown>
  );
}

function LiquidityState() {
  const info = useCall<LiquidityInfo>("embedded.liquidity.getLiquidityInfo", []);
  const security = useCall<Security>("embedded.liquidity.getSecurityInfo", []);
  return (
    <>
      <Shown of={info}>
        {(known) => (
          <>
            <Facts
              rows={[
                ["State", known.isHalted ? <Tag sort="bad">halted</Tag> : <Tag sort="good">running</Tag>],
                ["Administrator", <AddressLink address={known.administrator} full />],
                ["Added to each epoch's rewards", <Both znn={known.znnReward} qsr={known.qsrReward} />],
              ]}
            />
            {(known.tokenTuples ?? []).length === 0 ? (
              <Empty>No token can be locked yet.</Empty>
            ) : (
              <Table
                label="Tokens that can be locked"
                rows={known.tokenTuples ?? []}
                id={(tuple) => tuple.tokenStandard}
                columns={[
                  { name: "Token", cell: (tuple) => <TokenLink id={tuple.tokenStandard} /> },
                  { name: "Share of ZNN", number: true, cell: (tuple) => hundredths(tuple.znnPercentage) },
                  { name: "Share of QSR", number: true, cell: (tuple) => hundredths(tuple.qsrPercentage) },
                  { name: "At least, in units", number: true, cell: (tuple) => grouped(tuple.minAmount) },
                ]}
              />
            )}
          </>
        )}
      </Shown>
      <Guardians of={security} />
      <Lookup label="Tokens that an account has locked" hint="z1…" found={(address) => go(`${to("account", address)}?tab=liquidity`)} />
    </>
  );
}

/** Hundredths of a percent as percent. */
function hundredths(value: number): string {
  return `${coins(value, 2)} %`;
}
