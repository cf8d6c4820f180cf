// One account block: what it does, the call decoded, and what came of it.

import { callOf, outcomeOf } from "../abi/decode";
import { useAsked } from "../data";
import { grouped, whole } from "../format/amount";
import { hex, ofBase64, text } from "../format/bytes";
import { blockType, plain, sends, shortened, ZERO_HASH } from "../format/text";
import { call } from "../rpc/client";
import type { Block, PlainBlock } from "../rpc/types";
import { AddressLink, Amount, BlockLink, MomentumLink, Tag, Time } from "../view/basics";
import { CallView } from "../view/call";
import { Does, Outcome } from "../view/blocks";
import { Empty, Facts, Head, Section, Shown, Table } from "../view/layout";
import { Long } from "./momentum";

const HASH = /^[0-9a-f]{64}$/;

async function find(hash: string): Promise<Block | null> {
  return HASH.test(hash) ? call<Block | null>("ledger.getAccountBlockByHash", [hash]) : null;
}

export function BlockPage({ hash }: { hash: string }) {
  const found = useAsked(`block ${hash}`, () => find(hash));
  return (
    <>
      <Head
        kind={found.data ? `${blockType(found.data.blockType)} block` : "Account block"}
        title={found.data ? <Title block={found.data} /> : shortened(plain(hash))}
      />
      <Shown of={found} missing={missing(hash)}>
        {(block) => <Known block={block} />}
      </Shown>
    </>
  );
}

function missing(hash: string): string {
  return HASH.test(hash)
    ? "No confirmed block has this hash. If it was just published, it is shown here once a momentum confirms it."
    : "This is no hash: a hash has 64 hexadecimal digits.";
}

/** What the block does, in a line. */
function Title({ block }: { block: Block }) {
  if (!sends(block.blockType) || whole(block.amount) === 0n) return <Does block={block} />;
  return (
    <>
      <Does block={block} /> <Amount value={block.amount} id={block.tokenStandard} token={block.token} />
    </>
  );
}

function Known({ block }: { block: Block }) {
  const paired = block.pairedAccountBlock;
  const confirmed = block.confirmationDetail;
  const data = ofBase64(block.data);
  const isSend = sends(block.blockType);
  const contractCall = isSend ? callOf(block.toAddress, data) : null;
  const answered = !isSend && paired ? callOf(paired.toAddress, ofBase64(paired.data)) : null;
  return (
    <>
      <Facts
        rows={[
          ["Hash", <Long text={block.hash} what="hash" />],
          ["State", <Outcome block={block} />],
          ["Account", <AddressLink address={block.address} full />],
          ["Height in the account", grouped(block.height)],
          ...(isSend ? sending(block) : receiving(block)),
          ["Confirmed by", confirmed === null ? <Tag sort="wait">no momentum yet</Tag> : <Confirmed block={block} />],
        ]}
      />
      {contractCall === null ? null : (
        <Section title="Call" note={contractCall.method.about}>
          <CallView call={contractCall} amount={block} />
        </Section>
      )}
      {answered === null || paired === null ? null : (
        <Section title="Call that it answers" note={answered.method.about}>
          <CallView call={answered} amount={paired} />
        </Section>
      )}
      {contractCall !== null || data.length === 0 || block.blockType === 5 ? null : (
        <Section title="Data" note={`${grouped(data.length)} bytes`}>
          <Data bytes={data} />
        </Section>
      )}
      <Descendants block={block.descendantBlocks?.length ? block : paired} />
      <Section title="How it was made">
        <Facts
          rows={[
            ["Previous block", block.previousHash === ZERO_HASH ? "none: the account's first" : <BlockLink hash={block.previousHash} full />],
            [
              "Stands on momentum",
              block.momentumAcknowledged.height === 0 ? "none" : <MomentumLink height={block.momentumAcknowledged.height} />,
            ],
            ["Plasma", `${grouped(block.usedPlasma)} used, at least ${grouped(block.basePlasma)} needed`],
            ["Of it fused", grouped(block.fusedPlasma)],
            ["Work", whole(block.difficulty) === 0n ? "none" : `difficulty ${grouped(block.difficulty)}, nonce ${block.nonce}`],
            ["Changes hash", block.changesHash === ZERO_HASH ? "none" : <Long text={block.changesHash} what="changes hash" />],
            ["Public key", keyText(block.publicKey, "public key")],
            ["Signature", keyText(block.signature, "signature")],
            ["Network", `chain ${block.chainIdentifier}, version ${block.version}`],
          ]}
        />
      </Section>
    </>
  );
}

function sending(block: Block): [string, preact.ComponentChildren][] {
  const paired = block.pairedAccountBlock;
  return [
    ["To", <AddressLink address={block.toAddress} full />],
    ["Amount", whole(block.amount) === 0n ? "nothing" : <Amount value={block.amount} id={block.tokenStandard} token={block.token} />],
    ["Received by", paired === null ? <Tag sort="wait">not received yet</Tag> : <BlockLink hash={paired.hash} full />],
  ];
}

function receiving(block: Block): [string, preact.ComponentChildren][] {
  const paired = block.pairedAccountBlock;
  if (paired === null || block.blockType === 1) return [["Receives", "what genesis gave the account"]];
  return [
    ["From", <AddressLink address={paired.address} full />],
    ["Amount", whole(paired.amount) === 0n ? "nothing" : <Amount value={paired.amount} id={paired.tokenStandard} token={paired.token} />],
    ["Receives", <BlockLink hash={block.fromBlockHash} full />],
  ];
}

function Confirmed({ block }: { block: Block }) {
  const detail = block.confirmationDetail;
  if (detail === null) return null;
  return (
    <>
      momentum <MomentumLink height={detail.momentumHeight} />, <Time at={detail.momentumTimestamp} long />,{" "}
      {grouped(detail.numConfirmations)} {detail.numConfirmations === 1 ? "confirmation" : "confirmations"}
    </>
  );
}

/** Blocks that a contract sends in answer. */
function Descendants({ block }: { block: PlainBlock | null }) {
  const list = block?.descendantBlocks ?? [];
  if (block === null || list.length === 0) return null;
  return (
    <Section title="What the contract sends in answer">
      <Table
        label="What the contract sends in answer"
        rows={list}
        id={(sent) => sent.hash}
        columns={[
          { name: "Block", cell: (sent) => <BlockLink hash={sent.hash} /> },
          { name: "What", cell: (sent) => <Does block={sent} /> },
          { name: "To", cell: (sent) => <AddressLink address={sent.toAddress} /> },
          {
            name: "Amount",
            number: true,
            cell: (sent) => (whole(sent.amount) === 0n ? "–" : <Amount value={sent.amount} id={sent.tokenStandard} />),
          },
        ]}
      />
    </Section>
  );
}

/** Free data: as text where it is one, else as bytes. */
function Data({ bytes }: { bytes: Uint8Array }) {
  const words = text(bytes);
  if (words === null && outcomeOf(bytes) === null && bytes.length === 0) return <Empty>None.</Empty>;
  return (
    <pre class="data" tabIndex={0} aria-label="Data of the block">
      {words === null ? hex(bytes) : plain(words)}
    </pre>
  );
}

function keyText(base64: string | null, what: string) {
  const bytes = ofBase64(base64);
  return bytes.length === 0 ? "none: made by a contract" : <Long text={hex(bytes)} what={what} />;
}
