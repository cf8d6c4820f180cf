//! Recovery of secp256k1 keys from signatures, as libsecp256k1 does it.
//!
//! Legacy swap keys and bridge messages are checked by recovering the key and comparing it. Any `s`
//! below the group order passes, high ones too, so a library's "recover and verify" with its ban on
//! high `s` would refuse what the reference takes.

use k256::elliptic_curve::PrimeField;
use k256::elliptic_curve::ops::Reduce;
use k256::elliptic_curve::point::DecompressPoint;
use k256::elliptic_curve::sec1::{FromSec1Point, ToSec1Point};
use k256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar, U256};

/// The 65-byte uncompressed key that made `signature` (`r ‖ s ‖ v`, `v` in 0..=3) over `digest`.
pub fn recover(digest: &[u8; 32], signature: &[u8; 65]) -> Option<[u8; 65]> {
    let v = signature[64];
    if v > 3 {
        return None;
    }
    let r_bytes: [u8; 32] = signature[..32].try_into().expect("32 of 65 bytes");
    let s_bytes: [u8; 32] = signature[32..64].try_into().expect("32 of 65 bytes");
    let r = Option::<Scalar>::from(Scalar::from_repr(FieldBytes::from(r_bytes)))?;
    let s = Option::<Scalar>::from(Scalar::from_repr(FieldBytes::from(s_bytes)))?;
    if bool::from(r.is_zero()) || bool::from(s.is_zero()) {
        return None;
    }
    let x = if v & 2 == 0 { r_bytes } else { plus_order(&r_bytes)? };
    let odd = k256::elliptic_curve::subtle::Choice::from(v & 1);
    let point = Option::<AffinePoint>::from(AffinePoint::decompress(&FieldBytes::from(x), odd))?;
    let inverse = Option::<Scalar>::from(r.invert())?;
    let z = <Scalar as Reduce<FieldBytes>>::reduce(&FieldBytes::from(*digest));
    let key =
        ProjectivePoint::from(point) * (s * inverse) - ProjectivePoint::GENERATOR * (z * inverse);
    let encoded = key.to_affine().to_sec1_point(false);
    // The point at infinity encodes as one byte, and is no key.
    encoded.as_bytes().try_into().ok()
}

/// `r` plus the group order, if that is still a field element.
fn plus_order(r: &[u8; 32]) -> Option<[u8; 32]> {
    const ORDER: &str = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141";
    let sum = crate::types::Amount::from_be_bytes(*r).checked_add(
        crate::types::Amount::from_be_bytes(U256::from_be_hex(ORDER).to_be_bytes().into()),
    )?;
    Some(sum.to_be_bytes())
}

/// The 33-byte form of a 65-byte key.
pub fn compress(uncompressed: &[u8; 65]) -> [u8; 33] {
    let mut compressed = [0; 33];
    compressed[0] = 2 | (uncompressed[64] & 1);
    compressed[1..].copy_from_slice(&uncompressed[1..33]);
    compressed
}

/// The coordinates of a 33-byte key; `None` if it is no point of the curve.
pub fn decompress(compressed: &[u8; 33]) -> Option<([u8; 32], [u8; 32])> {
    // The library also knows another 33-byte form.
    if !matches!(compressed[0], 2 | 3) {
        return None;
    }
    let encoded = k256::Sec1Point::from_bytes(compressed).ok()?;
    let point = Option::<AffinePoint>::from(AffinePoint::from_sec1_point(&encoded))?;
    let full = point.to_sec1_point(false);
    let bytes = full.as_bytes();
    Some((bytes.get(1..33)?.try_into().ok()?, bytes.get(33..65)?.try_into().ok()?))
}
