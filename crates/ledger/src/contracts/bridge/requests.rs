//! What leaves over the bridge and what comes back.

use super::info::{Info, acting};
use super::networks::{TokenPair, known};
use super::{is_hex_address, signatures};
use crate::abi::{self, Kind, Value};
use crate::contracts::guardians::Administered;
use crate::contracts::{Args, Call, Context, Record, Send, Storage, load_record, rewards};
use crate::refusal::{Fault, Refusal};
use crate::types::{Address, Amount, Hash, TokenStandard};

const WRAP: u8 = 1;
const UNWRAP: u8 = 2;
const WRAP_HEIGHT: u8 = 6;
const FEES: u8 = 7;

/// Digits of a height in a key.
const HEIGHT_DIGITS: usize = 19;

/// Tokens that left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrapRequest {
    /// The network's class.
    pub network_class: u32,
    /// The network's number.
    pub chain_id: u32,
    /// Hash of the send block.
    pub id: Hash,
    /// Receiver there, in lower case.
    pub to_address: Vec<u8>,
    /// The token here.
    pub token_standard: TokenStandard,
    /// The token there.
    pub token_address: Vec<u8>,
    /// Amount, fee included.
    pub amount: Amount,
    /// Fee.
    pub fee: Amount,
    /// The signers' word for it; empty until they give it.
    pub signature: Vec<u8>,
    /// Height at which the tokens left.
    pub creation_height: u64,
}

impl Record for WrapRequest {
    const KINDS: &'static [Kind] = &[
        Kind::Uint(32),
        Kind::Uint(32),
        Kind::Text,
        Kind::TokenStandard,
        Kind::Text,
        Kind::Uint(256),
        Kind::Uint(256),
        Kind::Text,
        Kind::Uint(64),
    ];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Uint(Amount::from(self.network_class)),
            Value::Uint(Amount::from(self.chain_id)),
            Value::Text(self.to_address.clone()),
            Value::TokenStandard(self.token_standard),
            Value::Text(self.token_address.clone()),
            Value::Uint(self.amount),
            Value::Uint(self.fee),
            Value::Text(self.signature.clone()),
            Value::Uint(Amount::from(self.creation_height)),
        ]
    }

    fn from_stored(key: &[u8], fields: &Args) -> WrapRequest {
        WrapRequest {
            network_class: fields.uint32(0),
            chain_id: fields.uint32(1),
            id: key.get(1 + HEIGHT_DIGITS..).and_then(Hash::from_slice).unwrap_or_default(),
            to_address: fields.text(2),
            token_standard: fields.token(3),
            token_address: fields.text(4),
            amount: fields.amount(5),
            fee: fields.amount(6),
            signature: fields.text(7),
            creation_height: fields.uint(8),
        }
    }

    fn key(&self) -> Vec<u8> {
        wrap_key(self.creation_height, &self.id)
    }

    /// Also writes the height, by which the request is found.
    fn save(&self, context: &mut Context<'_>) {
        let height = Value::Uint(Amount::from(self.creation_height));
        context.store(&height_key(&self.id), abi::encode_tuple(&[height]));
        context.store(&self.key(), self.to_bytes());
    }
}

/// Newest first: the height counts down, in decimal digits.
fn wrap_key(creation_height: u64, id: &Hash) -> Vec<u8> {
    let left = (i64::MAX.unsigned_abs()).wrapping_sub(creation_height).cast_signed();
    [&[WRAP], left.to_string().as_bytes(), &id.0].concat()
}

fn height_key(id: &Hash) -> Vec<u8> {
    [&[WRAP_HEIGHT], &id.0[..]].concat()
}

/// Height at which a request was made.
struct WrapHeight(u64);

impl Record for WrapHeight {
    const KINDS: &'static [Kind] = &[Kind::Uint(64)];

    fn to_values(&self) -> Vec<Value> {
        vec![Value::Uint(Amount::from(self.0))]
    }

    fn from_stored(_key: &[u8], fields: &Args) -> WrapHeight {
        WrapHeight(fields.uint(0))
    }

    fn key(&self) -> Vec<u8> {
        vec![WRAP_HEIGHT]
    }
}

/// Tokens that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnwrapRequest {
    /// Height at which they came.
    pub registration_height: u64,
    /// The network's class.
    pub network_class: u32,
    /// The network's number.
    pub chain_id: u32,
    /// The transaction there.
    pub transaction_hash: Hash,
    /// The event within the transaction.
    pub log_index: u32,
    /// Receiver here.
    pub to_address: Address,
    /// The token there, in lower case.
    pub token_address: Vec<u8>,
    /// The token here.
    pub token_standard: TokenStandard,
    /// Amount.
    pub amount: Amount,
    /// The signers' word for it.
    pub signature: Vec<u8>,
    /// Whether the receiver has the tokens.
    pub redeemed: bool,
    /// Whether the administrator has stopped it.
    pub revoked: bool,
}

impl Record for UnwrapRequest {
    const KINDS: &'static [Kind] = &[
        Kind::Uint(64),
        Kind::Uint(32),
        Kind::Uint(32),
        Kind::Address,
        Kind::Text,
        Kind::TokenStandard,
        Kind::Uint(256),
        Kind::Text,
        Kind::Uint(8),
        Kind::Uint(8),
    ];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Uint(Amount::from(self.registration_height)),
            Value::Uint(Amount::from(self.network_class)),
            Value::Uint(Amount::from(self.chain_id)),
            Value::Address(self.to_address),
            Value::Text(self.token_address.clone()),
            Value::TokenStandard(self.token_standard),
            Value::Uint(self.amount),
            Value::Text(self.signature.clone()),
            Value::Uint(Amount::from(u8::from(self.redeemed))),
            Value::Uint(Amount::from(u8::from(self.revoked))),
        ]
    }

    fn from_stored(key: &[u8], fields: &Args) -> UnwrapRequest {
        let log_index = key.get(33..).and_then(|bytes| bytes.try_into().ok());
        UnwrapRequest {
            registration_height: fields.uint(0),
            network_class: fields.uint32(1),
            chain_id: fields.uint32(2),
            transaction_hash: key.get(1..33).and_then(Hash::from_slice).unwrap_or_default(),
            log_index: log_index.map(u32::from_be_bytes).unwrap_or_default(),
            to_address: fields.address(3),
            token_address: fields.text(4),
            token_standard: fields.token(5),
            amount: fields.amount(6),
            signature: fields.text(7),
            redeemed: fields.uint8(8) != 0,
            revoked: fields.uint8(9) != 0,
        }
    }

    fn key(&self) -> Vec<u8> {
        unwrap_key(&self.transaction_hash, self.log_index)
    }
}

fn unwrap_key(transaction: &Hash, log_index: u32) -> Vec<u8> {
    [&[UNWRAP], &transaction.0[..], &log_index.to_be_bytes()].concat()
}

/// Fees that the bridge has taken in one token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fees {
    /// The token.
    pub token_standard: TokenStandard,
    /// Sum of all fees.
    pub accumulated: Amount,
}

impl Record for Fees {
    const KINDS: &'static [Kind] = &[Kind::Uint(256)];

    fn to_values(&self) -> Vec<Value> {
        vec![Value::Uint(self.accumulated)]
    }

    fn from_stored(key: &[u8], fields: &Args) -> Fees {
        Fees {
            token_standard: key.get(1..).and_then(TokenStandard::from_slice).unwrap_or_default(),
            accumulated: fields.amount(0),
        }
    }

    fn key(&self) -> Vec<u8> {
        [&[FEES], &self.token_standard.0[..]].concat()
    }
}

/// All that left, newest first, then by id.
pub fn wraps(storage: &impl Storage) -> Result<Vec<WrapRequest>, Fault> {
    WrapRequest::list(storage, &[WRAP])
}

/// What left with the send block `id`.
pub fn wrap_by_id(storage: &impl Storage, id: &Hash) -> Result<Option<WrapRequest>, Fault> {
    match load_record::<WrapHeight>(storage, &height_key(id))? {
        Some(height) => load_record(storage, &wrap_key(height.0, id)),
        None => Ok(None),
    }
}

/// All that came back, by transaction and event.
pub fn unwraps(storage: &impl Storage) -> Result<Vec<UnwrapRequest>, Fault> {
    UnwrapRequest::list(storage, &[UNWRAP])
}

/// What came back with an event of a transaction.
pub fn unwrap_by_event(
    storage: &impl Storage,
    transaction: &Hash,
    log_index: u32,
) -> Result<Option<UnwrapRequest>, Fault> {
    load_record(storage, &unwrap_key(transaction, log_index))
}

/// Fees taken in a token; zero if none.
pub fn fees(storage: &impl Storage, token: &TokenStandard) -> Result<Fees, Fault> {
    let none = Fees { token_standard: *token, accumulated: Amount::ZERO };
    Ok(load_record(storage, &none.key())?.unwrap_or(none))
}

/// The pair of a token there, as an answer about what came back needs it.
pub fn pair_of(storage: &impl Storage, request: &UnwrapRequest) -> Result<TokenPair, Refusal> {
    let network = known(storage, request.network_class, request.chain_id)?;
    network.pair_of_address(&request.token_address).cloned().ok_or(Refusal::TokenNotFound)
}

pub(super) fn check_wrap(call: &Call<'_>) -> Result<(), Refusal> {
    if !is_hex_address(&call.args.text(2)) {
        return Err(Refusal::ForbiddenParam);
    }
    match call.send.amount.is_zero() {
        true => Err(Refusal::InvalidTokenOrAmount),
        false => Ok(()),
    }
}

pub(super) fn wrap(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    acting(context)?;
    let (network_class, chain_id) = (call.args.uint32(0), call.args.uint32(1));
    let (token_standard, amount) = (call.send.token_standard, call.send.amount);
    let network = known(context, network_class, chain_id)?;
    let pair = network.pair_of_token(&token_standard).ok_or(Refusal::TokenNotFound)?;
    if !pair.bridgeable {
        return Err(Refusal::TokenNotBridgeable);
    }
    if amount < pair.min_amount {
        return Err(Refusal::InvalidMinAmount);
    }
    let whole = Amount::from(call.rules.maximum_fee);
    let fee = rewards::share(amount, Amount::from(pair.fee_percentage), whole)?;
    let mut fees = fees(context, &token_standard)?;
    fees.accumulated = fees.accumulated.wrapping_add(fee);
    fees.save(context);
    WrapRequest {
        network_class,
        chain_id,
        id: call.send.hash,
        to_address: call.args.text(2).to_ascii_lowercase(),
        token_standard,
        token_address: pair.token_address.clone(),
        amount,
        fee,
        signature: Vec::new(),
        creation_height: context.height()?,
    }
    .save(context);
    if !pair.owned {
        return Ok(Vec::new());
    }
    // A pair's fee is at most the whole.
    let rest = amount.checked_sub(fee).ok_or(Refusal::Panic)?;
    Ok(vec![Send::burn(token_standard, rest)])
}

/// An amount gets the token contract's text here.
pub(super) fn check_update(call: &Call<'_>) -> Result<(), Refusal> {
    call.no_amount().map_err(|_| Refusal::TokenInvalidAmount)
}

pub(super) fn update(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let info = acting(context)?;
    let mut request = wrap_by_id(context, &call.args.hash(0))?.ok_or(Refusal::DataNonExistent)?;
    let network = known(context, request.network_class, request.chain_id)?;
    let listed = network.token_pairs.iter().any(|pair| {
        pair.token_standard == request.token_standard && pair.token_address == request.token_address
    });
    if !listed {
        return Err(Refusal::InvalidToken);
    }
    let signature = call.args.text(1);
    let digest = signatures::wrap(&request, &network.contract_address)?;
    signatures::check(&digest, &info.decompressed_tss_key, &signature)?;
    request.signature = signature;
    request.save(context);
    Ok(Vec::new())
}

pub(super) fn check_unwrap(call: &Call<'_>) -> Result<(), Refusal> {
    if !is_hex_address(&call.args.text(5)) {
        return Err(Refusal::InvalidToAddress);
    }
    if call.args.amount(6).is_zero() {
        return Err(Refusal::InvalidTokenOrAmount);
    }
    call.no_amount()
}

pub(super) fn unwrap(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let info = acting(context)?;
    let args = call.args;
    let (transaction_hash, log_index) = (args.hash(2), args.uint32(3));
    if unwrap_by_event(context, &transaction_hash, log_index)?.is_some() {
        return Err(Refusal::InvalidTransactionHash);
    }
    let token_address = args.text(5).to_ascii_lowercase();
    let network = known(context, args.uint32(0), args.uint32(1))?;
    let pair = network.pair_of_address(&token_address).ok_or(Refusal::TokenNotFound)?;
    if !pair.redeemable {
        return Err(Refusal::TokenNotRedeemable);
    }
    let request = UnwrapRequest {
        registration_height: context.height()?,
        network_class: network.network_class,
        chain_id: network.chain_id,
        transaction_hash,
        log_index,
        to_address: args.address(4),
        token_address,
        token_standard: pair.token_standard,
        amount: args.amount(6),
        signature: args.text(7),
        redeemed: false,
        revoked: false,
    };
    let digest = signatures::unwrap(&request)?;
    signatures::check(&digest, &info.decompressed_tss_key, &request.signature)?;
    request.save(context);
    Ok(Vec::new())
}

/// The request that a call's transaction and event name.
fn named(context: &Context<'_>, call: &Call<'_>) -> Result<UnwrapRequest, Refusal> {
    unwrap_by_event(context, &call.args.hash(0), call.args.uint32(1))?
        .ok_or(Refusal::DataNonExistent)
}

pub(super) fn revoke(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let mut request = named(context, call)?;
    Info::for_administrator(context, call)?;
    request.revoked = true;
    request.save(context);
    Ok(Vec::new())
}

/// Anybody may redeem for the receiver.
pub(super) fn redeem(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    acting(context)?;
    let mut request = named(context, call)?;
    if request.redeemed || request.revoked {
        return Err(Refusal::InvalidRedeemRequest);
    }
    let network = known(context, request.network_class, request.chain_id)?;
    // A pair that changed since may be found by either of its tokens; its own token is paid out.
    let pair = network
        .pair_of(&request.token_standard, &request.token_address)
        .ok_or(Refusal::TokenNotFound)?;
    let age = context.height()?.wrapping_sub(request.registration_height);
    if age < u64::from(pair.redeem_delay) {
        return Err(Refusal::InvalidRedeemPeriod);
    }
    request.redeemed = true;
    request.save(context);
    let (to, amount, token) = (request.to_address, request.amount, pair.token_standard);
    if pair.owned {
        return Ok(vec![Send::mint(token, amount, to, token)]);
    }
    match context.balance(&token)? < amount {
        true => Err(Refusal::InsufficientBalance),
        false => Ok(vec![Send::tokens(to, amount, token)]),
    }
}

#[cfg(test)]
mod tests {
    use super::{HEIGHT_DIGITS, wrap_key};
    use crate::types::Hash;

    #[test]
    fn newer_requests_have_smaller_keys() {
        let id = Hash([7; 32]);
        let heights = [1, 2, 9, 10, 99, 100, 1 << 40, 1 << 60];
        let keys: Vec<Vec<u8>> = heights.iter().map(|height| wrap_key(*height, &id)).collect();
        assert!(keys.iter().all(|key| key.len() == 1 + HEIGHT_DIGITS + Hash::LEN));
        assert!(keys.is_sorted_by(|older, newer| older > newer));
        assert_eq!(&keys[0][..20], b"\x019223372036854775806");
    }
}
