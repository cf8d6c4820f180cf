//! Every reason for which the ledger refuses a block, each once, with the reference's text.
//!
//! Clients compare these texts, so they are pinned (typing slips included). Sources: go-zenon
//! `verifier/errors.go`, `vm/constants/errors.go`, `chain/account_pool.go`.

use crate::types::{HashHeight, TextError};
use core::fmt;

/// The keeper of the state failed (disk, corruption): nothing is known about the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "state could not be read: {}", self.0)
    }
}

impl core::error::Error for Fault {}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// Why a block, a momentum or a contract call was refused.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Refusal {
            $($(#[$doc])* #[doc = concat!("`", $text, "`")] $name,)*
            /// A block names another network; the reference uses the momentum's text for it.
            BlockOfOtherChain {
                /// Our chain identifier.
                expected: u64,
                /// The block's.
                received: u64,
            },
            /// A momentum names another network; the reference uses the block's text for it.
            MomentumOfOtherChain {
                /// Our chain identifier.
                expected: u64,
                /// The momentum's.
                received: u64,
            },
            /// A momentum leaves out or reorders an account's blocks.
            Gap {
                /// The account's block before.
                expected: HashHeight,
                /// What the next block stands on.
                got: HashHeight,
            },
            /// A descendant of a contract's receive block was refused.
            Descendant(Box<Refusal>),
            /// Something that the reference calls an error of its own.
            Internal(Box<Refusal>),
            /// The producer's key has this many bytes; an [`Refusal::Internal`] error.
            PublicKeyLength(usize),
            /// A contract block does not equal the one that execution gives.
            AutoReceiveChangesHash {
                /// The write set's hash.
                expected: crate::types::Hash,
                /// The block's.
                got: crate::types::Hash,
            },
            /// A contract block does not equal the one that execution gives.
            AutoReceiveHash {
                /// The hash of the block that execution gives.
                expected: crate::types::Hash,
                /// The block's.
                got: crate::types::Hash,
            },
            /// An epoch's rewards name a pillar that is not registered.
            RewardsNotDistributed {
                /// Pillars that are registered and get something.
                given: usize,
                /// Pillars that should.
                all: usize,
                /// Pillars that were ever registered.
                registered: usize,
            },
            /// An epoch's delegations name a pillar that has no rewards; its name.
            NoAmountForBackers(Vec<u8>),
            /// A text (token, address) inside a call could not be read.
            Text(TextError),
            /// A pool refusal with its particulars.
            Pool(String),
            /// The state could not be read.
            Fault(Fault),
        }

        impl fmt::Display for Refusal {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Refusal::$name => f.write_str($text),)*
                    Refusal::BlockOfOtherChain { expected, received } => write!(
                        f,
                        "momentum chain-identifier mismatch (belongs to another chain) - expected {expected} but received {received}"
                    ),
                    Refusal::MomentumOfOtherChain { expected, received } => write!(
                        f,
                        "account-block chain-identifier mismatch (belongs to another chain) - expected {expected} but received {received}"
                    ),
                    Refusal::Gap { expected, got } => {
                        write!(f, "gap in previous Expected {expected} but got {got}")
                    }
                    Refusal::Descendant(inner) => write!(
                        f,
                        "account-block descendant block failed to pass verifications - {inner}"
                    ),
                    Refusal::Internal(inner) => {
                        write!(f, "internal error while verifying - {inner}")
                    }
                    Refusal::PublicKeyLength(length) => {
                        write!(f, "ed25519: bad public key length; length={length}")
                    }
                    Refusal::AutoReceiveChangesHash { expected, got } => write!(
                        f,
                        "auto-received block has different changes-hash expected {expected} but got {got}"
                    ),
                    Refusal::AutoReceiveHash { expected, got } => write!(
                        f,
                        "auto-received block has different hash expected {expected} but got {got}"
                    ),
                    Refusal::RewardsNotDistributed { given, all, registered } => write!(
                        f,
                        "some pillar rewards were not distributed. toGive {given} all {all} registered pillars {registered}"
                    ),
                    Refusal::NoAmountForBackers(pillar) => write!(
                        f,
                        "can't find amount to backers for pillar {}",
                        String::from_utf8_lossy(pillar)
                    ),
                    Refusal::Text(inner) => inner.fmt(f),
                    Refusal::Pool(text) => f.write_str(text),
                    Refusal::Fault(fault) => fault.fmt(f),
                }
            }
        }
    };
}

refusals! {
    // Account block, shape and place.
    BlockTypeExternal = "account-block type is invalid (batched blocks should not exist as stand-alone)";
    BlockTypeContractSend = "can't apply BlockTypeContractSend";
    BlockHeightMissing = "account-block height must be higher than 0";
    BlockPreviousMustBeZero = "account-block prevHash must be zero";
    BlockPreviousHashMissing = "account-block prevHash must not be zero";
    BlockMomentumMissing = "account-block momentum-acknowledged missing";
    BlockMomentumUnknown = "account-block momentum-acknowledged points to missing momentum";
    BlockCementedOnTop = "account-block prevHash exists but it has a cemented block on top of it";
    BlockCementedOther = "account-block prevHeight is cemented but has different hash";
    BlockPreviousMissing = "account-block previous block is missing";
    BlockVersionMissing = "account-block version is missing";
    BlockVersionInvalid = "account-block version is invalid";
    /// (the reference's text for blocks names the momentum)
    BlockChainIdentifierMissing = "momentum chain-identifier is missing";
    BlockTypeMissing = "account-block type is missing";
    BlockTypeGenesis = "account-block type must not be genesis";
    BlockTypeUnsupported = "account-block type is not supported";
    BlockTypeNotForContract = "account-block type is not suitable for contracts";
    BlockTypeNotForUser = "account-block type is not suitable for user-blocks";
    BlockAmountNegative = "account-block amount can't be negative";
    BlockAmountTooBig = "account-block amount is too big";
    BlockTokenMissing = "account-block zts is missing (non-zero amount)";
    BlockFromHashMustBeZero = "account-block from-block-hash must be zero";
    BlockAmountMustBeZero = "account-block amount must be zero";
    BlockTokenMustBeZero = "account-block zts must be zero";
    BlockToAddressMustBeZero = "account-block to-address must be zero";
    BlockFromHashMissing = "account-block from-block-hash is nor provided";
    BlockPowInvalid = "account-block nonce/difficulty is invalid";
    BlockMomentumOfBatchDiffers = "account-block momentum-acknowledged must have the same value for batched blocks";
    BlockMomentumOfAutoReceive = "account-block momentum-acknowledged points to invalid momentum for auto-generated blocks";
    BlockMomentumOlder = "account-block momentum-acknowledged points to an older momentum than previous";
    BlockFromUnknown = "account-block from-block doesn't exist";
    BlockFromReceiverMismatch = "account-block from-block receiver mismatch";
    BlockFromReceived = "account-block from-block already received";
    SequencerNothing = "account-block failed to pass sequencer checks. Nothing to receive";
    SequencerNotNext = "account-block failed to pass sequencer checks. Not next in line to receive";
    BlockHashMissing = "account-block hash must not be zero";
    BlockHashInvalid = "account-block hash is different than the one computed";
    BlockPublicKeyMustBeZero = "account-block publicKey must be zero";
    BlockSignatureMustBeZero = "account-block signature must be zero";
    BlockSignatureMissing = "account-block signature is missing";
    BlockPublicKeyMissing = "account-block publicKey is missing";
    BlockSignatureInvalid = "account-block signature is invalid";
    BlockPublicKeyOfOther = "account-block publicKey doesn't correspond to the address";
    BlockDescendantsMustBeEmpty = "account-block descendant blocks must be empty";
    BlockDataTooBig = "account-block data field is too big";

    // Momentum.
    MomentumIsGenesis = "momentum is not genesis-momentum";
    MomentumPreviousHashMissing = "momentum prevHash must not be zero";
    MomentumPreviousMissing = "momentum previous momentum is missing";
    /// (the reference's text for momentums names the account block)
    MomentumChainIdentifierMissing = "account-block chain-identifier is missing";
    MomentumVersionMissing = "momentum version is missing";
    MomentumVersionInvalid = "momentum version is invalid";
    MomentumTimestampMissing = "momentum timestamp is missing";
    MomentumTimestampFuture = "momentum timestamp is in the future (more than 10 seconds)";
    MomentumTimestampNotRising = "momentum timestamp is is lower than previous timestamp";
    MomentumDataMustBeZero = "momentum data must be zero";
    MomentumContentTooBig = "momentum content is too big";
    MomentumContentSize = "momentum content size is different than the size of the prefetched account-blocks";
    MomentumContentUnknown = "momentum content header is not present in prefetched account-blocks";
    MomentumChangesHashInvalid = "momentum changes-hash is different than the one computed";
    MomentumHashInvalid = "momentum hash is different than the one computed";
    MomentumSignatureMissing = "momentum signature is missing";
    MomentumPublicKeyMissing = "momentum publicKey is missing";
    MomentumSignatureInvalid = "momentum signature is invalid";
    MomentumProducerInvalid = "momentum producer is invalid";

    // Pool.
    PoolPlasmaRatio = "plasma ratio is smaller for current block";
    PoolHashTieBreak = "hash tie-break is worse for current block";

    // Execution.
    Panic = "supervisor - VM panic";
    NothingToWithdraw = "nothing to withdraw";
    NotEnoughDepositedQsr = "not enough deposited Qsr";
    InvalidTokenOrAmount = "invalid token or amount";
    ContractDoesntExist = "contract doesn't exist";
    ContractMethodNotFound = "method not found in the abi";
    DataNonExistent = "data non existent";
    UnpackError = "invalid unpack method data";
    InsufficientBalance = "insufficient balance for transfer";
    PermissionDenied = "address cannot call this method";
    InvalidArguments = "invalid arguments";
    InvalidB64Decode = "invalid b64 decode";
    ForbiddenParam = "forbidden parameter";
    NotEnoughSlots = "not enough slots left";
    UpdateTooRecent = "last update was too recent";
    EpochUpdateTooRecent = "epoch update was too recent";
    AcceleratorEnded = "accelerator period ended";
    AcceleratorInvalidFunds = "invalid accelerator funds";
    InvalidDescription = "invalid description";
    InvalidName = "invalid name";
    NotUnique = "name or producing address not unique";
    NotActive = "pillar is not active";
    TokenIdNotUnique = "there is another token with the same id";
    TokenInvalidText = "invalid token name/symbol/domain/decimals";
    TokenInvalidAmount = "invalid token total/max supply";
    RevokeNotDue = "staking period still active";
    InvalidStakingPeriod = "invalid staking period";
    BlockPlasmaLimitReached = "plasma limit for account-block reached";
    NotEnoughPlasma = "not enough plasma on account";
    NotEnoughTotalPlasma = "not enough TotalPlasma provided for account-block (PoW + Fused)";
    InvalidSwapCode = "invalid swap code";
    InvalidSecp256k1Signature = "invalid secp256k1 signature";
    AlreadyRevoked = "sentinel is already revoked";
    AlreadyRegistered = "sentinel is already registered";
    AlreadyActivated = "spork is already activated";
    ReclaimNotDue = "entry is not expired";
    InvalidHashType = "invalid hash type";
    InvalidHashDigest = "invalid hash digest";
    InvalidPreimage = "invalid preimage";
    InvalidExpirationTime = "invalid expiration time";
    Expired = "expired";
    UnknownNetwork = "unknown network";
    InvalidToAddress = "invalid destination address";
    BridgeNotInitialized = "bridge info is not initialized";
    OrchestratorNotInitialized = "orchestrator info is not initialized";
    TokenNotBridgeable = "token not bridgeable";
    NotGuardian = "sender is not a guardian";
    TokenNotRedeemable = "token not redeemable";
    BridgeHalted = "bridge is halted";
    InvalidRedeemPeriod = "invalid redeem period";
    InvalidRedeemRequest = "invalid request";
    InvalidTransactionHash = "invalid transaction hash";
    InvalidNetworkName = "invalid network name";
    InvalidContractAddress = "invalid contract address";
    InvalidToken = "invalid token standard or token address";
    TokenNotFound = "token not found";
    InvalidDecompressedKeyLength = "invalid decompressed secp256k1 public key length";
    InvalidCompressedKeyLength = "invalid compressed secp256k1 public key length";
    NotAllowedToChangeTss = "changing the tss public key is not allowed";
    InvalidJsonContent = "metadata does not respect the JSON format";
    NetworkClassUnsupported = "network type not supported";
    InvalidMinAmount = "invalid min amount";
    TimeChallengeNotDue = "time challenge not due";
    NotEmergency = "bridge not in emergency";
    InvalidGuardians = "invalid guardians";
    SecurityNotInitialized = "security not initialized";
    BridgeNotHalted = "bridge not halted";
    InvalidPercentages = "invalid percentages";
    InvalidRewards = "invalid liquidity stake rewards";

    // Consensus.
    ElectionBeforeGenesis = "election time/tick before genesis timestamp";
    NoActivePillars = "no active pillar can be elected";
    NoProducerAtTime = "couldn't find producer for timestamp";
    PillarNameLookup = "pillar name-lookup failed";
    PointsDontChain = "failed to merge consensus points";
}

impl core::error::Error for Refusal {}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Refusal {
        Refusal::Fault(fault)
    }
}

impl From<TextError> for Refusal {
    fn from(error: TextError) -> Refusal {
        Refusal::Text(error)
    }
}
