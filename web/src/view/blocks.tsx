// Account blocks in a line: what they do, for whom, and how it went.

import { callOf, outcomeOf } from "../abi/decode";
import { ofBase64 } from "../format/bytes";
import { blockType, sends, ZERO_ADDRESS } from "../format/text";
import { whole } from "../format/amount";
import type { Block, PlainBlock } from "../rpc/types";
import { Table, type Column } from "./layout";
import { AddressLink, Amount, BlockLink, MomentumLink, Tag, Time } from "./basics";

/** What a block does, in a word: the method that it calls, or its sort. */
export function Does({ block }: { block: PlainBlock }) {
  const sent = sends(block.blockType) ? block : takenBy(block);
  const call = sent === null ? null : callOf(sent.toAddress, ofBase64(sent.data));
  if (call === null) return <span>{blockType(block.blockType)}</span>;
  return (
    <span class="call" title={call.method.about}>
      {sent === block ? null : <span class="faint">took </span>}
      {call.contract.name}.<b>{call.method.name}</b>
    </span>
  );
}

/** The call that a contract's receive takes, where it is at hand. */
function takenBy(block: PlainBlock): PlainBlock | null {
  return block.blockType === 5 && "pairedAccountBlock" in block ? (block as Block).pairedAccountBlock : null;
}

/** How a call went, as far as it is known. */
export function Outcome({ block }: { block: Block }) {
  const answer = sends(block.blockType) ? block.pairedAccountBlock : block;
  if (answer === null) return <Tag sort="wait">not received yet</Tag>;
  if (answer.blockType === 5) {
    const outcome = outcomeOf(ofBase64(answer.data));
    if (outcome === "refused") return <Tag sort="bad">refused</Tag>;
    if (outcome === "done") return <Tag sort="good">done</Tag>;
  }
  return <Tag sort="good">received</Tag>;
}

/** The other account of a block. */
function Other({ block }: { block: Block }) {
  const address = sends(block.blockType) ? block.toAddress : block.pairedAccountBlock?.address;
  if (address === undefined || address === ZERO_ADDRESS) return <span class="faint">–</span>;
  return (
    <span class="other">
      <span aria-hidden="true">{sends(block.blockType) ? "→" : "←"}</span>
      <span class="hidden">{sends(block.blockType) ? "to" : "from"}</span> <AddressLink address={address} />
    </span>
  );
}

/** What moves with a block: of a receive, what its send carries. */
function Moves({ block }: { block: Block }) {
  const source = sends(block.blockType) ? block : block.pairedAccountBlock;
  if (!source || whole(source.amount) === 0n) return <span class="faint">–</span>;
  return <Amount value={source.amount} id={source.tokenStandard} token={source.token} />;
}

/** When, and by which momentum. */
function Confirmed({ block }: { block: Block }) {
  const detail = block.confirmationDetail;
  if (detail === null) return <Tag sort="wait">unconfirmed</Tag>;
  return (
    <span class="confirmed">
      <Time at={detail.momentumTimestamp} /> <MomentumLink height={detail.momentumHeight} />
    </span>
  );
}

const ACCOUNT: Column<Block> = { name: "Account", cell: (block) => <AddressLink address={block.address} /> };

const COLUMNS: Column<Block>[] = [
  { name: "Block", cell: (block) => <BlockLink hash={block.hash} short /> },
  { name: "What", cell: (block) => <Does block={block} /> },
  { name: "With", cell: (block) => <Other block={block} /> },
  { name: "Amount", number: true, cell: (block) => <Moves block={block} /> },
  { name: "State", cell: (block) => <Outcome block={block} /> },
  { name: "Confirmed", number: true, cell: (block) => <Confirmed block={block} /> },
];

/** Some account blocks; of one account, whose column would say nothing, or of many. */
export function BlockTable({ label, blocks, account = true }: { label: string; blocks: readonly Block[]; account?: boolean }) {
  const [first, ...rest] = COLUMNS as [Column<Block>, ...Column<Block>[]];
  const columns = account ? [first, ACCOUNT, ...rest] : COLUMNS;
  return <Table label={label} columns={columns} rows={blocks} id={(block) => block.hash} />;
}
