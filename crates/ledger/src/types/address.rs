//! Addresses: 20 bytes, of which the first is the kind (0 user, 1 embedded contract).
//!
//! Source: go-zenon `common/types/address.go`.

use super::{Text, TextError, bech32, sha3_256};
use core::fmt;
use core::str::FromStr;

/// Prefix of the text form.
const PREFIX: &str = "z";
const USER: u8 = 0;
const CONTRACT: u8 = 1;

/// Who owns an account chain: a key, or an embedded contract.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub [u8; 20]);

impl Address {
    /// Length in bytes.
    pub const LEN: usize = 20;
    /// The all-zero address: "none".
    pub const ZERO: Address = Address([0; 20]);

    /// The address of an Ed25519 public key: kind 0, then the first 19 bytes of its SHA3-256.
    pub fn of_public_key(public_key: &[u8]) -> Address {
        let hash = sha3_256(public_key);
        let mut bytes = [USER; 20];
        bytes[1..].copy_from_slice(&hash[..19]);
        Address(bytes)
    }

    /// Whether this is the all-zero address.
    pub fn is_zero(&self) -> bool {
        *self == Address::ZERO
    }

    /// Whether the kind byte says "embedded contract"; such a contract need not exist.
    pub fn is_embedded(&self) -> bool {
        self.0[0] == CONTRACT
    }

    /// The bech32 form.
    pub fn to_text(&self) -> Text {
        bech32::encode(PREFIX, &self.0)
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// Reads exactly 20 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Address> {
        bytes.try_into().ok().map(Address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_text())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Address {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Address, TextError> {
        let (prefix, bytes) = bech32::decode(text.as_bytes())?;
        if prefix != PREFIX {
            return Err(TextError::new(format!("invalid address prefix {prefix}")));
        }
        Address::from_slice(&bytes)
            .ok_or_else(|| TextError::new(format!("error address size  {}", bytes.len())))
    }
}

/// The eleven embedded contracts.
pub mod contract {
    use super::{Address, CONTRACT};

    /// Builds a contract address from its 19 core bytes, given as hex words.
    const fn at(core: [u8; 19]) -> Address {
        let mut bytes = [CONTRACT; 20];
        let mut i = 0;
        while i < 19 {
            bytes[i + 1] = core[i];
            i += 1;
        }
        Address(bytes)
    }

    macro_rules! contracts {
        ($($(#[$doc:meta])* $name:ident = [$($byte:literal),*];)*) => {
            $($(#[$doc])* pub const $name: Address = at([$($byte),*]);)*
        };
    }

    contracts! {
        /// `z1qxemdeddedxplasmaxxxxxxxxxxxxxxxxsctrp`
        PLASMA = [0xb3, 0xb6, 0xe5, 0xad, 0xcb, 0x4c, 0x1f, 0xf6, 0x1b, 0xe9, 0x8c, 0x63, 0x18, 0xc6, 0x31, 0x8c, 0x63, 0x18, 0xc6];
        /// `z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg`
        PILLAR = [0xb3, 0xb6, 0xe5, 0xad, 0xcb, 0x4c, 0x12, 0x7f, 0xfd, 0x19, 0x8c, 0x63, 0x18, 0xc6, 0x31, 0x8c, 0x63, 0x18, 0xc6];
        /// `z1qxemdeddedxt0kenxxxxxxxxxxxxxxxxh9amk0`
        TOKEN = [0xb3, 0xb6, 0xe5, 0xad, 0xcb, 0x4c, 0xb7, 0xdb, 0x33, 0x31, 0x8c, 0x63, 0x18, 0xc6, 0x31, 0x8c, 0x63, 0x18, 0xc6];
        /// `z1qxemdeddedxsentynelxxxxxxxxxxxxxwy0r2r`
        SENTINEL = [0xb3, 0xb6, 0xe5, 0xad, 0xcb, 0x4d, 0x0c, 0xcd, 0x64, 0x9e, 0x7e, 0x63, 0x18, 0xc6, 0x31, 0x8c, 0x63, 0x18, 0xc6];
        /// `z1qxemdeddedxswapxxxxxxxxxxxxxxxxxxl4yww`
        SWAP = [0xb3, 0xb6, 0xe5, 0xad, 0xcb, 0x4d, 0x07, 0x74, 0x26, 0x31, 0x8c, 0x63, 0x18, 0xc6, 0x31, 0x8c, 0x63, 0x18, 0xc6];
        /// `z1qxemdeddedxstakexxxxxxxxxxxxxxxxjv8v62`
        STAKE = [0xb3, 0xb6, 0xe5, 0xad, 0xcb, 0x4d, 0x05, 0xf6, 0xd9, 0x31, 0x8c, 0x63, 0x18, 0xc6, 0x31, 0x8c, 0x63, 0x18, 0xc6];
        /// `z1qxemdeddedxsp0rkxxxxxxxxxxxxxxxx956u48`
        SPORK = [0xb3, 0xb6, 0xe5, 0xad, 0xcb, 0x4d, 0x00, 0xbc, 0x76, 0x31, 0x8c, 0x63, 0x18, 0xc6, 0x31, 0x8c, 0x63, 0x18, 0xc6];
        /// `z1qxemdeddedxlyquydytyxxxxxxxxxxxxflaaae`
        LIQUIDITY = [0xb3, 0xb6, 0xe5, 0xad, 0xcb, 0x4d, 0xf2, 0x03, 0x84, 0x69, 0x16, 0x43, 0x18, 0xc6, 0x31, 0x8c, 0x63, 0x18, 0xc6];
        /// `z1qxemdeddedxaccelerat0rxxxxxxxxxxp4tk22`
        ACCELERATOR = [0xb3, 0xb6, 0xe5, 0xad, 0xcb, 0x4d, 0xdc, 0x63, 0x3f, 0xc8, 0xfa, 0xb7, 0x8c, 0xc6, 0x31, 0x8c, 0x63, 0x18, 0xc6];
        /// `z1qxemdeddedxhtlcxxxxxxxxxxxxxxxxxygecvw`
        HTLC = [0xb3, 0xb6, 0xe5, 0xad, 0xcb, 0x4d, 0x75, 0xff, 0x06, 0x31, 0x8c, 0x63, 0x18, 0xc6, 0x31, 0x8c, 0x63, 0x18, 0xc6];
        /// `z1qxemdeddedxdrydgexxxxxxxxxxxxxxxmqgr0d`
        BRIDGE = [0xb3, 0xb6, 0xe5, 0xad, 0xcb, 0x4c, 0xd1, 0x91, 0xa8, 0xc9, 0x8c, 0x63, 0x18, 0xc6, 0x31, 0x8c, 0x63, 0x18, 0xc6];
    }

    /// All embedded contracts, in the order in which a producer serves their mailboxes.
    pub const ALL: [Address; 11] =
        [PLASMA, PILLAR, TOKEN, SENTINEL, SWAP, STAKE, SPORK, LIQUIDITY, ACCELERATOR, HTLC, BRIDGE];

    /// The contracts that a producer calls `Update` on, in this order.
    pub const UPDATED: [Address; 5] = [PILLAR, STAKE, SENTINEL, LIQUIDITY, ACCELERATOR];
}
