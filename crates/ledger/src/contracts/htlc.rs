//! The htlc contract: tokens locked for whoever knows the preimage of a hash, until a time.
//!
//! Sources: go-zenon `vm/embedded/{definition,implementation}/htlc.go`.

use super::{
    Args, Call, Context, Contract, Method, Record, SIMPLE, Send, Storage, WITHDRAW, load_record,
    no_amount,
};
use crate::abi::{self, Kind, Value, param};
use crate::refusal::{Fault, Refusal};
use crate::rules::Era;
use crate::types::{Address, Amount, Hash, TokenStandard, contract, sha3_256};
use sha2::{Digest, Sha256};

const HTLC: u8 = 1;
const PROXY: u8 = 2;

const SHA3_256: u8 = 0;
const SHA_256: u8 = 1;
const DIGEST_LEN: usize = 32;

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "htlc",
    address: contract::HTLC,
    since: Era::Htlc,
    methods: &[
        Method::new(
            "Create",
            &[
                param("hashLocked", Kind::Address),
                param("expirationTime", Kind::Int(64)),
                param("hashType", Kind::Uint(8)),
                param("keyMaxSize", Kind::Uint(8)),
                param("hashLock", Kind::Bytes),
            ],
            SIMPLE,
            check_create,
            create,
        ),
        Method::new("Reclaim", &[param("id", Kind::Hash)], WITHDRAW, no_amount, reclaim),
        Method::new(
            "Unlock",
            &[param("id", Kind::Hash), param("preimage", Kind::Bytes)],
            WITHDRAW,
            no_amount,
            unlock,
        ),
        Method::new("DenyProxyUnlock", &[], SIMPLE, no_amount, deny_proxy),
        Method::new("AllowProxyUnlock", &[], SIMPLE, no_amount, allow_proxy),
    ],
};

/// A lock as the contract stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Htlc {
    /// Hash of the send block.
    pub id: Hash,
    /// Who gets the tokens back after the time.
    pub time_locked: Address,
    /// Who gets them for the preimage.
    pub hash_locked: Address,
    /// Token.
    pub token_standard: TokenStandard,
    /// Amount.
    pub amount: Amount,
    /// The time, in unix seconds.
    pub expiration_time: i64,
    /// 0 SHA3-256, 1 SHA-256.
    pub hash_type: u8,
    /// Longest preimage in bytes.
    pub key_max_size: u8,
    /// The hash.
    pub hash_lock: Vec<u8>,
}

impl Record for Htlc {
    const KINDS: &'static [Kind] = &[
        Kind::Address,
        Kind::Address,
        Kind::TokenStandard,
        Kind::Uint(256),
        Kind::Int(64),
        Kind::Uint(8),
        Kind::Uint(8),
        Kind::Bytes,
    ];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Address(self.time_locked),
            Value::Address(self.hash_locked),
            Value::TokenStandard(self.token_standard),
            Value::Uint(self.amount),
            Value::Int(self.expiration_time),
            Value::Uint(Amount::from(self.hash_type)),
            Value::Uint(Amount::from(self.key_max_size)),
            Value::Bytes(self.hash_lock.clone()),
        ]
    }

    fn from_stored(key: &[u8], fields: &Args) -> Htlc {
        Htlc {
            id: key.get(1..).and_then(Hash::from_slice).unwrap_or_default(),
            time_locked: fields.address(0),
            hash_locked: fields.address(1),
            token_standard: fields.token(2),
            amount: fields.amount(3),
            expiration_time: fields.int(4),
            hash_type: fields.uint8(5),
            key_max_size: fields.uint8(6),
            hash_lock: fields.bytes(7),
        }
    }

    fn key(&self) -> Vec<u8> {
        key(&self.id)
    }
}

fn key(id: &Hash) -> Vec<u8> {
    [&[HTLC], &id.0[..]].concat()
}

fn proxy_key(address: &Address) -> Vec<u8> {
    [&[PROXY], &address.0[..]].concat()
}

/// The lock with this id.
pub fn by_id(storage: &impl Storage, id: &Hash) -> Result<Option<Htlc>, Fault> {
    load_record(storage, &key(id))
}

/// Whether others may unlock for `address`; they may unless it said no.
pub fn proxy_unlock_allowed(storage: &impl Storage, address: &Address) -> Result<bool, Fault> {
    let Some(bytes) = storage.load(&proxy_key(address))? else { return Ok(true) };
    match abi::decode_tuple(&[Kind::Bool], &bytes).as_deref() {
        Ok([Value::Bool(allowed)]) => Ok(*allowed),
        _ => Err(Fault("a proxy unlock status does not decode".to_owned())),
    }
}

fn check_create(call: &Call<'_>) -> Result<(), Refusal> {
    if !matches!(call.args.uint8(2), SHA3_256 | SHA_256) {
        return Err(Refusal::InvalidHashType);
    }
    if call.args.bytes(4).len() != DIGEST_LEN {
        return Err(Refusal::InvalidHashDigest);
    }
    match call.send.amount.is_zero() {
        true => Err(Refusal::InvalidTokenOrAmount),
        false => Ok(()),
    }
}

fn create(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let expiration_time = call.args.int(1);
    if context.now()? >= expiration_time {
        return Err(Refusal::InvalidExpirationTime);
    }
    Htlc {
        id: call.send.hash,
        time_locked: call.send.address,
        hash_locked: call.args.address(0),
        token_standard: call.send.token_standard,
        amount: call.send.amount,
        expiration_time,
        hash_type: call.args.uint8(2),
        key_max_size: call.args.uint8(3),
        hash_lock: call.args.bytes(4),
    }
    .save(context);
    Ok(Vec::new())
}

fn reclaim(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let htlc = by_id(context, &call.args.hash(0))?.ok_or(Refusal::DataNonExistent)?;
    if htlc.time_locked != call.send.address {
        return Err(Refusal::PermissionDenied);
    }
    if context.now()? < htlc.expiration_time {
        return Err(Refusal::ReclaimNotDue);
    }
    htlc.delete(context);
    Ok(vec![Send::tokens(htlc.time_locked, htlc.amount, htlc.token_standard)])
}

fn unlock(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let htlc = by_id(context, &call.args.hash(0))?.ok_or(Refusal::DataNonExistent)?;
    if !proxy_unlock_allowed(context, &htlc.hash_locked)? && call.send.address != htlc.hash_locked {
        return Err(Refusal::PermissionDenied);
    }
    if context.now()? >= htlc.expiration_time {
        return Err(Refusal::Expired);
    }
    let preimage = call.args.bytes(1);
    let digest: [u8; DIGEST_LEN] = match htlc.hash_type {
        SHA3_256 => sha3_256(&preimage),
        _ => Sha256::digest(&preimage).into(),
    };
    if preimage.len() > usize::from(htlc.key_max_size) || htlc.hash_lock != digest {
        return Err(Refusal::InvalidPreimage);
    }
    htlc.delete(context);
    Ok(vec![Send::tokens(htlc.hash_locked, htlc.amount, htlc.token_standard)])
}

fn deny_proxy(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    set_proxy(context, call, false)
}

fn allow_proxy(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    set_proxy(context, call, true)
}

fn set_proxy(
    context: &mut Context<'_>,
    call: &Call<'_>,
    allowed: bool,
) -> Result<Vec<Send>, Refusal> {
    let value = abi::encode_tuple(&[Value::Bool(allowed)]);
    context.store(&proxy_key(&call.send.address), value);
    Ok(Vec::new())
}
