//! Blocks, momentums and call arguments come back from each of their forms as they went in.

use ledger::abi::{self, Kind, Value};
use ledger::codec::{json, protobuf, rlp};
use ledger::contracts::{Args, CONTRACTS, Method};
use ledger::state::Changes;
use ledger::types::{AccountHeader, Address, Amount, Hash, HashHeight, TokenStandard};
use ledger::{AccountBlock, BlockType, DetailedMomentum, Momentum};
use proptest::collection::vec;
use proptest::prelude::*;

prop_compose! {
    pub fn hashes()(bytes: [u8; 32]) -> Hash { Hash(bytes) }
}

prop_compose! {
    pub fn addresses()(bytes: [u8; 20]) -> Address { Address(bytes) }
}

prop_compose! {
    pub fn tokens()(bytes: [u8; 10]) -> TokenStandard { TokenStandard(bytes) }
}

/// Amounts of every length.
pub fn amounts() -> impl Strategy<Value = Amount> {
    (any::<[u8; 32]>(), 0usize..=256).prop_map(|(bytes, shift)| {
        Amount::from_be_bytes(bytes).checked_shr(shift).unwrap_or_default()
    })
}

prop_compose! {
    fn names()(hash in hashes(), height: u64) -> HashHeight { HashHeight::new(hash, height) }
}

prop_compose! {
    fn headers()(address in addresses(), height: u64, hash in hashes()) -> AccountHeader {
        AccountHeader { address, height, hash }
    }
}

prop_compose! {
    fn single_blocks()(
        (version, chain_identifier, block_type, height) in any::<(u64, u64, u64, u64)>(),
        (hash, previous_hash, from_block_hash, changes_hash) in (hashes(), hashes(), hashes(), hashes()),
        momentum_acknowledged in names(),
        (address, to_address) in (addresses(), addresses()),
        (amount, token_standard) in (amounts(), tokens()),
        data in vec(any::<u8>(), 0..200),
        (fused_plasma, difficulty, base_plasma, total_plasma) in any::<(u64, u64, u64, u64)>(),
        nonce: [u8; 8],
        (public_key, signature) in (vec(any::<u8>(), 0..40), vec(any::<u8>(), 0..70)),
    ) -> AccountBlock {
        AccountBlock {
            version, chain_identifier, block_type: BlockType(block_type), hash, previous_hash, height,
            momentum_acknowledged, address, to_address, amount, token_standard, from_block_hash,
            descendant_blocks: Vec::new(), data, fused_plasma, difficulty, nonce, base_plasma,
            total_plasma, changes_hash, public_key, signature,
        }
    }
}

prop_compose! {
    pub fn blocks()(
        block in single_blocks(),
        descendant_blocks in vec(single_blocks(), 0..3),
    ) -> AccountBlock {
        AccountBlock { descendant_blocks, ..block }
    }
}

prop_compose! {
    pub fn momentums()(
        (chain_identifier, height, timestamp) in any::<(u64, u64, u64)>(),
        (hash, previous_hash, changes_hash) in (hashes(), hashes(), hashes()),
        data in vec(any::<u8>(), 0..50),
        content in vec(headers(), 0..5),
        (public_key, signature) in (vec(any::<u8>(), 0..40), vec(any::<u8>(), 0..70)),
        prices in prop::option::of((any::<u64>(), any::<u64>())),
    ) -> Momentum {
        let version = if prices.is_some() { 2 } else { 1 };
        let (next_fusion_price, next_work_price) = prices.unwrap_or_default();
        Momentum {
            version, chain_identifier, hash, previous_hash, height, timestamp, data, content,
            changes_hash, public_key, signature, next_fusion_price, next_work_price,
        }
    }
}

/// Values of an argument's type.
fn values(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::Uint(bits) => amounts()
            .prop_map(move |amount| {
                let unused = 256 - usize::from(bits);
                Value::Uint((amount << unused) >> unused)
            })
            .boxed(),
        Kind::Int(bits) => any::<i64>()
            .prop_map(move |number| {
                let unused = 64 - u32::from(bits);
                Value::Int((number << unused) >> unused)
            })
            .boxed(),
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Address => addresses().prop_map(Value::Address).boxed(),
        Kind::TokenStandard => tokens().prop_map(Value::TokenStandard).boxed(),
        Kind::Hash => hashes().prop_map(Value::Hash).boxed(),
        Kind::Text => vec(any::<u8>(), 0..70).prop_map(Value::Text).boxed(),
        Kind::Bytes => vec(any::<u8>(), 0..70).prop_map(Value::Bytes).boxed(),
        Kind::List(element) => vec(values(*element), 0..4).prop_map(Value::List).boxed(),
    }
}

/// All methods of all contracts.
fn methods() -> impl Iterator<Item = &'static Method> {
    CONTRACTS.into_iter().flat_map(|contract| contract.methods.iter())
}

/// A method's place among all, with arguments for it.
fn calls() -> impl Strategy<Value = (usize, Vec<Value>)> {
    (0..methods().count()).prop_flat_map(|index| {
        let method = methods().nth(index).expect("an index of one");
        let args: Vec<_> = method.params.iter().map(|param| values(param.kind)).collect();
        (Just(index), args)
    })
}

proptest! {
    #[test]
    fn blocks_survive_each_form(block in blocks()) {
        prop_assert_eq!(
            protobuf::decode_account_block(&protobuf::encode_account_block(&block)),
            Ok(block.clone())
        );
        prop_assert_eq!(rlp::decode(&rlp::encode(&block)), Ok(block.clone()));
        let text = serde_json::to_string(&block).expect("blocks can be written");
        prop_assert_eq!(json::parse(&text), Ok(block.clone()));
    }

    #[test]
    fn momentums_survive_each_form(
        momentum in momentums(),
        account_blocks in vec(blocks(), 0..3),
    ) {
        prop_assert_eq!(
            protobuf::decode_momentum(&protobuf::encode_momentum(&momentum)),
            Ok(momentum.clone())
        );
        let detailed = DetailedMomentum { momentum, account_blocks };
        prop_assert_eq!(rlp::decode(&rlp::encode(&detailed)), Ok(detailed.clone()));
        let text = serde_json::to_string(&detailed).expect("momentums can be written");
        prop_assert_eq!(json::parse(&text), Ok(detailed.clone()));
    }

    #[test]
    fn texts_survive(hash in hashes(), address in addresses(), token in tokens()) {
        prop_assert_eq!(hash.to_string().parse(), Ok(hash));
        prop_assert_eq!(address.to_string().parse(), Ok(address));
        prop_assert_eq!(token.to_string().parse(), Ok(token));
    }

    #[test]
    fn arguments_survive((index, values) in calls()) {
        let method = methods().nth(index).expect("an index of one");
        let data = method.encode(&Args(values.clone()));
        prop_assert_eq!(method.decode(&data).map(|args| args.0), Ok(values.clone()));
        let kinds: Vec<Kind> = method.params.iter().map(|param| param.kind).collect();
        prop_assert_eq!(abi::decode_tuple(&kinds, &abi::encode_tuple(&values)), Ok(values));
    }

    /// Bytes that no argument covers are read over and vanish.
    #[test]
    fn trailing_bytes_vanish((index, values) in calls(), more in vec(any::<u8>(), 1..40)) {
        let method = methods().nth(index).expect("an index of one");
        let data = method.encode(&Args(values.clone()));
        let longer = [&data[..], &more].concat();
        match method.decode(&longer) {
            Ok(args) => prop_assert_eq!(method.encode(&args), data),
            Err(_) => prop_assert!(method.params.is_empty()),
        }
    }

    #[test]
    fn write_sets_survive_their_dump(
        records in vec((vec(any::<u8>(), 0..40), prop::option::of(vec(any::<u8>(), 0..300))), 0..20),
    ) {
        let mut changes = Changes::default();
        for (key, value) in records {
            match value {
                Some(value) => changes.put(key, value),
                None => changes.delete(key),
            }
        }
        prop_assert_eq!(Changes::from_dump(&changes.dump()), Some(changes));
    }
}
