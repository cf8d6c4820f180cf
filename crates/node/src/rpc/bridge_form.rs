//! What the bridge keeps, as answers show it.
//!
//! Sources: go-zenon `rpc/api/embedded/bridge.go`, `vm/embedded/definition/bridge.go`.

use super::Answer;
use super::failure::Failure;
use super::json::Text;
use super::reading::Reading;
use super::shape::{Shape, field, object};
use super::token::{TOKEN, TokenForm};
use ledger::codec::json::amount::Decimal;
use ledger::contracts::bridge::info;
use ledger::contracts::bridge::networks::{Network, TokenPair};
use ledger::contracts::bridge::requests::{self, UnwrapRequest, WrapRequest};
use ledger::contracts::token;
use ledger::types::{Address, Hash, TokenStandard, contract};
use serde::Serialize;

object!(
    BRIDGE,
    "BridgeInfo",
    "Settings of the contract.",
    [
        field("administrator", Shape::Address, "zero in an emergency"),
        field("compressedTssECDSAPubKey", Shape::Text, "the signers' common key, base64"),
        field("decompressedTssECDSAPubKey", Shape::Text, "the same key, base64"),
        field("allowKeyGen", Shape::Bool, "whether the signers may set another key"),
        field("halted", Shape::Bool, ""),
        field("unhaltedAt", Shape::Number, "height of the last unhalt"),
        field("unhaltDurationInMomentums", Shape::Number, "how long it stands still after that"),
        field("tssNonce", Shape::Number, "counts the signers' messages"),
        field("metadata", Shape::Text, "JSON"),
    ]
);

object!(
    ORCHESTRATOR,
    "OrchestratorInfo",
    "Settings of the signers.",
    [
        field("windowSize", Shape::Number, "momentums in which one signing takes place"),
        field("keyGenThreshold", Shape::Number, "signers that must take part in making a key"),
        field("confirmationsToFinality", Shape::Number, "momentums before a request is signed"),
        field("estimatedMomentumTime", Shape::Number, "seconds"),
        field("allowKeyGenHeight", Shape::Number, "height at which a key was last allowed"),
    ]
);

object!(
    PAIR,
    "TokenPair",
    "A token and its counterpart.",
    [
        field("tokenStandard", Shape::Token, "here"),
        field("tokenAddress", Shape::Text, "there"),
        field("bridgeable", Shape::Bool, "whether it may leave"),
        field("redeemable", Shape::Bool, "whether it may come back"),
        field("owned", Shape::Bool, "whether it is minted and burned here"),
        field("minAmount", Shape::Amount, "least amount that may leave"),
        field("feePercentage", Shape::Number, "hundredths of a percent"),
        field("redeemDelay", Shape::Number, "momentums"),
        field("metadata", Shape::Text, "JSON"),
    ]
);

object!(
    NETWORK,
    "NetworkInfo",
    "A network and its tokens.",
    [
        field("networkClass", Shape::Number, ""),
        field("chainId", Shape::Number, ""),
        field("name", Shape::Text, ""),
        field("contractAddress", Shape::Text, "the bridge's contract there"),
        field("metadata", Shape::Text, "JSON"),
        field("tokenPairs", Shape::Optional(&Shape::List(&Shape::Object(&PAIR))), ""),
    ]
);

object!(
    NETWORK_LIST,
    "NetworkInfoList",
    "Some networks.",
    [
        field("count", Shape::Number, "how many there are in all"),
        field("list", Shape::List(&Shape::Object(&NETWORK)), ""),
    ]
);

object!(
    WRAP,
    "WrapTokenRequest",
    "Tokens that left.",
    [
        field("networkClass", Shape::Number, ""),
        field("chainId", Shape::Number, ""),
        field("id", Shape::Hash, ""),
        field("toAddress", Shape::Text, "receiver there"),
        field("tokenStandard", Shape::Token, "here"),
        field("tokenAddress", Shape::Text, "there"),
        field("amount", Shape::Amount, "fee included"),
        field("fee", Shape::Amount, ""),
        field("signature", Shape::Text, "the signers' word for it; empty until they give it"),
        field("creationMomentumHeight", Shape::Number, ""),
        field("token", Shape::Optional(&Shape::Object(&TOKEN)), ""),
        field("confirmationsToFinality", Shape::Number, "momentums until it can be signed"),
    ]
);

object!(
    WRAP_LIST,
    "WrapTokenRequestList",
    "Some tokens that left.",
    [
        field("count", Shape::Number, "how many there are in all"),
        field("list", Shape::Optional(&Shape::List(&Shape::Object(&WRAP))), ""),
    ]
);

object!(
    UNWRAP,
    "UnwrapTokenRequest",
    "Tokens that came back.",
    [
        field("registrationMomentumHeight", Shape::Number, ""),
        field("networkClass", Shape::Number, ""),
        field("chainId", Shape::Number, ""),
        field("transactionHash", Shape::Hash, "the transaction there"),
        field("logIndex", Shape::Number, "the event within the transaction"),
        field("toAddress", Shape::Address, "receiver here"),
        field("tokenAddress", Shape::Text, "there"),
        field("tokenStandard", Shape::Token, "here"),
        field("amount", Shape::Amount, ""),
        field("signature", Shape::Text, "the signers' word for it"),
        field("redeemed", Shape::Number, "1 if the receiver has them"),
        field("revoked", Shape::Number, "1 if the administrator has stopped it"),
        field("token", Shape::Optional(&Shape::Object(&TOKEN)), ""),
        field("redeemableIn", Shape::Number, "momentums until they can be had"),
    ]
);

object!(
    UNWRAP_LIST,
    "UnwrapTokenRequestList",
    "Some tokens that came back.",
    [
        field("count", Shape::Number, "how many there are in all"),
        field("list", Shape::List(&Shape::Object(&UNWRAP)), ""),
    ]
);

object!(
    FEES,
    "ZtsFeesInfo",
    "Fees taken in a token.",
    [field("tokenStandard", Shape::Token, ""), field("accumulatedFee", Shape::Amount, ""),]
);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    administrator: Address,
    #[serde(rename = "compressedTssECDSAPubKey")]
    compressed_tss_key: Text<'a>,
    #[serde(rename = "decompressedTssECDSAPubKey")]
    decompressed_tss_key: Text<'a>,
    allow_key_gen: bool,
    halted: bool,
    unhalted_at: u64,
    unhalt_duration_in_momentums: u64,
    tss_nonce: u64,
    metadata: Text<'a>,
}

/// Gives the settings of the contract.
pub fn give_info(reading: &Reading<'_>, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let stored = info::info(&reading.account(&contract::BRIDGE), reading.view().rules())?;
    answer.give(&Info {
        administrator: stored.administrator,
        compressed_tss_key: Text(&stored.compressed_tss_key),
        decompressed_tss_key: Text(&stored.decompressed_tss_key),
        allow_key_gen: stored.allow_key_gen,
        halted: stored.halted,
        unhalted_at: stored.unhalted_at,
        unhalt_duration_in_momentums: stored.unhalt_duration,
        tss_nonce: stored.tss_nonce,
        metadata: Text(&stored.metadata),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Orchestrator {
    window_size: u64,
    key_gen_threshold: u32,
    confirmations_to_finality: u32,
    estimated_momentum_time: u32,
    allow_key_gen_height: u64,
}

/// Gives the settings of the signers.
pub fn give_orchestrator(reading: &Reading<'_>, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let stored = info::orchestrator(&reading.account(&contract::BRIDGE))?;
    answer.give(&Orchestrator {
        window_size: stored.window_size,
        key_gen_threshold: stored.key_gen_threshold,
        confirmations_to_finality: stored.confirmations_to_finality,
        estimated_momentum_time: stored.estimated_momentum_time,
        allow_key_gen_height: stored.allow_key_gen_height,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PairForm<'a> {
    token_standard: TokenStandard,
    token_address: Text<'a>,
    bridgeable: bool,
    redeemable: bool,
    owned: bool,
    min_amount: Decimal,
    fee_percentage: u32,
    redeem_delay: u32,
    metadata: Text<'a>,
}

impl PairForm<'_> {
    fn of(pair: &TokenPair) -> PairForm<'_> {
        PairForm {
            token_standard: pair.token_standard,
            token_address: Text(&pair.token_address),
            bridgeable: pair.bridgeable,
            redeemable: pair.redeemable,
            owned: pair.owned,
            min_amount: Decimal(pair.min_amount),
            fee_percentage: pair.fee_percentage,
            redeem_delay: pair.redeem_delay,
            metadata: Text(&pair.metadata),
        }
    }
}

/// A network and its tokens.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkForm<'a> {
    network_class: u32,
    chain_id: u32,
    name: Text<'a>,
    contract_address: Text<'a>,
    metadata: Text<'a>,
    token_pairs: Option<Vec<PairForm<'a>>>,
}

impl NetworkForm<'_> {
    /// The form of a network.
    pub fn of(network: &Network) -> NetworkForm<'_> {
        NetworkForm {
            network_class: network.network_class,
            chain_id: network.chain_id,
            name: Text(&network.name),
            contract_address: Text(&network.contract_address),
            metadata: Text(&network.metadata),
            token_pairs: Some(network.token_pairs.iter().map(PairForm::of).collect()),
        }
    }

    /// What the reference gives for a network that is not there.
    pub fn missing() -> NetworkForm<'static> {
        NetworkForm {
            network_class: 0,
            chain_id: 0,
            name: Text(b""),
            contract_address: Text(b""),
            metadata: Text(b"{}"),
            token_pairs: None,
        }
    }
}

fn token_form(reading: &Reading<'_>, id: &TokenStandard) -> Result<Option<TokenForm>, Failure> {
    let token = token::info(&reading.account(&contract::TOKEN), id)?;
    Ok(token.map(TokenForm::of))
}

/// Momentums from `height` until `delay` more have passed.
fn left(reading: &Reading<'_>, height: u64, delay: u32) -> Result<u64, Failure> {
    let newest = reading.frontier()?.height;
    Ok(height.saturating_add(u64::from(delay)).saturating_sub(newest))
}

/// Tokens that left.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrapForm<'a> {
    network_class: u32,
    chain_id: u32,
    id: Hash,
    to_address: Text<'a>,
    token_standard: TokenStandard,
    token_address: Text<'a>,
    amount: Decimal,
    fee: Decimal,
    signature: Text<'a>,
    creation_momentum_height: u64,
    token: Option<TokenForm>,
    confirmations_to_finality: u64,
}

impl WrapForm<'_> {
    /// The form of a request.
    pub fn of<'a>(
        reading: &Reading<'_>,
        request: &'a WrapRequest,
    ) -> Result<WrapForm<'a>, Failure> {
        let signers = info::orchestrator(&reading.account(&contract::BRIDGE))?;
        let delay = signers.confirmations_to_finality;
        Ok(WrapForm {
            network_class: request.network_class,
            chain_id: request.chain_id,
            id: request.id,
            to_address: Text(&request.to_address),
            token_standard: request.token_standard,
            token_address: Text(&request.token_address),
            amount: Decimal(request.amount),
            fee: Decimal(request.fee),
            signature: Text(&request.signature),
            creation_momentum_height: request.creation_height,
            token: token_form(reading, &request.token_standard)?,
            confirmations_to_finality: left(reading, request.creation_height, delay)?,
        })
    }
}

/// Tokens that came back.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnwrapForm<'a> {
    registration_momentum_height: u64,
    network_class: u32,
    chain_id: u32,
    transaction_hash: Hash,
    log_index: u32,
    to_address: Address,
    token_address: Text<'a>,
    token_standard: TokenStandard,
    amount: Decimal,
    signature: Text<'a>,
    redeemed: u8,
    revoked: u8,
    token: Option<TokenForm>,
    redeemable_in: u64,
}

impl UnwrapForm<'_> {
    /// The form of a request.
    pub fn of<'a>(
        reading: &Reading<'_>,
        request: &'a UnwrapRequest,
    ) -> Result<UnwrapForm<'a>, Failure> {
        let token = token_form(reading, &request.token_standard)?;
        let pair = requests::pair_of(&reading.account(&contract::BRIDGE), request)?;
        Ok(UnwrapForm {
            registration_momentum_height: request.registration_height,
            network_class: request.network_class,
            chain_id: request.chain_id,
            transaction_hash: request.transaction_hash,
            log_index: request.log_index,
            to_address: request.to_address,
            token_address: Text(&request.token_address),
            token_standard: request.token_standard,
            amount: Decimal(request.amount),
            signature: Text(&request.signature),
            redeemed: u8::from(request.redeemed),
            revoked: u8::from(request.revoked),
            token,
            redeemable_in: left(reading, request.registration_height, pair.redeem_delay)?,
        })
    }
}

/// Gives the fees taken in a token.
pub fn give_fees(
    reading: &Reading<'_>,
    id: &TokenStandard,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Fees {
        token_standard: TokenStandard,
        accumulated_fee: Decimal,
    }
    let fees = requests::fees(&reading.account(&contract::BRIDGE), id)?;
    answer.give(&Fees {
        token_standard: fees.token_standard,
        accumulated_fee: Decimal(fees.accumulated),
    })
}
