//! The bridge contract: tokens leave for another network and come back, on the word of signers who
//! share one key.
//!
//! - [`info`]: the contract's settings and what must hold before it acts;
//! - [`networks`]: the networks and the tokens that have a counterpart there;
//! - [`requests`]: what leaves and what comes back;
//! - [`control`]: what the administrator and the signers change;
//! - `signatures`: what is signed, and the check; `metadata`: which texts count as JSON.
//!
//! Sources: go-zenon `vm/embedded/{definition,implementation}/bridge.go`.

pub mod control;
pub mod info;
mod metadata;
pub mod networks;
pub mod requests;
mod signatures;

use super::{Call, Contract, Method, SIMPLE, WITHDRAW, guardians, no_amount};
use crate::abi::{Kind, Param, param};
use crate::refusal::Refusal;
use crate::rules::Era;
use crate::types::contract;
use info::Info;

/// The methods whose changes wait, in the order in which they are listed.
pub const CHALLENGED: [&str; 4] =
    ["NominateGuardians", control::CHANGE_TSS_KEY, "ChangeAdministrator", networks::SET_TOKEN_PAIR];

const NETWORK_CLASS: Param = param("networkClass", Kind::Uint(32));
const CHAIN_ID: Param = param("chainId", Kind::Uint(32));
const TOKEN_STANDARD: Param = param("tokenStandard", Kind::TokenStandard);
const TOKEN_ADDRESS: Param = param("tokenAddress", Kind::Text);
const METADATA: Param = param("metadata", Kind::Text);
const TRANSACTION: &[Param] =
    &[param("transactionHash", Kind::Hash), param("logIndex", Kind::Uint(32))];

const UNWRAP: &[Param] = &[
    NETWORK_CLASS,
    CHAIN_ID,
    TRANSACTION[0],
    TRANSACTION[1],
    param("toAddress", Kind::Address),
    TOKEN_ADDRESS,
    param("amount", Kind::Uint(256)),
    param("signature", Kind::Text),
];

/// The contract. The reference's ABI also lists `SetRedeemDelay`, which has no method.
pub static CONTRACT: Contract = Contract {
    name: "bridge",
    address: contract::BRIDGE,
    since: Era::Bridge,
    methods: &[
        Method::new(
            "WrapToken",
            &[NETWORK_CLASS, CHAIN_ID, param("toAddress", Kind::Text)],
            SIMPLE,
            requests::check_wrap,
            requests::wrap,
        )
        .since(Era::Bridge),
        Method::new(
            "UpdateWrapRequest",
            &[param("id", Kind::Hash), param("signature", Kind::Text)],
            SIMPLE,
            requests::check_update,
            requests::update,
        )
        .since(Era::Bridge),
        Method::new("UnwrapToken", UNWRAP, SIMPLE, requests::check_unwrap, requests::unwrap)
            .since(Era::Bridge),
        Method::new("RevokeUnwrapRequest", TRANSACTION, SIMPLE, no_amount, requests::revoke)
            .since(Era::Bridge),
        Method::new("Redeem", TRANSACTION, WITHDRAW, no_amount, requests::redeem)
            .since(Era::Bridge),
        Method::new(
            "SetNetwork",
            &[
                NETWORK_CLASS,
                CHAIN_ID,
                param("name", Kind::Text),
                param("contractAddress", Kind::Text),
                METADATA,
            ],
            SIMPLE,
            networks::check_set,
            networks::set,
        )
        .since(Era::Bridge),
        Method::new(
            "RemoveNetwork",
            &[NETWORK_CLASS, CHAIN_ID],
            SIMPLE,
            no_amount,
            networks::remove,
        )
        .since(Era::Bridge),
        Method::new(
            "SetNetworkMetadata",
            &[NETWORK_CLASS, CHAIN_ID, METADATA],
            SIMPLE,
            |call| check_metadata(call, 2),
            networks::set_metadata,
        )
        .since(Era::Bridge),
        Method::new(
            networks::SET_TOKEN_PAIR,
            &[
                NETWORK_CLASS,
                CHAIN_ID,
                TOKEN_STANDARD,
                TOKEN_ADDRESS,
                param("bridgeable", Kind::Bool),
                param("redeemable", Kind::Bool),
                param("owned", Kind::Bool),
                param("minAmount", Kind::Uint(256)),
                param("feePercentage", Kind::Uint(32)),
                param("redeemDelay", Kind::Uint(32)),
                METADATA,
            ],
            SIMPLE,
            networks::check_set_pair,
            networks::set_pair,
        )
        .since(Era::Bridge),
        Method::new(
            "RemoveTokenPair",
            &[NETWORK_CLASS, CHAIN_ID, TOKEN_STANDARD, TOKEN_ADDRESS],
            SIMPLE,
            networks::check_remove_pair,
            networks::remove_pair,
        )
        .since(Era::Bridge),
        Method::new(
            control::HALT,
            &[param("signature", Kind::Text)],
            SIMPLE,
            no_amount,
            control::halt,
        )
        .since(Era::Bridge),
        Method::new("Unhalt", &[], SIMPLE, no_amount, control::unhalt).since(Era::Bridge),
        Method::new(
            control::CHANGE_TSS_KEY,
            &[
                param("pubKey", Kind::Text),
                param("oldPubKeySignature", Kind::Text),
                param("newPubKeySignature", Kind::Text),
            ],
            SIMPLE,
            control::check_change_key,
            control::change_key,
        )
        .since(Era::Bridge),
        Method::new(
            "SetAllowKeyGen",
            &[param("allowKeyGen", Kind::Bool)],
            SIMPLE,
            no_amount,
            control::set_allow_key_gen,
        )
        .since(Era::Bridge),
        Method::new(
            "SetOrchestratorInfo",
            &[
                param("windowSize", Kind::Uint(64)),
                param("keyGenThreshold", Kind::Uint(32)),
                param("confirmationsToFinality", Kind::Uint(32)),
                param("estimatedMomentumTime", Kind::Uint(32)),
            ],
            SIMPLE,
            control::check_orchestrator,
            control::set_orchestrator,
        )
        .since(Era::Bridge),
        Method::new(
            "SetBridgeMetadata",
            &[METADATA],
            SIMPLE,
            |call| check_metadata(call, 0),
            control::set_metadata,
        )
        .since(Era::Bridge),
        guardians::change_administrator::<Info>().since(Era::Bridge),
        guardians::propose_administrator::<Info>().since(Era::Bridge),
        guardians::nominate_guardians::<Info>().since(Era::Bridge),
        guardians::emergency::<Info>().since(Era::Bridge),
    ],
};

/// Nothing sent along, and argument `index` is JSON.
fn check_metadata(call: &Call<'_>, index: usize) -> Result<(), Refusal> {
    call.no_amount()?;
    check_json(&call.args.text(index))
}

fn check_json(text: &[u8]) -> Result<(), Refusal> {
    match metadata::is_json(text) {
        true => Ok(()),
        false => Err(Refusal::InvalidJsonContent),
    }
}

/// Whether a text is an address of an EVM network: 40 hex digits, after `0x` or not.
fn is_hex_address(text: &[u8]) -> bool {
    let digits = without_0x(text);
    digits.len() == 40 && digits.iter().all(u8::is_ascii_hexdigit)
}

fn without_0x(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X")).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::is_hex_address;

    #[test]
    fn hex_addresses_are_forty_digits_after_0x_or_not() {
        let digits = "323b5d4c32345ced77393B3530B1EED0F346429D";
        for text in [digits.to_owned(), format!("0x{digits}"), format!("0X{digits}")] {
            assert!(is_hex_address(text.as_bytes()), "{text}");
        }
        let short = &digits[1..];
        for text in ["", "0x", short, &format!("0x0x{digits}"), &format!("{short}g"), "0x\u{e9}"] {
            assert!(!is_hex_address(text.as_bytes()), "{text}");
        }
    }
}
