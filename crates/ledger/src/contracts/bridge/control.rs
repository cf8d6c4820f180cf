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

#[cfg(test)]
mod tests {
    use super::decompress;
    use crate::refusal::Refusal;

    fn key(hex: &str) -> [u8; 33] {
        hex::decode(hex).ok().and_then(|bytes| bytes.try_into().ok()).expect("33 bytes of hex")
    }

    #[test]
    fn keys_lose_leading_zero_bytes() {
        // 122 and 153 times the generator.
        let short_y = "02139ae46a1133f1f9d23f25efba0f6dd87bf7ddaf568a5fb9e0a3bfda73176237";
        let short_x = "0200e3ae1974566ca06cc516d47e0fb165a674a3dabcfca15e722f0e3450f45889";
        assert_eq!(
            decompress(&key(short_y)).map(hex::encode).expect("a point"),
            format!("04{}{}", &short_y[2..], {
                "995e555c8aabd263fd238833a12188b8a5ffbeb480ba0e3e6ec481a8991472"
            })
        );
        assert_eq!(
            decompress(&key(short_x)).map(hex::encode).expect("a point"),
            format!("04{}{}", &short_x[4..], {
                "2aeabe7e4531510116217f07bf4d07300de97e4874f81f533420a72eeb0bd6a4"
            })
        );
    }

    #[test]
    fn bytes_that_are_no_point_stop_the_contract() {
        let five = format!("{:064x}", 5);
        for head in ["02", "03"] {
            assert_eq!(decompress(&key(&format!("{head}{five}"))), Err(Refusal::Panic));
        }
        // A form of 33 bytes that the curve's library has and the reference's has not.
        let compact = "0579be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
        assert_eq!(decompress(&key(compact)), Err(Refusal::Panic));
    }
}
