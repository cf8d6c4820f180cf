//! The only file that moves balances: executes account blocks, and applies momentums.
//!
//! An account block executes on its account's state and the ledger of the momentum that it
//! acknowledges, and gives a write set under account keys. A momentum merges the write sets of its
//! content over the ledger and adds mailboxes, confirmations and headers. Sources: go-zenon `vm/vm.go`,
//! `vm/supervisor.go`, `chain/momentum/ledger_store.go`.

use crate::block::{AccountBlock, BlockType};
use crate::codec::protobuf;
use crate::consensus;
use crate::contracts::{self, Context, Send};
use crate::momentum::{DetailedMomentum, Momentum};
use crate::pending::{Accepted, Pending};
use crate::refusal::{Fault, Refusal};
use crate::state::{Account, Chain, Changes, Past, State, View, keys};
use crate::types::{AccountHeader, Address, Amount, Hash, HashHeight, TokenStandard, amount_bytes};
use crate::verify::block::{SignatureCheck, Surroundings};
use crate::verify::{self, plasma};

/// Result data of a contract's receive block: the call went through.
const SUCCESS: u64 = 1;
/// Result data of a contract's receive block: the call was refused and its amount sent back.
const FAILURE: u64 = 2;

/// Checks and executes a signed block from outside. The block's plasma fields are set anew.
pub fn apply_block(
    chain: &dyn Chain,
    pending: &Pending,
    block: AccountBlock,
    check: SignatureCheck,
) -> Result<Accepted, Refusal> {
    let mut block = block;
    if block.block_type == BlockType::CONTRACT_SEND {
        return Err(Refusal::BlockTypeContractSend);
    }
    let changes = execute(chain, pending, &mut block)?;
    seal(chain, pending, block, changes, check)
}

/// Checks and executes a block that need not be signed yet; gives its write set.
pub fn execute(
    chain: &dyn Chain,
    pending: &Pending,
    block: &mut AccountBlock,
) -> Result<Changes, Refusal> {
    standing(chain, pending, block, |block, frontier, acknowledged, account| {
        let around = Surroundings { acknowledged, account: &account, frontier: Some(frontier) };
        verify::block::before_execution(block, &around)?;
        run(chain, acknowledged, account, block)
    })
}

/// Checks the executed block's hash, signature and descendants.
pub fn seal(
    chain: &dyn Chain,
    pending: &Pending,
    block: AccountBlock,
    changes: Changes,
    check: SignatureCheck,
) -> Result<Accepted, Refusal> {
    let mut block = block;
    standing(chain, pending, &mut block, |block, _, acknowledged, account| {
        let around = Surroundings { acknowledged, account: &account, frontier: None };
        verify::block::after_execution(block, &around, check)
    })?;
    let patch = with_frontier_records(changes, &block);
    Ok(Accepted { block, patch })
}

/// Finds the states that a block stands on and runs `act` on (block, newest ledger, acknowledged
/// ledger, account below the block).
fn standing<R>(
    chain: &dyn Chain,
    pending: &Pending,
    block: &mut AccountBlock,
    act: impl FnOnce(&mut AccountBlock, &View<'_>, &View<'_>, Account<'_>) -> Result<R, Refusal>,
) -> Result<R, Refusal> {
    if block.block_type == BlockType::CONTRACT_SEND {
        return Err(Refusal::BlockTypeExternal);
    }
    verify::block::place(block)?;
    let frontier = View::frontier_of(chain);
    let acknowledged = block.momentum_acknowledged;
    let newest = frontier.identifier()? == acknowledged;
    if !newest && frontier.momentum_height(&acknowledged.hash)? != Some(acknowledged.height) {
        return Err(Refusal::BlockMomentumUnknown);
    }
    let Some(below) = pending.below(&frontier, &block.address, block.previous())? else {
        return Err(verify::block::missing_previous(&frontier, block)?);
    };
    let account = Account::new(block.address, chain.frontier(), Some(&below));
    if newest {
        return act(block, &frontier, &frontier, account);
    }
    let past = Past::of(chain, acknowledged.height)?;
    act(block, &frontier, &View::new(&past, chain.rules()), account)
}

fn run(
    chain: &dyn Chain,
    acknowledged: &View<'_>,
    mut account: Account<'_>,
    block: &mut AccountBlock,
) -> Result<Changes, Refusal> {
    plasma::charge(acknowledged, &mut account, block)?;
    match block.block_type {
        BlockType::USER_SEND => {
            send(acknowledged, &mut account, block)?;
            Ok(account.into_writes())
        }
        BlockType::USER_RECEIVE => {
            receive(acknowledged, &mut account, block)?;
            Ok(account.into_writes())
        }
        BlockType::CONTRACT_RECEIVE => {
            let answer = answer(chain, acknowledged, account, &block.from_block_hash)?;
            if answer.block.changes_hash != block.changes_hash {
                return Err(Refusal::AutoReceiveChangesHash {
                    expected: answer.block.changes_hash,
                    got: block.changes_hash,
                });
            }
            if answer.block.hash != block.hash {
                return Err(Refusal::AutoReceiveHash {
                    expected: answer.block.hash,
                    got: block.hash,
                });
            }
            Ok(answer.changes)
        }
        // `before_execution` has refused every other type.
        _ => Err(Refusal::BlockTypeUnsupported),
    }
}

/// Takes what is sent from the account's balance; a call is checked first.
fn send(
    acknowledged: &View<'_>,
    account: &mut Account<'_>,
    block: &mut AccountBlock,
) -> Result<(), Refusal> {
    if let Some(method) = contracts::method_of(acknowledged, &block.to_address, &block.data)? {
        method.validate_send(acknowledged.rules(), block)?;
    }
    if !block.token_standard.is_zero() && account.balance(&block.token_standard)? < block.amount {
        return Err(Refusal::InsufficientBalance);
    }
    account.sub_balance(&block.token_standard, &block.amount)
}

/// Adds what was sent to the account's balance.
fn receive(
    acknowledged: &View<'_>,
    account: &mut Account<'_>,
    block: &AccountBlock,
) -> Result<(), Refusal> {
    let from =
        acknowledged.block_by_hash(&block.from_block_hash)?.ok_or(Refusal::BlockFromUnknown)?;
    account.mark_received(&block.from_block_hash);
    account.add_balance(&from.token_standard, &from.amount)
}

/// A contract's answer to a call.
struct Answer {
    block: AccountBlock,
    /// Why the call was refused, if it was.
    refusal: Option<Refusal>,
    changes: Changes,
}

/// The receive block that a contract makes of the next send in its mailbox, ready for the pool, and
/// why the call was refused, if it was.
pub fn auto_receive(
    chain: &dyn Chain,
    pending: &Pending,
    send: &AccountHeader,
    contract: &Address,
) -> Result<(Accepted, Option<Refusal>), Refusal> {
    let frontier = View::frontier_of(chain);
    let height = frontier.confirmation_height(&send.hash)?.ok_or(Refusal::BlockFromUnknown)?;
    let momentum = frontier
        .momentum_by_height(height)?
        .ok_or_else(|| Fault(format!("momentum {height} is missing")))?;
    let below = pending.identifier(&frontier, contract)?;
    let mut template = AccountBlock {
        version: 1,
        chain_identifier: chain.rules().chain_identifier,
        block_type: BlockType::CONTRACT_RECEIVE,
        address: *contract,
        from_block_hash: send.hash,
        momentum_acknowledged: momentum.identifier(),
        previous_hash: below.hash,
        height: below.height + 1,
        ..AccountBlock::default()
    };
    let answer =
        standing(chain, pending, &mut template, |block, newest, acknowledged, account| {
            let around = Surroundings { acknowledged, account: &account, frontier: Some(newest) };
            verify::block::before_execution(block, &around)?;
            answer(chain, acknowledged, account, &block.from_block_hash)
        })?;
    let accepted = seal(chain, pending, answer.block, answer.changes, SignatureCheck::Now)?;
    Ok((accepted, answer.refusal))
}

/// Runs the call in the send block `from` on the contract's account.
fn answer(
    chain: &dyn Chain,
    acknowledged: &View<'_>,
    mut account: Account<'_>,
    from: &Hash,
) -> Result<Answer, Refusal> {
    let below = account.identifier()?;
    account.sequencer_pop()?;
    let call = acknowledged.block_by_hash(from)?.ok_or(Refusal::BlockFromUnknown)?;
    // A call whose method is gone by now can never be received: the reference panics on it, and the
    // contract's queue stands still. See `contracts::Contract::method`.
    let method = contracts::method_of(acknowledged, &call.to_address, &call.data)
        .map_err(stop)?
        .ok_or(Refusal::Panic)?;

    account.save();
    account.add_balance(&call.token_standard, &call.amount)?;
    let reader = consensus::Reader::new(chain);
    let mut context = Context::new(acknowledged, account, &reader);
    let outcome = method.run(&mut context, &call);
    let mut account = context.into_account();
    let outcome = outcome.and_then(|sends| {
        sends
            .into_iter()
            .map(|send| descend(acknowledged, &mut account, send))
            .collect::<Result<Vec<_>, _>>()
    });

    let (descendants, refusal) = match outcome {
        Ok(descendants) => (descendants, None),
        Err(refusal @ (Refusal::Panic | Refusal::Fault(_))) => return Err(refusal),
        Err(refusal) => {
            if !account.reset() {
                return Err(Refusal::Panic);
            }
            account.add_balance(&call.token_standard, &call.amount)?;
            let refund = refund(acknowledged, &mut account, &call)?;
            (refund, Some(refusal))
        }
    };
    finish(acknowledged, account, below, from, descendants, refusal)
}

/// A refusal where the reference would panic.
fn stop(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Fault(fault) => Refusal::Fault(fault),
        _ => Refusal::Panic,
    }
}

/// Executes one send of a contract.
fn descend(
    acknowledged: &View<'_>,
    account: &mut Account<'_>,
    answer: Send,
) -> Result<AccountBlock, Refusal> {
    let mut block = AccountBlock {
        block_type: BlockType::CONTRACT_SEND,
        address: account.address(),
        to_address: answer.to,
        amount: answer.amount,
        token_standard: answer.token,
        data: answer.data,
        ..AccountBlock::default()
    };
    send(acknowledged, account, &mut block)?;
    Ok(block)
}

/// Sends back what came with a refused call. A refund to another contract has no method to call, so
/// the receive block can't be built and the queue stands still, as in the reference.
fn refund(
    acknowledged: &View<'_>,
    account: &mut Account<'_>,
    call: &AccountBlock,
) -> Result<Vec<AccountBlock>, Refusal> {
    if call.amount.is_zero() {
        return Ok(Vec::new());
    }
    let back = Send {
        to: call.address,
        amount: call.amount,
        token: call.token_standard,
        data: Vec::new(),
    };
    Ok(vec![descend(acknowledged, account, back)?])
}

/// Gives descendants and receive block their places and hashes.
fn finish(
    acknowledged: &View<'_>,
    account: Account<'_>,
    below: HashHeight,
    from: &Hash,
    mut descendants: Vec<AccountBlock>,
    refusal: Option<Refusal>,
) -> Result<Answer, Refusal> {
    let chain_identifier = acknowledged.rules().chain_identifier;
    let momentum_acknowledged = acknowledged.frontier()?.identifier();
    let mut previous = below;
    for descendant in &mut descendants {
        descendant.version = 1;
        descendant.chain_identifier = chain_identifier;
        descendant.momentum_acknowledged = momentum_acknowledged;
        descendant.previous_hash = previous.hash;
        descendant.height = previous.height + 1;
        descendant.hash = descendant.compute_hash();
        previous = descendant.identifier();
    }
    let status = if refusal.is_none() { SUCCESS } else { FAILURE };
    let address = account.address();
    let changes = account.into_writes();
    let mut block = AccountBlock {
        version: 1,
        chain_identifier,
        block_type: BlockType::CONTRACT_RECEIVE,
        address,
        from_block_hash: *from,
        momentum_acknowledged,
        previous_hash: previous.hash,
        height: previous.height + 1,
        data: status.to_be_bytes().to_vec(),
        descendant_blocks: descendants,
        changes_hash: changes.hash(),
        ..AccountBlock::default()
    };
    block.hash = block.compute_hash();
    Ok(Answer { block, refusal, changes })
}

/// Adds the records that make descendants and block the newest of their account.
pub(crate) fn with_frontier_records(mut changes: Changes, block: &AccountBlock) -> Changes {
    for link in block.descendant_blocks.iter().chain([block]) {
        changes.put(keys::FRONTIER, protobuf::encode_hash_height(&link.identifier()));
        changes.put(keys::height_by_hash(&link.hash), link.height.to_be_bytes());
        changes.put(keys::entry_by_height(link.height), protobuf::encode_account_block(link));
    }
    changes
}

/// Fills in what a template leaves open, as the reference does for blocks that it makes itself:
/// acknowledged momentum, place in the chain, version, chain, and fused plasma if no work is claimed.
pub fn draft(
    chain: &dyn Chain,
    pending: &Pending,
    template: AccountBlock,
) -> Result<AccountBlock, Refusal> {
    let mut block = template;
    let frontier = View::frontier_of(chain);
    if block.momentum_acknowledged.is_zero() {
        block.momentum_acknowledged = frontier.identifier()?;
    }
    if block.previous_hash.is_zero() && block.height == 0 {
        let below = pending.identifier(&frontier, &block.address)?;
        block.previous_hash = below.hash;
        block.height = below.height + 1;
    }
    block.chain_identifier = chain.rules().chain_identifier;
    if block.version == 0 {
        block.version = 1;
    }
    if block.is_receive() {
        block.amount = Amount::ZERO;
        block.token_standard = TokenStandard::ZERO;
    }
    if block.difficulty == 0 && block.fused_plasma == 0 {
        let acknowledged = block.momentum_acknowledged;
        block.fused_plasma =
            crate::state::at(chain, acknowledged, |view| plasma::base(view, &block))?
                .ok_or(Refusal::BlockMomentumUnknown)??;
    }
    Ok(block)
}

/// Executes a template and gives the block its changes hash and hash; the caller signs it and hands it
/// to [`seal`] with the write set.
pub fn draft_and_execute(
    chain: &dyn Chain,
    pending: &Pending,
    template: AccountBlock,
) -> Result<(AccountBlock, Changes), Refusal> {
    let mut block = draft(chain, pending, template)?;
    let changes = execute(chain, pending, &mut block)?;
    block.changes_hash = changes.hash();
    block.hash = block.compute_hash();
    Ok((block, changes))
}

/// What a momentum does to the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The write set, frontier records included.
    pub changes: Changes,
    /// What takes it back.
    pub undo: Changes,
}

/// Checks a signed momentum whose blocks are all in `pending`, and gives what it writes.
pub fn apply_momentum(
    chain: &dyn Chain,
    pending: &Pending,
    detailed: &DetailedMomentum,
    now: u64,
) -> Result<Applied, Refusal> {
    verify::momentum::before_application(chain, detailed, now)?;
    let momentum = &detailed.momentum;
    let changes = confirm(chain, pending, &momentum.content, momentum.height)?;
    verify::momentum::after_application(chain, momentum, changes.hash())?;
    commit(chain, momentum, changes)
}

/// The next momentum for the slot that starts at `timestamp`, unsigned, with what it writes.
pub fn propose_momentum(
    chain: &dyn Chain,
    pending: &Pending,
    content: Vec<AccountHeader>,
    timestamp: u64,
) -> Result<(Momentum, Changes), Refusal> {
    let below = View::frontier_of(chain).identifier()?;
    let changes = confirm(chain, pending, &content, below.height + 1)?;
    let mut momentum = Momentum {
        version: 1,
        chain_identifier: chain.rules().chain_identifier,
        previous_hash: below.hash,
        height: below.height + 1,
        timestamp,
        content,
        changes_hash: changes.hash(),
        ..Momentum::default()
    };
    momentum.hash = momentum.compute_hash();
    Ok((momentum, changes))
}

/// Adds the records that make `momentum` the newest, and works out how to take all back.
pub fn commit(
    chain: &dyn Chain,
    momentum: &Momentum,
    mut changes: Changes,
) -> Result<Applied, Refusal> {
    put_frontier(&mut changes, momentum);
    let undo = changes.undo_on(chain.frontier())?;
    Ok(Applied { changes, undo })
}

/// The records that make `momentum` the newest; they stand outside its changes hash.
pub(crate) fn put_frontier(changes: &mut Changes, momentum: &Momentum) {
    changes.put(keys::FRONTIER, protobuf::encode_hash_height(&momentum.identifier()));
    changes.put(keys::height_by_hash(&momentum.hash), momentum.height.to_be_bytes());
    changes.put(keys::entry_by_height(momentum.height), protobuf::encode_momentum(momentum));
}

/// What confirming `content` in the momentum at `height` writes.
fn confirm(
    chain: &dyn Chain,
    pending: &Pending,
    content: &[AccountHeader],
    height: u64,
) -> Result<Changes, Refusal> {
    let mut changes = Changes::default();
    for header in content {
        let accepted = pending.get(header).ok_or(Refusal::MomentumContentUnknown)?;
        // A contract's send is confirmed by the receive block that holds it.
        if accepted.block.identifier() == header.identifier() {
            confirm_block(chain.frontier(), &mut changes, accepted, height)?;
        }
    }
    Ok(changes)
}

/// Confirms one block and its descendants; the receive block comes before its descendants.
pub(crate) fn confirm_block(
    ledger: &dyn State,
    changes: &mut Changes,
    accepted: &Accepted,
    height: u64,
) -> Result<(), Fault> {
    let block = &accepted.block;
    changes.extend_under(&keys::account(&block.address), &accepted.patch);
    let znn = {
        let over = changes.over(ledger);
        Account::new(block.address, &over, None).balance(&TokenStandard::ZNN)?
    };
    changes.put(keys::znn_balance(&block.address), amount_bytes(&znn));
    for link in [block].into_iter().chain(&block.descendant_blocks) {
        let header = protobuf::encode_account_header(&link.header());
        changes.put(keys::header_by_hash(&link.hash), header.clone());
        changes.put(keys::confirmation(&link.hash), height.to_be_bytes());
        if link.is_send() {
            deliver(ledger, changes, link, header)?;
        } else if link.block_type != BlockType::GENESIS_RECEIVE {
            let sender = sender_of(ledger, changes, &link.from_block_hash)?;
            let mailbox = keys::mailbox(&sender);
            let key = [&mailbox[..], &keys::mailbox_received_by(&link.from_block_hash)].concat();
            changes.put(key, header);
            let mailbox = keys::mailbox(&link.address);
            changes.delete([&mailbox[..], &keys::mailbox_pending(&link.from_block_hash)].concat());
        }
    }
    Ok(())
}

/// Puts a send into its receiver's mailbox, and into the queue if that is a contract.
fn deliver(
    ledger: &dyn State,
    changes: &mut Changes,
    send: &AccountBlock,
    header: Vec<u8>,
) -> Result<(), Fault> {
    let mailbox = keys::mailbox(&send.to_address);
    let one = 1u64.to_be_bytes();
    changes.put([&mailbox[..], &keys::mailbox_sent(&send.hash)].concat(), one);
    changes.put([&mailbox[..], &keys::mailbox_pending(&send.hash)].concat(), one);
    if send.to_address.is_embedded() {
        let key = [&mailbox[..], &keys::MAILBOX_SIZE].concat();
        let size = match changes.over(ledger).get(&key)? {
            Some(bytes) => bytes
                .try_into()
                .map(u64::from_be_bytes)
                .map_err(|_| Fault("a mailbox size is not 8 bytes".to_owned()))?,
            None => 0,
        } + 1;
        changes.put(key, size.to_be_bytes());
        changes.put([&mailbox[..], &keys::mailbox_entry(size)].concat(), header);
    }
    Ok(())
}

/// Who sent the confirmed block `hash`.
fn sender_of(ledger: &dyn State, changes: &Changes, hash: &Hash) -> Result<Address, Fault> {
    let bytes = changes
        .over(ledger)
        .get(&keys::header_by_hash(hash))?
        .ok_or_else(|| Fault(format!("send block {hash} is missing")))?;
    protobuf::decode_account_header(&bytes)
        .map(|header| header.address)
        .map_err(|error| Fault(format!("stored bytes don't decode: {error}")))
}
