//! Whatever users do: tokens add up to their supplies, and a chain that is taken back and applied again
//! ends in the same state.

use crate::scenario::{Network, of, receive, send};
use crate::vectors::mock_config;
use ledger::abi::{Kind, Value};
use ledger::apply;
use ledger::contracts::{Args, CONTRACTS, spork::Spork, token};
use ledger::state::{Chain, Changes, keys};
use ledger::types::{Address, Amount, Hash, TokenStandard, amount_from_bytes, coins, contract};
use ledger::{AccountBlock, DetailedMomentum, Refusal, Rules};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Something that someone does. Numbers choose among what there is.
#[derive(Clone, Debug)]
enum Action {
    /// A user sends a token to a user.
    Transfer { from: u8, to: u8, token: u8, amount: u64 },
    /// A user receives what waits longest, or a piece of it that waits for another.
    Receive { by: u8, of: u8 },
    /// A user calls a contract.
    Call { from: u8, method: u16, token: u8, amount: u8, seed: u64 },
    /// A user issues a token.
    Issue { from: u8, total: u32, spare: u32, mintable: bool, burnable: bool },
    /// Someone asks a contract for its update.
    Update { contract: u8 },
    /// Time passes.
    Momentums(u8),
}

fn actions() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => any::<(u8, u8, u8, u64)>()
            .prop_map(|(from, to, token, amount)| Action::Transfer { from, to, token, amount }),
        3 => any::<(u8, u8)>().prop_map(|(by, of)| Action::Receive { by, of }),
        20 => any::<(u8, u16, u8, u8, u64)>().prop_map(|(from, method, token, amount, seed)| {
            Action::Call { from, method, token, amount, seed }
        }),
        1 => any::<(u8, u32, u32, bool, bool)>().prop_map(
            |(from, total, spare, mintable, burnable)| Action::Issue {
                from, total, spare, mintable, burnable
            }
        ),
        1 => any::<u8>().prop_map(|contract| Action::Update { contract }),
        4 => (1u8..12).prop_map(Action::Momentums),
    ]
}

/// All sporks in force, short epochs and locks, so that random calls get far.
fn rules() -> Rules {
    Rules {
        epoch_duration: 300,
        reward_time_limit: 0,
        update_min_num_momentums: 5,
        fuse_expiration: 5,
        stake_time_unit_sec: 20,
        stake_time_min_sec: 20,
        stake_time_max_sec: 240,
        sentinel_lock_time_window: 40,
        sentinel_revoke_time_window: 20,
        pillar_epoch_lock_time: 40,
        pillar_epoch_revoke_time: 20,
        initial_bridge_administrator: of("user5"),
        min_administrator_delay: 2,
        min_soft_delay: 2,
        min_unhalt_duration_momentums: 1,
        min_guardians: 1,
        // Before this height anyone can receive what was sent to another, each time anew.
        receiver_check_height: 0,
        ..Rules::default()
    }
}

fn network() -> Network {
    let rules = rules();
    let mut config = mock_config();
    let ids = [rules.sporks.accelerator, rules.sporks.htlc, rules.sporks.bridge];
    let spork = |id| Spork { id, name: b"spork".to_vec(), activated: true, ..Spork::default() };
    config.sporks = Some(ids.map(spork).to_vec());
    Network::of(&config, rules)
}

fn user(number: u8) -> Address {
    of(["user1", "user2", "user3", "user4", "user5", "pillar1"][usize::from(number) % 6])
}

/// What a call of a method has to bring, in whole coins.
fn fitting(contract: &str, method: &str) -> Option<(u64, TokenStandard)> {
    let (znn, qsr) = (TokenStandard::ZNN, TokenStandard::QSR);
    match (contract, method) {
        ("plasma", "Fuse") => Some((10, qsr)),
        ("pillar", "Register") => Some((15_000, znn)),
        (_, "DepositQsr") => Some((200_000, qsr)),
        ("sentinel", "Register") => Some((5_000, znn)),
        ("stake", "Stake") | ("liquidity", "LiquidityStake") => Some((10, znn)),
        ("accelerator", "CreateProject") => Some((1, znn)),
        ("token", "Burn") | (_, "Donate") => Some((3, qsr)),
        ("htlc", "Create") | ("bridge", "WrapToken") => Some((2, znn)),
        _ => None,
    }
}

/// Numbers from a seed, for the arguments of calls.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn choose<T: Clone>(&mut self, list: &[T]) -> T {
        let index = usize::try_from(self.next()).expect("31 bits") % list.len();
        list[index].clone()
    }
}

struct World {
    network: Network,
    /// Hashes of all sends: ids of most things.
    sent: Vec<Hash>,
    tokens: Vec<TokenStandard>,
}

impl World {
    fn new() -> World {
        let tokens = vec![TokenStandard::ZNN, TokenStandard::QSR, TokenStandard::ZERO];
        World { network: network(), sent: vec![Hash::ZERO], tokens }
    }

    fn act(&mut self, action: &Action) {
        match action {
            Action::Transfer { from, to, token, amount } => {
                let token = self.tokens[usize::from(*token) % self.tokens.len()];
                let amount = Amount::from(amount >> (amount % 50));
                self.publish(send(user(*from), user(*to), amount, token));
            }
            Action::Receive { by, of } => {
                let waiting = self.network.chain.view().unreceived(&user(*of), 1);
                if let Some(send) = waiting.expect("the state is sound").first() {
                    self.publish(receive(user(*by), *send));
                }
            }
            Action::Call { from, method, token, amount, seed } => {
                let all: Vec<_> = CONTRACTS
                    .into_iter()
                    .flat_map(|contract| {
                        contract.methods.iter().map(move |method| (contract, method))
                    })
                    .collect();
                let (contract, method) = all[usize::from(*method) % all.len()];
                let mut numbers = Numbers(*seed);
                let args = method.params.iter().map(|param| self.value(param.kind, &mut numbers));
                let data = method.encode(&Args(args.collect()));
                // Three of four calls bring what the method asks for.
                let (amount, token) = match (amount % 4, fitting(contract.name, method.name)) {
                    (0, _) => {
                        let token = self.tokens[usize::from(*token) % self.tokens.len()];
                        (coins(numbers.choose(&[1, 10, 5_000, 15_000])), token)
                    }
                    (_, Some((whole, token))) => (coins(whole), token),
                    (_, None) => (Amount::ZERO, TokenStandard::ZERO),
                };
                let block = send(user(*from), contract.address, amount, token);
                self.publish(AccountBlock { data, ..block });
            }
            Action::Issue { from, total, spare, mintable, burnable } => {
                let total = Amount::from(*total);
                let most = if *mintable { total + Amount::from(*spare) } else { total };
                let text = |text: &str| Value::Text(text.as_bytes().to_vec());
                let args = vec![
                    text("Token"),
                    text("TKN"),
                    text(""),
                    Value::Uint(total),
                    Value::Uint(most),
                    Value::Uint(Amount::from(8)),
                    Value::Bool(*mintable),
                    Value::Bool(*burnable),
                    Value::Bool(false),
                ];
                let method = token::CONTRACT.named("IssueToken").expect("a method");
                let block = send(user(*from), contract::TOKEN, coins(1), TokenStandard::ZNN);
                let issue = AccountBlock { data: method.encode(&Args(args)), ..block };
                if let Some(hash) = self.publish(issue) {
                    self.tokens.push(TokenStandard::of_issue(&hash));
                }
            }
            Action::Update { contract } => {
                let to = contract::UPDATED[usize::from(*contract) % contract::UPDATED.len()];
                let update = ledger::contracts::contract_at(&to).expect("a contract");
                let data = update.named("Update").expect("a method").encode(&Args::default());
                let block = send(user(5), to, Amount::ZERO, TokenStandard::ZERO);
                self.publish(AccountBlock { data, ..block });
            }
            Action::Momentums(_) => {}
        }
    }

    /// Publishes a block; most that are tried are refused.
    fn publish(&mut self, block: AccountBlock) -> Option<Hash> {
        match self.network.publish(block) {
            Ok(block) => {
                self.sent.push(block.hash);
                Some(block.hash)
            }
            Err(Refusal::Fault(fault)) => panic!("{fault}"),
            Err(_) => None,
        }
    }

    fn value(&self, kind: Kind, numbers: &mut Numbers) -> Value {
        match kind {
            Kind::Uint(8) => Value::Uint(Amount::from(numbers.next() % 101)),
            Kind::Uint(32) => {
                Value::Uint(Amount::from(numbers.choose(&[0u64, 1, 2, 123, 5_000, 10_000])))
            }
            Kind::Uint(_) => {
                let amount = Amount::from(numbers.next());
                Value::Uint(numbers.choose(&[amount, Amount::ZERO, coins(1), coins(100)]))
            }
            Kind::Int(_) => Value::Int(numbers.choose(&[0, 20, 40, 1_000_000_500, 1_000_000_500])),
            Kind::Bool => Value::Bool(numbers.next().is_multiple_of(2)),
            Kind::Address => Value::Address(user(u8::try_from(numbers.next() % 6).expect("small"))),
            Kind::TokenStandard => Value::TokenStandard(numbers.choose(&self.tokens)),
            Kind::Hash => {
                // Mostly something recent.
                let recent = self.sent.len().saturating_sub(6);
                let from = numbers.choose(&[recent, recent, 0]);
                Value::Hash(numbers.choose(&self.sent[from..]))
            }
            Kind::Text => Value::Text(numbers.choose(&[
                b"TEST-pillar-1".to_vec(),
                b"TEST-pillar-cool".to_vec(),
                b"some-name".to_vec(),
                b"test.com".to_vec(),
                b"{}".to_vec(),
                b"b794f5ea0ba39494ce839613fffba74279579268".to_vec(),
                TokenStandard::ZNN.to_string().into_bytes(),
                Vec::new(),
            ])),
            Kind::Bytes => Value::Bytes(vec![7; 32]),
            Kind::List(element) => {
                let count = numbers.next() % 3;
                Value::List((0..count).map(|_| self.value(*element, numbers)).collect())
            }
        }
    }

    /// Confirms what waits; contracts answer what they can.
    fn momentum(&mut self) -> DetailedMomentum {
        let content = self.network.chain.pending.content(100);
        let (detailed, _) = self.network.propose(content);
        let timestamp = detailed.momentum.timestamp;
        self.network.chain.insert(&detailed, timestamp).expect("our own momentum is good");
        for contract in &contract::ALL {
            while let Some(call) = self.network.next_call(contract) {
                let chain = &self.network.chain;
                // Some calls can never be answered; their contract stands still from then on.
                match apply::auto_receive(chain, &chain.pending, &call, contract) {
                    Ok((answer, _)) => {
                        let inserted = self.network.chain.accept(answer, false);
                        inserted.expect("answers extend the contract's chain");
                    }
                    Err(Refusal::Fault(fault)) => panic!("{fault}"),
                    Err(_) => break,
                }
            }
        }
        detailed
    }
}

/// What a chain's state holds in all.
fn dump(chain: &dyn Chain) -> Changes {
    let mut all = Changes::default();
    let scanned = chain.frontier().scan(&[], &mut |key, value| {
        all.put(key, value);
        true
    });
    scanned.expect("the state is sound");
    all
}

/// What accounts hold and what was sent and not received, by token.
fn in_the_world(chain: &dyn Chain) -> BTreeMap<TokenStandard, Amount> {
    let view = ledger::state::View::frontier_of(chain);
    let mut sums: BTreeMap<TokenStandard, Amount> = BTreeMap::new();
    let mut waiting = Vec::new();
    let scanned = chain.frontier().scan(&[], &mut |key, value| {
        let Some((first, rest)) = key.split_first() else { return true };
        let Some((_, key)) = rest.split_at_checked(Address::LEN) else { return true };
        match first {
            3 if key.starts_with(&keys::BALANCES) => {
                let token = TokenStandard::from_slice(&key[1..]).expect("a token");
                *sums.entry(token).or_default() += amount_from_bytes(value).expect("an amount");
            }
            4 if key.starts_with(&keys::MAILBOX_PENDING) => {
                waiting.push(Hash::from_slice(&key[1..]).expect("a hash"));
            }
            _ => {}
        }
        true
    });
    scanned.expect("the state is sound");
    for send in waiting {
        let send = view.block_by_hash(&send).expect("the state is sound").expect("it was sent");
        *sums.entry(send.token_standard).or_default() += send.amount;
    }
    sums
}

fn assert_supplies_add_up(chain: &dyn Chain) {
    let view = ledger::state::View::frontier_of(chain);
    let mut sums = in_the_world(chain);
    assert_eq!(sums.remove(&TokenStandard::ZERO).unwrap_or_default(), Amount::ZERO);
    for token in token::all(&view.account(&contract::TOKEN)).expect("storage decodes") {
        let sum = sums.remove(&token.token_standard).unwrap_or_default();
        assert_eq!(sum, token.total_supply, "supply of {}", token.token_standard);
        assert!(token.total_supply <= token.max_supply, "supply of {}", token.token_standard);
    }
    assert!(sums.values().all(Amount::is_zero), "tokens that nobody issued: {sums:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn tokens_add_up_to_their_supplies(actions in vec(actions(), 1..150)) {
        let mut world = World::new();
        assert_supplies_add_up(&world.network.chain);
        for action in &actions {
            world.act(action);
            let momentums = if let Action::Momentums(count) = action { *count } else { 0 };
            for _ in 0..momentums {
                world.momentum();
                assert_supplies_add_up(&world.network.chain);
            }
        }
        world.momentum();
        world.momentum();
        assert_supplies_add_up(&world.network.chain);
    }

    #[test]
    fn what_is_taken_back_can_be_done_again(
        actions in vec(actions(), 1..40),
        depths in vec(1u64..40, 1..4),
    ) {
        let mut world = World::new();
        let mut states = vec![dump(&world.network.chain)];
        let mut momentums = Vec::new();
        for action in &actions {
            world.act(action);
            let count = if let Action::Momentums(count) = action { *count } else { 0 };
            for _ in 0..count {
                momentums.push(world.momentum());
                states.push(dump(&world.network.chain));
            }
        }
        let chain = &mut world.network.chain;
        let newest = momentums.len() as u64 + 1;
        for depth in depths {
            let height = newest.saturating_sub(depth).max(1);
            chain.rollback(height).expect("there is an undo record");
            let index = usize::try_from(height - 1).expect("a small number");
            prop_assert!(dump(chain) == states[index], "state at {height} after a rollback");
            for (detailed, state) in momentums[index..].iter().zip(&states[index + 1..]) {
                let again = chain.insert(detailed, detailed.momentum.timestamp);
                prop_assert_eq!(again, Ok(()));
                prop_assert!(dump(chain) == *state, "state at {}", detailed.momentum.height);
            }
        }
    }
}
