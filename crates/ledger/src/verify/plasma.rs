//! Plasma: what a block needs, what its account has, what work gives.
//!
//! Fused QSR gives a balance of plasma that unconfirmed blocks use up; it comes back when the momentum
//! that a later block acknowledges has confirmed them. Source: go-zenon `vm/plasma.go`,
//! `vm/constants/plasma.go`.

use crate::block::AccountBlock;
use crate::contracts::{self, DOUBLE_WITHDRAW};
use crate::refusal::{Fault, Refusal};
use crate::state::{Account, View};
use crate::types::{Amount, COIN, contract};

/// Plasma of a block without data and without a call.
pub const BLOCK_BASE: u64 = 21_000;
/// Plasma of each byte of data sent to a user.
pub const PER_DATA_BYTE: u64 = 68;
/// Longest data sent to a user, in bytes.
pub const DATA_BYTES_MAX: usize = 16_384;
/// Plasma that one fused QSR gives.
pub const PER_FUSION_UNIT: u64 = BLOCK_BASE / 10;
/// Fused QSR beyond this number give nothing more.
pub const FUSION_UNITS_MAX: u64 = 5_000;
/// Most plasma of an account, and of a block.
pub const BLOCK_MAX: u64 = FUSION_UNITS_MAX * PER_FUSION_UNIT;
/// Proof-of-work difficulty of one plasma.
pub const DIFFICULTY_PER_PLASMA: u64 = 1_500;
/// Most plasma that work gives to a block.
pub const WORK_MAX: u64 = DOUBLE_WITHDRAW;
/// Difficulty that gives [`WORK_MAX`].
pub const DIFFICULTY_MAX: u64 = WORK_MAX * DIFFICULTY_PER_PLASMA;

/// Plasma that fused QSR give.
pub fn of_fused(amount: &Amount) -> u64 {
    if *amount >= Amount::from(FUSION_UNITS_MAX * COIN) {
        return BLOCK_MAX;
    }
    let amount = u64::try_from(*amount).expect("below 5000 coins");
    amount / COIN * PER_FUSION_UNIT
}

/// Plasma that work of this difficulty gives.
pub fn of_difficulty(difficulty: u64) -> u64 {
    if difficulty > DIFFICULTY_MAX { WORK_MAX } else { difficulty / DIFFICULTY_PER_PLASMA }
}

/// Difficulty that gives this much plasma.
pub fn difficulty_for(plasma: u64) -> Result<u64, Refusal> {
    if plasma > WORK_MAX {
        return Err(Refusal::ForbiddenParam);
    }
    Ok(plasma * DIFFICULTY_PER_PLASMA)
}

/// Plasma that `account` can still spend on top of its unconfirmed blocks, as `acknowledged` sees it;
/// `None` if it has spent more than it has (fused QSR were taken back meanwhile).
pub fn available(acknowledged: &View<'_>, account: &Account<'_>) -> Result<Option<u64>, Fault> {
    let address = account.address();
    let committed = acknowledged.account(&address).chain_plasma()?;
    let fused =
        contracts::plasma::fused_amount(&acknowledged.account(&contract::PLASMA), &address)?;
    let used = account.chain_plasma()?;
    let granted = committed.saturating_add(Amount::from(of_fused(&fused)));
    Ok(granted.checked_sub(used).map(|rest| u64::try_from(rest).unwrap_or(u64::MAX)))
}

/// Least plasma that a block needs.
pub fn base(acknowledged: &View<'_>, block: &AccountBlock) -> Result<u64, Refusal> {
    if block.address.is_embedded() {
        return Ok(0);
    }
    if block.is_receive() {
        return Ok(BLOCK_BASE);
    }
    match contracts::method_of(acknowledged, &block.to_address, &block.data)? {
        Some(method) => Ok(method.plasma),
        None if block.data.len() > DATA_BYTES_MAX => Err(Refusal::BlockDataTooBig),
        None => {
            let length = u64::try_from(block.data.len()).expect("checked above");
            Ok(BLOCK_BASE + PER_DATA_BYTE * length)
        }
    }
}

/// Checks that a block pays for itself; sets its used and base plasma and counts what it spends.
pub fn charge(
    acknowledged: &View<'_>,
    account: &mut Account<'_>,
    block: &mut AccountBlock,
) -> Result<(), Refusal> {
    if block.address.is_embedded() {
        return Ok(());
    }
    // The reference fails on an account that has spent more than it has, and on a block whose least
    // plasma can't be told, with a recovered panic: clients see that text.
    let available = available(acknowledged, account)?.ok_or(Refusal::Panic)?;
    if available < block.fused_plasma {
        return Err(Refusal::NotEnoughPlasma);
    }
    block.total_plasma = of_difficulty(block.difficulty)
        .checked_add(block.fused_plasma)
        .ok_or(Refusal::BlockPlasmaLimitReached)?;
    if block.total_plasma > BLOCK_MAX {
        return Err(Refusal::BlockPlasmaLimitReached);
    }
    block.base_plasma = base(acknowledged, block).map_err(|refusal| match refusal {
        Refusal::Fault(fault) => Refusal::Fault(fault),
        _ => Refusal::Panic,
    })?;
    if block.total_plasma < block.base_plasma {
        return Err(Refusal::NotEnoughTotalPlasma);
    }
    account.add_chain_plasma(block.fused_plasma)
}
