//! The swap contract: holders of the legacy network's keys retrieve their coins, less each month.
//!
//! Sources: go-zenon `vm/embedded/{definition,implementation}/swap.go`, `swap_utils.go`.

use super::{
    Args, Call, Context, Contract, DOUBLE_WITHDRAW, Method, Record, Send, Storage, load_record,
};
use crate::abi::{Kind, Value, param};
use crate::codec::base64;
use crate::consensus::slots;
use crate::refusal::{Fault, Refusal};
use crate::rules::{Era, Rules};
use crate::types::{Address, Amount, Hash, TokenStandard, contract};
use crate::verify::secp256k1;
use ripemd::Ripemd160;
use sha2::{Digest, Sha256};

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "swap",
    address: contract::SWAP,
    since: Era::Origin,
    methods: &[Method::new(
        "RetrieveAssets",
        &[param("publicKey", Kind::Text), param("signature", Kind::Text)],
        DOUBLE_WITHDRAW,
        check,
        retrieve,
    )],
};

/// What a signed message of a legacy key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Retrieving coins.
    Assets,
    /// Registering a legacy pillar.
    LegacyPillar,
}

impl Purpose {
    fn text(self) -> &'static str {
        match self {
            Purpose::Assets => "ZNN swap retrieve assets",
            Purpose::LegacyPillar => "ZNN swap retrieve legacy pillar",
        }
    }
}

/// The coins of a legacy key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwapAssets {
    /// Names the key.
    pub key_id_hash: Hash,
    /// ZNN.
    pub znn: Amount,
    /// QSR.
    pub qsr: Amount,
}

impl Record for SwapAssets {
    const KINDS: &'static [Kind] = &[Kind::Uint(256), Kind::Uint(256)];

    fn to_values(&self) -> Vec<Value> {
        vec![Value::Uint(self.znn), Value::Uint(self.qsr)]
    }

    fn from_stored(key: &[u8], fields: &Args) -> SwapAssets {
        SwapAssets {
            key_id_hash: Hash::from_slice(key).unwrap_or_default(),
            znn: fields.amount(0),
            qsr: fields.amount(1),
        }
    }

    fn key(&self) -> Vec<u8> {
        self.key_id_hash.0.to_vec()
    }
}

/// The coins of a legacy key, before decay.
pub fn assets_of(storage: &impl Storage, key_id_hash: &Hash) -> Result<Option<SwapAssets>, Fault> {
    load_record(storage, &key_id_hash.0)
}

/// All legacy coins, in order of their keys, before decay.
pub fn all(storage: &impl Storage) -> Result<Vec<SwapAssets>, Fault> {
    SwapAssets::list(storage, &[])
}

/// What is left of legacy coins in an epoch.
pub fn decay(rules: &Rules, assets: &mut SwapAssets, epoch: u64) {
    let lost = match epoch.checked_sub(rules.swap_decay_epochs_offset) {
        Some(after) => ((after + 1) / rules.swap_decay_tick_epochs) * rules.swap_decay_tick_percent,
        None => 0,
    };
    let percent = Amount::from(100u64.saturating_sub(lost));
    for amount in [&mut assets.znn, &mut assets.qsr] {
        *amount = amount.wrapping_mul(percent) / Amount::from(100u64);
    }
}

/// Name of a legacy key: SHA-256 over RIPEMD-160 over SHA-256 of its compressed form.
pub fn key_id_hash(public_key: &[u8; 65]) -> Hash {
    let id = Ripemd160::digest(Sha256::digest(secp256k1::compress(public_key)));
    Hash(Sha256::digest(id).into())
}

/// Checks that a legacy key (base64) signed (base64) that `sender` may act for it; names the key.
pub fn check_signature(
    purpose: Purpose,
    sender: &Address,
    public_key_b64: &[u8],
    signature_b64: &[u8],
) -> Result<Hash, Refusal> {
    let key: [u8; 65] = base64::decode(public_key_b64)
        .and_then(|key| key.try_into().ok())
        .ok_or(Refusal::InvalidB64Decode)?;
    let old: [u8; 65] = base64::decode(signature_b64)
        .ok_or(Refusal::InvalidB64Decode)?
        .try_into()
        .map_err(|_| Refusal::InvalidSecp256k1Signature)?;
    // The legacy network put the recovery id first, 31 higher.
    let mut signature = [0; 65];
    signature[..64].copy_from_slice(&old[1..]);
    signature[64] = old[0].wrapping_sub(31);
    let digest = message_digest(purpose, public_key_b64, sender);
    match secp256k1::recover(&digest, &signature) {
        Some(recovered) if recovered == key => Ok(key_id_hash(&key)),
        _ => Err(Refusal::InvalidSecp256k1Signature),
    }
}

/// What a legacy key signs.
pub fn message_digest(purpose: Purpose, public_key_b64: &[u8], sender: &Address) -> [u8; 32] {
    let mut message = Vec::new();
    push_text(&mut message, b"Zenon secp256k1 signature:");
    let sender = sender.to_string();
    let text = [purpose.text().as_bytes(), b" ", public_key_b64, b" ", sender.as_bytes()].concat();
    push_text(&mut message, &text);
    Sha256::digest(Sha256::digest(message)).into()
}

/// A text behind its length in one byte, which wraps.
fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    out.push(u8::try_from(text.len() & 0xff).expect("masked to 8 bits"));
    out.extend_from_slice(text);
}

fn check(call: &Call<'_>) -> Result<(), Refusal> {
    let (key, signature) = (call.args.text(0), call.args.text(1));
    check_signature(Purpose::Assets, &call.send.address, &key, &signature)?;
    call.no_amount()
}

fn retrieve(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let to = call.send.address;
    let (key, signature) = (call.args.text(0), call.args.text(1));
    let key_id_hash = check_signature(Purpose::Assets, &to, &key, &signature)?;
    let mut assets = assets_of(context, &key_id_hash)?
        .filter(|assets| !assets.znn.is_zero() || !assets.qsr.is_zero())
        .ok_or(Refusal::DataNonExistent)?;
    let now = context.moment().frontier()?.timestamp;
    decay(call.rules, &mut assets, slots::epoch_at(call.rules, now));
    let sends = [(TokenStandard::ZNN, assets.znn), (TokenStandard::QSR, assets.qsr)]
        .into_iter()
        .filter(|(_, amount)| !amount.is_zero())
        .map(|(token, amount)| Send::mint(token, amount, to, TokenStandard::ZNN))
        .collect();
    assets.znn = Amount::ZERO;
    assets.qsr = Amount::ZERO;
    assets.save(context);
    Ok(sends)
}
