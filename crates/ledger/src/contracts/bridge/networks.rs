//! The networks that the bridge leads to, and the tokens that have a counterpart there.

use super::info::Info;
use super::{check_json, is_hex_address};
use crate::abi::{self, Kind, Value};
use crate::contracts::guardians::{self, Administered};
use crate::contracts::{Args, Call, Context, Record, Send, Storage, load_record};
use crate::refusal::{Fault, Refusal};
use crate::types::{Amount, TokenStandard, sha3_256, sha3_256_of};

const NETWORK: u8 = 5;

pub(super) const SET_TOKEN_PAIR: &str = "SetTokenPair";

/// Length of a network's name in bytes.
const NAME_BYTES: core::ops::RangeInclusive<usize> = 3..=32;

/// A network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// 1 for networks like this one, 2 for EVM networks; requests can't be signed for others.
    pub network_class: u32,
    /// Its number among networks of the class.
    pub chain_id: u32,
    /// Name, 3 to 32 bytes.
    pub name: Vec<u8>,
    /// Address of the bridge's contract there.
    pub contract_address: Vec<u8>,
    /// JSON for clients.
    pub metadata: Vec<u8>,
    /// Tokens.
    pub token_pairs: Vec<TokenPair>,
}

impl Record for Network {
    const KINDS: &'static [Kind] = &[
        Kind::Uint(32),
        Kind::Uint(32),
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::List(&Kind::Bytes),
    ];

    fn to_values(&self) -> Vec<Value> {
        let pairs = self.token_pairs.iter().map(|pair| Value::Bytes(pair.to_bytes()));
        vec![
            Value::Uint(Amount::from(self.network_class)),
            Value::Uint(Amount::from(self.chain_id)),
            Value::Text(self.name.clone()),
            Value::Text(self.contract_address.clone()),
            Value::Text(self.metadata.clone()),
            Value::List(pairs.collect()),
        ]
    }

    fn from_stored(_key: &[u8], fields: &Args) -> Network {
        let pairs = fields.byte_strings(5);
        Network {
            network_class: fields.uint32(0),
            chain_id: fields.uint32(1),
            name: fields.text(2),
            contract_address: fields.text(3),
            metadata: fields.text(4),
            // The contract has written them itself, so each one decodes.
            token_pairs: pairs.iter().filter_map(|bytes| TokenPair::read(bytes)).collect(),
        }
    }

    fn key(&self) -> Vec<u8> {
        key(self.network_class, self.chain_id)
    }
}

fn key(network_class: u32, chain_id: u32) -> Vec<u8> {
    [&[NETWORK], &network_class.to_be_bytes()[..], &chain_id.to_be_bytes()].concat()
}

impl Network {
    /// The first pair that has this token here or this token there.
    pub fn pair_of(&self, token: &TokenStandard, address: &[u8]) -> Option<&TokenPair> {
        self.token_pairs
            .iter()
            .find(|pair| pair.token_standard == *token || pair.token_address == address)
    }

    /// The pair of a token here.
    pub fn pair_of_token(&self, token: &TokenStandard) -> Option<&TokenPair> {
        self.token_pairs.iter().find(|pair| pair.token_standard == *token)
    }

    /// The pair of a token there; addresses are stored in lower case.
    pub fn pair_of_address(&self, address: &[u8]) -> Option<&TokenPair> {
        self.token_pairs.iter().find(|pair| pair.token_address == address)
    }
}

/// A token and its counterpart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPair {
    /// The token here.
    pub token_standard: TokenStandard,
    /// Address of its counterpart, in lower case.
    pub token_address: Vec<u8>,
    /// Whether it may leave.
    pub bridgeable: bool,
    /// Whether it may come back.
    pub redeemable: bool,
    /// Whether the bridge owns the token: it burns what leaves and mints what comes back.
    pub owned: bool,
    /// Least amount that may leave.
    pub min_amount: Amount,
    /// Fee on what leaves, in hundredths of a percent.
    pub fee_percentage: u32,
    /// Momentums before what came back can be redeemed.
    pub redeem_delay: u32,
    /// JSON for clients.
    pub metadata: Vec<u8>,
}

impl TokenPair {
    const KINDS: &'static [Kind] = &[
        Kind::TokenStandard,
        Kind::Text,
        Kind::Bool,
        Kind::Bool,
        Kind::Bool,
        Kind::Uint(256),
        Kind::Uint(32),
        Kind::Uint(32),
        Kind::Text,
    ];

    fn to_bytes(&self) -> Vec<u8> {
        abi::encode_tuple(&[
            Value::TokenStandard(self.token_standard),
            Value::Text(self.token_address.clone()),
            Value::Bool(self.bridgeable),
            Value::Bool(self.redeemable),
            Value::Bool(self.owned),
            Value::Uint(self.min_amount),
            Value::Uint(Amount::from(self.fee_percentage)),
            Value::Uint(Amount::from(self.redeem_delay)),
            Value::Text(self.metadata.clone()),
        ])
    }

    fn read(bytes: &[u8]) -> Option<TokenPair> {
        let fields = Args(abi::decode_tuple(TokenPair::KINDS, bytes).ok()?);
        Some(TokenPair::of(&fields, 0))
    }

    /// The pair whose first field stands at `first`.
    fn of(fields: &Args, first: usize) -> TokenPair {
        TokenPair {
            token_standard: fields.token(first),
            token_address: fields.text(first + 1).to_ascii_lowercase(),
            bridgeable: fields.bool(first + 2),
            redeemable: fields.bool(first + 3),
            owned: fields.bool(first + 4),
            min_amount: fields.amount(first + 5),
            fee_percentage: fields.uint32(first + 6),
            redeem_delay: fields.uint32(first + 7),
            metadata: fields.text(first + 8),
        }
    }
}

/// All networks, by class and number.
pub fn networks(storage: &impl Storage) -> Result<Vec<Network>, Fault> {
    Network::list(storage, &[NETWORK])
}

/// One network.
pub fn network(
    storage: &impl Storage,
    network_class: u32,
    chain_id: u32,
) -> Result<Option<Network>, Fault> {
    load_record(storage, &key(network_class, chain_id))
}

/// A network that must be there.
pub(super) fn known(
    storage: &impl Storage,
    network_class: u32,
    chain_id: u32,
) -> Result<Network, Refusal> {
    network(storage, network_class, chain_id)?.ok_or(Refusal::UnknownNetwork)
}

/// The network that the first two arguments of an administrator's call name.
fn administered(context: &Context<'_>, call: &Call<'_>) -> Result<Network, Refusal> {
    Info::for_administrator(context, call)?;
    known(context, call.args.uint32(0), call.args.uint32(1))
}

pub(super) fn check_set(call: &Call<'_>) -> Result<(), Refusal> {
    call.no_amount()?;
    if !NAME_BYTES.contains(&call.args.text(2).len()) {
        return Err(Refusal::InvalidNetworkName);
    }
    if call.args.uint32(0) == 0 || call.args.uint32(1) == 0 {
        return Err(Refusal::ForbiddenParam);
    }
    if !is_hex_address(&call.args.text(3)) {
        return Err(Refusal::InvalidContractAddress);
    }
    check_json(&call.args.text(4))
}

/// A network that is set again loses its tokens.
pub(super) fn set(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    Info::for_administrator(context, call)?;
    Network {
        network_class: call.args.uint32(0),
        chain_id: call.args.uint32(1),
        name: call.args.text(2),
        contract_address: call.args.text(3),
        metadata: call.args.text(4),
        token_pairs: Vec::new(),
    }
    .save(context);
    Ok(Vec::new())
}

pub(super) fn remove(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    administered(context, call)?.delete(context);
    Ok(Vec::new())
}

pub(super) fn set_metadata(
    context: &mut Context<'_>,
    call: &Call<'_>,
) -> Result<Vec<Send>, Refusal> {
    let mut network = administered(context, call)?;
    network.metadata = call.args.text(2);
    network.save(context);
    Ok(Vec::new())
}

pub(super) fn check_set_pair(call: &Call<'_>) -> Result<(), Refusal> {
    call.no_amount()?;
    let pair = TokenPair::of(call.args, 2);
    // The network's own coins are never the bridge's.
    let coin = [TokenStandard::ZNN, TokenStandard::QSR].contains(&pair.token_standard);
    let forbidden = (coin && pair.owned)
        || !is_hex_address(&pair.token_address)
        || pair.token_standard.is_zero()
        || pair.fee_percentage > call.rules.maximum_fee
        || pair.redeem_delay == 0;
    if forbidden {
        return Err(Refusal::ForbiddenParam);
    }
    check_json(&pair.metadata)
}

pub(super) fn set_pair(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let mut network = administered(context, call)?;
    let pair = TokenPair::of(call.args, 2);
    let delay = guardians::security(context, call.rules)?.soft_delay;
    if !guardians::passes(context, SET_TOKEN_PAIR, hash(&network, &pair), delay)? {
        return Ok(Vec::new());
    }
    let mut same = network.token_pairs.iter_mut().filter(|old| {
        old.token_standard == pair.token_standard || old.token_address == pair.token_address
    });
    match (same.next(), same.next()) {
        (Some(_), Some(_)) => return Err(Refusal::ForbiddenParam),
        (Some(old), None) => *old = pair,
        (None, _) => network.token_pairs.push(pair),
    }
    network.save(context);
    Ok(Vec::new())
}

/// What names a change of a pair while it waits.
fn hash(network: &Network, pair: &TokenPair) -> [u8; 32] {
    sha3_256_of(&[
        &network.network_class.to_be_bytes(),
        &network.chain_id.to_be_bytes(),
        &pair.token_standard.0,
        &pair.token_address,
        &[u8::from(pair.bridgeable), u8::from(pair.redeemable), u8::from(pair.owned)],
        &pair.min_amount.to_be_bytes::<32>(),
        &pair.fee_percentage.to_be_bytes(),
        &pair.redeem_delay.to_be_bytes(),
        &sha3_256(&pair.metadata),
    ])
}

pub(super) fn check_remove_pair(call: &Call<'_>) -> Result<(), Refusal> {
    call.no_amount()?;
    match is_hex_address(&call.args.text(3)) {
        true => Ok(()),
        false => Err(Refusal::ForbiddenParam),
    }
}

/// The address is compared as it was given, and never equals the stored one if it has capitals.
pub(super) fn remove_pair(
    context: &mut Context<'_>,
    call: &Call<'_>,
) -> Result<Vec<Send>, Refusal> {
    let mut network = administered(context, call)?;
    let (token, address) = (call.args.token(2), call.args.text(3));
    let mut pairs = network.token_pairs.iter();
    let place =
        pairs.position(|pair| pair.token_standard == token && pair.token_address == address);
    network.token_pairs.remove(place.ok_or(Refusal::TokenNotFound)?);
    network.save(context);
    Ok(Vec::new())
}
