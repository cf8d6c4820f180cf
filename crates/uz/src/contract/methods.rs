//! What the ABI does not say about a method: what it is for, and what is sent along with a call.

use ledger::rules::Rules;
use ledger::types::{Amount, Hash, TokenStandard};

/// What is sent along with a call.
#[derive(Clone, Copy)]
pub enum Attach {
    /// Nothing.
    Nothing,
    /// An amount that the contract fixes.
    Fixed(TokenStandard, fn(&Rules) -> Amount),
    /// Any amount of one token.
    Of(TokenStandard),
    /// Any amount of any token.
    Any,
    /// No amount, but a token that the call means.
    TokenAlone,
}

/// What is said of one method.
pub struct Note {
    /// The contract.
    pub contract: &'static str,
    /// The method.
    pub method: &'static str,
    /// What is sent along.
    pub attach: Attach,
    /// What it is for, in a line.
    pub about: &'static str,
}

/// The note of a method.
pub fn note(contract: &str, method: &str) -> Option<&'static Note> {
    NOTES.iter().find(|note| note.contract == contract && note.method == method)
}

const ZNN: TokenStandard = TokenStandard::ZNN;
const QSR: TokenStandard = TokenStandard::QSR;

const fn note_of(
    contract: &'static str,
    method: &'static str,
    attach: Attach,
    about: &'static str,
) -> Note {
    Note { contract, method, attach, about }
}

use Attach::{Any, Fixed, Nothing, Of, TokenAlone};

/// A note for every method.
#[rustfmt::skip]
pub static NOTES: &[Note] = &[
    note_of("plasma", "Fuse", Of(QSR), "Fuse QSR, whole coins and at least 10, for plasma of an address"),
    note_of("plasma", "CancelFuse", Nothing, "Take fused QSR back once they are no longer locked"),

    note_of("pillar", "Register", Fixed(ZNN, |rules| rules.pillar_stake_amount), "Register a pillar; its QSR must be deposited before"),
    note_of("pillar", "RegisterLegacy", Fixed(ZNN, |rules| rules.pillar_stake_amount), "Register a pillar with a legacy key"),
    note_of("pillar", "Revoke", Nothing, "Give a pillar up and get its ZNN back"),
    note_of("pillar", "UpdatePillar", Nothing, "Change a pillar's addresses and shares"),
    note_of("pillar", "Delegate", Nothing, "Delegate the account's ZNN to a pillar"),
    note_of("pillar", "Undelegate", Nothing, "Delegate to nobody"),
    note_of("pillar", "Update", Nothing, "Give out rewards that are due; pillars do it by themselves"),
    note_of("pillar", "DepositQsr", Of(QSR), "Deposit QSR for registering a pillar"),
    note_of("pillar", "WithdrawQsr", Nothing, "Take deposited QSR back"),
    note_of("pillar", "CollectReward", Nothing, "Collect the account's rewards from pillars"),

    note_of("token", "IssueToken", Fixed(ZNN, |rules| rules.token_issue_amount), "Issue a new token"),
    note_of("token", "Mint", Nothing, "Mint more of a token that the account owns"),
    note_of("token", "Burn", Any, "Burn tokens"),
    note_of("token", "UpdateToken", Nothing, "Change a token's owner, or stop minting or burning"),

    note_of("sentinel", "Register", Fixed(ZNN, |rules| rules.sentinel_znn_register_amount), "Register a sentinel; its QSR must be deposited before"),
    note_of("sentinel", "Revoke", Nothing, "Give the sentinel up and get its ZNN and QSR back"),
    note_of("sentinel", "Update", Nothing, "Give out rewards that are due; pillars do it by themselves"),
    note_of("sentinel", "DepositQsr", Of(QSR), "Deposit QSR for registering a sentinel"),
    note_of("sentinel", "WithdrawQsr", Nothing, "Take deposited QSR back"),
    note_of("sentinel", "CollectReward", Nothing, "Collect the sentinel's rewards"),

    note_of("swap", "RetrieveAssets", Nothing, "Retrieve the assets of a legacy key"),

    note_of("stake", "Stake", Of(ZNN), "Stake ZNN for one to twelve months"),
    note_of("stake", "Cancel", Nothing, "End a stake that has run out and get its ZNN back"),
    note_of("stake", "Update", Nothing, "Give out rewards that are due; pillars do it by themselves"),
    note_of("stake", "CollectReward", Nothing, "Collect the rewards of stakes"),

    note_of("spork", "CreateSpork", Nothing, "Create a spork; the spork address may"),
    note_of("spork", "ActivateSpork", Nothing, "Activate a spork; the spork address may"),

    note_of("liquidity", "Update", Nothing, "Give out rewards that are due; pillars do it by themselves"),
    note_of("liquidity", "Donate", Any, "Give tokens to the liquidity program"),
    note_of("liquidity", "Fund", Nothing, "Pass funds on to the accelerator; the spork address may"),
    note_of("liquidity", "BurnZnn", Nothing, "Burn ZNN of the program; the spork address may"),
    note_of("liquidity", "SetTokenTuple", Nothing, "Set which tokens earn which share; the administrator may"),
    note_of("liquidity", "LiquidityStake", Any, "Stake liquidity tokens for one to twelve months"),
    note_of("liquidity", "CancelLiquidityStake", Nothing, "End a stake that has run out and get its tokens back"),
    note_of("liquidity", "UnlockLiquidityStakeEntries", TokenAlone, "End all stakes of a token now; the administrator may"),
    note_of("liquidity", "CollectReward", Nothing, "Collect the rewards of liquidity stakes"),
    note_of("liquidity", "SetIsHalted", Nothing, "Halt the program or let it run; the administrator may"),
    note_of("liquidity", "SetAdditionalReward", Nothing, "Set what is given beside the rewards; the administrator may"),
    note_of("liquidity", "ChangeAdministrator", Nothing, "Hand the administration over; the administrator may"),
    note_of("liquidity", "ProposeAdministrator", Nothing, "Vote for an administrator in an emergency; guardians may"),
    note_of("liquidity", "NominateGuardians", Nothing, "Name the guardians; the administrator may"),
    note_of("liquidity", "Emergency", Nothing, "Halt and give the administration up; the administrator may"),

    note_of("accelerator", "Donate", Any, "Give tokens to the accelerator"),
    note_of("accelerator", "CreateProject", Fixed(ZNN, |rules| rules.project_creation_amount), "Propose a project"),
    note_of("accelerator", "AddPhase", Nothing, "Add a phase to an accepted project"),
    note_of("accelerator", "UpdatePhase", Nothing, "Replace the phase that is voted on"),
    note_of("accelerator", "Update", Nothing, "Count votes and pay phases; pillars do it by themselves"),
    note_of("accelerator", "VoteByName", Nothing, "Vote as the owner of a pillar"),
    note_of("accelerator", "VoteByProdAddress", Nothing, "Vote as the producing address of a pillar"),

    note_of("htlc", "Create", Any, "Lock tokens until a secret is shown or the time is over"),
    note_of("htlc", "Reclaim", Nothing, "Take tokens back after the time is over"),
    note_of("htlc", "Unlock", Nothing, "Show the secret; the tokens go to whom they are locked for"),
    note_of("htlc", "DenyProxyUnlock", Nothing, "Let nobody else unlock for the account"),
    note_of("htlc", "AllowProxyUnlock", Nothing, "Let anybody unlock for the account"),

    note_of("bridge", "WrapToken", Any, "Send tokens to another network"),
    note_of("bridge", "UpdateWrapRequest", Nothing, "Sign a wrap request; the orchestrators do"),
    note_of("bridge", "UnwrapToken", Nothing, "Announce tokens that come from another network"),
    note_of("bridge", "RevokeUnwrapRequest", Nothing, "Revoke an announcement; the administrator may"),
    note_of("bridge", "Redeem", Nothing, "Get the tokens of an announcement"),
    note_of("bridge", "SetNetwork", Nothing, "Add or replace a network; the administrator may"),
    note_of("bridge", "RemoveNetwork", Nothing, "Remove a network; the administrator may"),
    note_of("bridge", "SetNetworkMetadata", Nothing, "Set a network's notes; the administrator may"),
    note_of("bridge", "SetTokenPair", Nothing, "Add or replace a pair of tokens; the administrator may"),
    note_of("bridge", "RemoveTokenPair", Nothing, "Remove a pair of tokens; the administrator may"),
    note_of("bridge", "Halt", Nothing, "Halt the bridge; the administrator or the signers may"),
    note_of("bridge", "Unhalt", Nothing, "Let the bridge run again; the administrator may"),
    note_of("bridge", "Emergency", Nothing, "Halt and give the administration up; the administrator may"),
    note_of("bridge", "ChangeTssECDSAPubKey", Nothing, "Change the signers' key"),
    note_of("bridge", "ChangeAdministrator", Nothing, "Hand the administration over; the administrator may"),
    note_of("bridge", "ProposeAdministrator", Nothing, "Vote for an administrator in an emergency; guardians may"),
    note_of("bridge", "SetAllowKeyGen", Nothing, "Allow or forbid a new signers' key; the administrator may"),
    note_of("bridge", "SetOrchestratorInfo", Nothing, "Set what orchestrators follow; the administrator may"),
    note_of("bridge", "SetBridgeMetadata", Nothing, "Set the bridge's notes; the administrator may"),
    note_of("bridge", "NominateGuardians", Nothing, "Name the guardians; the administrator may"),
];

/// The name and id of what an accepted call brings into being; `hash` is the call's block.
pub fn created(contract: &str, method: &str, hash: &Hash) -> Option<(&'static str, String)> {
    match (contract, method) {
        ("token", "IssueToken") => {
            Some(("tokenStandard", TokenStandard::of_issue(hash).to_string()))
        }
        ("plasma", "Fuse")
        | ("stake", "Stake")
        | ("spork", "CreateSpork")
        | ("accelerator", "CreateProject" | "AddPhase" | "UpdatePhase")
        | ("liquidity", "LiquidityStake")
        | ("htlc", "Create")
        | ("bridge", "WrapToken") => Some(("id", hash.to_string())),
        _ => None,
    }
}
