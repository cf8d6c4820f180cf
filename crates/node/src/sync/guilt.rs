//! Whether a refusal of the ledger shows that whoever sent something must have known better.
//!
//! Nodes pass on only what they have checked, so what no state of the ledger could accept is its sender's
//! fault. What another state could accept may come from an honest node on another fork, or one that is
//! ahead of us.

use ledger::Refusal;

/// What a refused account block says of its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// No ledger could accept it.
    Guilty,
    /// Another ledger may; ours won't.
    Innocent,
    /// Ours may, once it has more momentums or blocks.
    Early,
}

/// Of a momentum that stood on our newest one when it was refused.
pub(super) fn of_momentum(refusal: &Refusal) -> bool {
    match refusal {
        // Our disk, our clock, or a chain that moved in the meantime.
        Refusal::Fault(_)
        | Refusal::MomentumTimestampFuture
        | Refusal::MomentumPreviousMissing
        | Refusal::MomentumIsGenesis => false,
        Refusal::Internal(inner) | Refusal::Descendant(inner) => of_momentum(inner),
        _ => true,
    }
}

/// Of an account block on its own.
pub(super) fn of_block(refusal: &Refusal) -> Verdict {
    match refusal {
        Refusal::BlockTypeExternal
        | Refusal::BlockTypeContractSend
        | Refusal::BlockHeightMissing
        | Refusal::BlockPreviousMustBeZero
        | Refusal::BlockPreviousHashMissing
        | Refusal::BlockMomentumMissing
        | Refusal::BlockVersionMissing
        | Refusal::BlockVersionInvalid
        | Refusal::BlockChainIdentifierMissing
        | Refusal::BlockOfOtherChain { .. }
        | Refusal::BlockTypeMissing
        | Refusal::BlockTypeGenesis
        | Refusal::BlockTypeUnsupported
        | Refusal::BlockTypeNotForContract
        | Refusal::BlockTypeNotForUser
        | Refusal::BlockAmountNegative
        | Refusal::BlockAmountTooBig
        | Refusal::BlockTokenMissing
        | Refusal::BlockFromHashMustBeZero
        | Refusal::BlockAmountMustBeZero
        | Refusal::BlockTokenMustBeZero
        | Refusal::BlockToAddressMustBeZero
        | Refusal::BlockFromHashMissing
        | Refusal::BlockPowInvalid
        | Refusal::BlockHashMissing
        | Refusal::BlockHashInvalid
        | Refusal::BlockPublicKeyMustBeZero
        | Refusal::BlockSignatureMustBeZero
        | Refusal::BlockSignatureMissing
        | Refusal::BlockPublicKeyMissing
        | Refusal::BlockSignatureInvalid
        | Refusal::BlockPublicKeyOfOther
        | Refusal::BlockDescendantsMustBeEmpty
        | Refusal::BlockDataTooBig
        | Refusal::PublicKeyLength(_) => Verdict::Guilty,
        Refusal::Internal(inner) | Refusal::Descendant(inner) => of_block(inner),
        // What it stands on, acknowledges or receives is not here yet. `Panic` is the reference's word
        // for the second block of an account whose first one is unknown.
        Refusal::BlockPreviousMissing
        | Refusal::BlockMomentumUnknown
        | Refusal::BlockFromUnknown
        | Refusal::SequencerNothing
        | Refusal::SequencerNotNext
        | Refusal::NotEnoughPlasma
        | Refusal::NotEnoughTotalPlasma
        | Refusal::InsufficientBalance
        | Refusal::Panic => Verdict::Early,
        _ => Verdict::Innocent,
    }
}
