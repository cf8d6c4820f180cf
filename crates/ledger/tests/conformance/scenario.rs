//! The mock network, driven as the reference's tests drive it: users publish, contracts answer right after
//! each momentum, and the elected pillar produces the next one in the next slot.

use crate::vectors::{NOM, address, bytes, list, mock_config, text};
use ed25519_dalek::{Signer, SigningKey};
use ledger::apply;
use ledger::consensus::election;
use ledger::genesis::{Genesis, GenesisConfig};
use ledger::memory::MemoryChain;
use ledger::state::{Account, Chain, Changes};
use ledger::types::{AccountHeader, Address, Amount, Hash, TokenStandard, contract};
use ledger::verify::block::SignatureCheck;
use ledger::{AccountBlock, BlockType, DetailedMomentum, Momentum, Refusal, Rules};
use std::collections::BTreeMap;

/// A network with the keys of all who act in it.
pub struct Network {
    pub chain: MemoryChain,
    keys: BTreeMap<Address, SigningKey>,
}

impl Network {
    /// The mock network under these rules.
    pub fn mock(rules: Rules) -> Network {
        Network::of(&mock_config(), rules)
    }

    /// A network of this genesis, whose actors have the mock keys.
    pub fn of(config: &GenesisConfig, rules: Rules) -> Network {
        let genesis = Genesis::from_config(config, rules).expect("the genesis is good");
        let keys = list(&NOM["keys"]["list"]).iter().map(|key| {
            let seed = bytes(&key["private"]).try_into().expect("seeds have 32 bytes");
            (address(&key["address"]), SigningKey::from_bytes(&seed))
        });
        Network { chain: MemoryChain::new(&genesis), keys: keys.collect() }
    }

    /// Completes a template, checks and executes it; gives the block and what it writes.
    pub fn draft(&self, template: AccountBlock) -> Result<(AccountBlock, Changes), Refusal> {
        apply::draft_and_execute(&self.chain, &self.chain.pending, template)
    }

    /// Publishes a user's block, signed with the user's key.
    pub fn publish(&mut self, template: AccountBlock) -> Result<AccountBlock, Refusal> {
        let (mut block, _) = self.draft(template)?;
        self.sign(&mut block);
        self.chain.publish(block.clone(), SignatureCheck::Now, false)?;
        Ok(block)
    }

    pub fn sign(&self, block: &mut AccountBlock) {
        let key = &self.keys[&block.address];
        block.public_key = key.verifying_key().as_bytes().to_vec();
        block.signature = key.sign(block.hash.as_bytes()).to_bytes().to_vec();
    }

    /// The next call in a contract's mailbox that was confirmed and not answered yet.
    pub fn next_call(&self, contract: &Address) -> Option<AccountHeader> {
        let view = self.chain.view();
        let account =
            Account::new(*contract, self.chain.frontier(), self.chain.pending.top(contract));
        let received = account.sequencer_received().expect("the state is sound");
        view.mailbox_entry(contract, received + 1).expect("the state is sound")
    }

    /// Lets a contract answer one call; gives the answer and why it was refused, if it was.
    pub fn answer(
        &mut self,
        call: &AccountHeader,
        contract: &Address,
    ) -> (AccountBlock, Option<Refusal>) {
        let (accepted, refusal) =
            apply::auto_receive(&self.chain, &self.chain.pending, call, contract).unwrap_or_else(
                |refusal| panic!("{contract} can't answer {}: {refusal}", call.hash),
            );
        let block = accepted.block.clone();
        self.chain.accept(accepted, false).expect("answers extend the contract's chain");
        (block, refusal)
    }

    /// Lets all contracts answer all calls, in the order in which a producer serves them.
    pub fn answer_all(&mut self) {
        for contract in &contract::ALL {
            while let Some(call) = self.next_call(contract) {
                self.answer(&call, contract);
            }
        }
    }

    /// Confirms all that waits in the momentum of the next slot; contracts answer afterwards.
    pub fn momentum(&mut self) -> Momentum {
        let momentum = self.produce().0;
        self.answer_all();
        momentum
    }

    /// Confirms all that waits; gives what the momentum writes too.
    pub fn produce(&mut self) -> (Momentum, Changes) {
        let content = self.chain.pending.content(100);
        self.produce_with(content)
    }

    /// Confirms these blocks in the momentum of the next slot.
    pub fn produce_with(&mut self, content: Vec<AccountHeader>) -> (Momentum, Changes) {
        let (detailed, changes) = self.propose(content);
        let (height, timestamp) = (detailed.momentum.height, detailed.momentum.timestamp);
        self.chain
            .insert(&detailed, timestamp)
            .unwrap_or_else(|refusal| panic!("momentum {height}: {refusal}"));
        (detailed.momentum, changes)
    }

    /// The momentum of the next slot with these blocks, signed by who is elected, and what it writes.
    pub fn propose(&self, content: Vec<AccountHeader>) -> (DetailedMomentum, Changes) {
        let newest = self.chain.view().frontier().expect("there is a momentum").clone();
        let timestamp = newest.timestamp + self.chain.rules().block_time;
        let (mut momentum, changes) =
            apply::propose_momentum(&self.chain, &self.chain.pending, content, timestamp)
                .expect("what waits can be confirmed");
        let producer = election::producer_at(&self.chain, timestamp).expect("someone is elected");
        let key = &self.keys[&producer];
        momentum.public_key = key.verifying_key().as_bytes().to_vec();
        momentum.signature = key.sign(momentum.hash.as_bytes()).to_bytes().to_vec();
        let pending = &self.chain.pending;
        let account_blocks = momentum
            .content
            .iter()
            .map(|header| {
                let entry = pending.get(header).expect("content waits");
                let block = [&entry.block].into_iter().chain(&entry.block.descendant_blocks);
                block.clone().find(|block| block.header() == *header).expect("it is in").clone()
            })
            .collect();
        (DetailedMomentum { momentum, account_blocks }, changes)
    }
}

/// The address of a mock key.
pub fn of(name: &str) -> Address {
    list(&NOM["keys"]["list"])
        .iter()
        .find(|key| text(&key["name"]) == name)
        .map(|key| address(&key["address"]))
        .unwrap_or_else(|| panic!("no mock key {name}"))
}

/// A send, as a template.
pub fn send(from: Address, to: Address, amount: Amount, token: TokenStandard) -> AccountBlock {
    AccountBlock {
        block_type: BlockType::USER_SEND,
        address: from,
        to_address: to,
        amount,
        token_standard: token,
        ..AccountBlock::default()
    }
}

/// A call without an amount, as a template.
pub fn call(from: Address, contract: Address, data: Vec<u8>) -> AccountBlock {
    AccountBlock { data, ..send(from, contract, Amount::ZERO, TokenStandard::ZERO) }
}

/// A receive, as a template.
pub fn receive(by: Address, from: Hash) -> AccountBlock {
    AccountBlock {
        block_type: BlockType::USER_RECEIVE,
        address: by,
        from_block_hash: from,
        ..AccountBlock::default()
    }
}
