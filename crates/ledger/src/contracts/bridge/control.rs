//! What the administrator and the signers of a bridge change.

use super::info::{Info, check_moving, orchestrator, ready_orchestrator};
use super::signatures;
use crate::codec::base64;
use crate::contracts::guardians::{self, Administered};
use crate::contracts::{Call, Context, Record, Send};
use crate::refusal::Refusal;
use crate::types::sha3_256;
use crate::verify::secp256k1;

pub(super) const HALT: &str = "Halt";
pub(super) const CHANGE_TSS_KEY: &str = "ChangeTssECDSAPubKey";

/// Signers may halt as well, with a signed message.
pub(super) fn halt(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let mut info = Info::read(context)?;
    if info.halted {
        return Err(Refusal::BridgeHalted);
    }
    if call.send.address != info.administrator {
        let chain_identifier = context.moment().frontier()?.chain_identifier;
        let digest = signatures::basic(HALT, chain_identifier, info.tss_nonce);
        signatures::check(&digest, &info.decompressed_tss_key, &call.args.text(0))?;
        info.tss_nonce = info.tss_nonce.wrapping_add(1);
    }
    info.halted = true;
    info.save(context);
    Ok(Vec::new())
}

pub(super) fn unhalt(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    if !Info::read(context)?.halted {
        return Err(Refusal::BridgeNotHalted);
    }
    let mut info = Info::for_administrator(context, call)?;
    info.unhalted_at = context.height()?;
    info.halted = false;
    info.save(context);
    Ok(Vec::new())
}

/// The 33 bytes of a new key.
fn compressed(call: &Call<'_>) -> Result<[u8; 33], Refusal> {
    let key = base64::decode(&call.args.text(0)).ok_or(Refusal::InvalidB64Decode)?;
    key.try_into().map_err(|_| Refusal::InvalidCompressedKeyLength)
}

pub(super) fn check_change_key(call: &Call<'_>) -> Result<(), Refusal> {
    compressed(call)?;
    call.no_amount()
}

/// The administrator changes the key after a delay; the signers, if they may, with both keys' word.
pub(super) fn change_key(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let delay = guardians::initialized(context)?.soft_delay;
    ready_orchestrator(context)?;
    let mut info = Info::read(context)?;
    let key = compressed(call)?;
    let decompressed = decompress(&key)?;
    let text = base64::encode(&decompressed).into_bytes();
    if call.send.address == info.administrator {
        if !guardians::passes(context, CHANGE_TSS_KEY, sha3_256(&decompressed), delay)? {
            return Ok(Vec::new());
        }
    } else {
        if !info.allow_key_gen {
            return Err(Refusal::NotAllowedToChangeTss);
        }
        let chain_identifier = context.moment().frontier()?.chain_identifier;
        let digest = signatures::change_key(CHANGE_TSS_KEY, chain_identifier, info.tss_nonce, &key);
        signatures::check(&digest, &info.decompressed_tss_key, &call.args.text(1))?;
        signatures::check(&digest, &text, &call.args.text(2))?;
        info.tss_nonce = info.tss_nonce.wrapping_add(1);
    }
    info.compressed_tss_key = call.args.text(0);
    info.decompressed_tss_key = text;
    info.allow_key_gen = false;
    info.save(context);
    Ok(Vec::new())
}

/// A key's uncompressed form as the reference makes it: coordinates lose leading zero bytes, so that
/// one key in 128 becomes too short to check signatures with. It panics on bytes that are no point of
/// the curve, and the call can then never be received.
fn decompress(key: &[u8; 33]) -> Result<Vec<u8>, Refusal> {
    let (x, y) = secp256k1::decompress(key).ok_or(Refusal::Panic)?;
    let mut bytes = vec![4];
    for coordinate in [x, y] {
        bytes.extend(coordinate.iter().skip_while(|byte| **byte == 0));
    }
    Ok(bytes)
}

pub(super) fn set_allow_key_gen(
    context: &mut Context<'_>,
    call: &Call<'_>,
) -> Result<Vec<Send>, Refusal> {
    guardians::initialized(context)?;
    check_moving(context, &Info::read(context)?)?;
    let mut orchestrator = ready_orchestrator(context)?;
    let mut info = Info::for_administrator(context, call)?;
    info.allow_key_gen = call.args.bool(0);
    info.save(context);
    if info.allow_key_gen {
        orchestrator.allow_key_gen_height = context.height()?;
        orchestrator.save(context);
    }
    Ok(Vec::new())
}

pub(super) fn check_orchestrator(call: &Call<'_>) -> Result<(), Refusal> {
    match (0..4).any(|index| call.args.amount(index).is_zero()) {
        true => Err(Refusal::ForbiddenParam),
        false => call.no_amount(),
    }
}

pub(super) fn set_orchestrator(
    context: &mut Context<'_>,
    call: &Call<'_>,
) -> Result<Vec<Send>, Refusal> {
    Info::for_administrator(context, call)?;
    let mut orchestrator = orchestrator(context)?;
    orchestrator.window_size = call.args.uint(0);
    orchestrator.key_gen_threshold = call.args.uint32(1);
    orchestrator.confirmations_to_finality = call.args.uint32(2);
    orchestrator.estimated_momentum_time = call.args.uint32(3);
    orchestrator.save(context);
    Ok(Vec::new())
}

pub(super) fn set_metadata(
    context: &mut Context<'_>,
    call: &Call<'_>,
) -> Result<Vec<Send>, Refusal> {
    let mut info = Info::for_administrator(context, call)?;
    info.metadata = call.args.text(0);
    info.save(context);
    Ok(Vec::new())
}
