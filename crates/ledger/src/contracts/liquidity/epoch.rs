//! What liquidity gets for an epoch: before the bridge spork the contract itself, afterwards those who
//! lock tokens, and the contract what is left.
//!
//! Source: go-zenon `vm/embedded/implementation/liquidity.go` (`updateLiquidityRewards`,
//! `computeLiquidityStakeRewardsForEpoch`).

use super::{Call, Context, Info, LiquidityStake, Record, Send, info, stakes};
use crate::consensus::slots;
use crate::contracts::rewards;
use crate::refusal::Refusal;
use crate::rules::Rules;
use crate::types::{Amount, TokenStandard, Wide, contract, narrow, wide};
use std::collections::BTreeMap;

/// Before the bridge spork: all epochs that are due.
pub(super) fn update_origin(
    context: &mut Context<'_>,
    _call: &Call<'_>,
) -> Result<Vec<Send>, Refusal> {
    rewards::gate_update(context)?;
    let rules = context.rules();
    let mut sends = Vec::new();
    while let Some(epoch) = rewards::next_epoch(context)? {
        // The reference counts sends, two for each epoch, and looks only after it has moved on: the
        // epoch after the last one is marked as done and nothing is given for it.
        if sends.len() >= rules.max_epochs_per_update {
            break;
        }
        let (znn, qsr) = rules.liquidity_reward(epoch);
        sends.extend([mint(TokenStandard::ZNN, znn), mint(TokenStandard::QSR, qsr)]);
    }
    Ok(sends)
}

/// From the bridge spork on: one epoch for each call.
pub(super) fn update(context: &mut Context<'_>, _call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    rewards::gate_update(context)?;
    match rewards::next_epoch(context)? {
        Some(epoch) => give(context, epoch),
        None => Ok(Vec::new()),
    }
}

/// New tokens for the contract; the send itself names no token.
fn mint(token: TokenStandard, amount: Amount) -> Send {
    Send::mint(token, amount, contract::LIQUIDITY, TokenStandard::ZERO)
}

fn give(context: &mut Context<'_>, epoch: u64) -> Result<Vec<Send>, Refusal> {
    let rules = context.rules();
    let info = info(context, rules)?;
    let (mut znn, mut qsr) = rules.liquidity_reward(epoch);
    if info.is_halted {
        return Ok(vec![mint(TokenStandard::ZNN, znn), mint(TokenStandard::QSR, qsr)]);
    }
    let mut sends = Vec::new();
    let funded = context.balance(&TokenStandard::ZNN)? >= info.znn_reward
        && context.balance(&TokenStandard::QSR)? >= info.qsr_reward;
    if funded {
        // What the contract adds is burned here and minted by whoever collects.
        for (token, added, total) in [
            (TokenStandard::ZNN, info.znn_reward, &mut znn),
            (TokenStandard::QSR, info.qsr_reward, &mut qsr),
        ] {
            if !added.is_zero() {
                *total = total.checked_add(added).ok_or(Refusal::Panic)?;
                sends.push(Send::burn(token, added));
            }
        }
    }
    let (znn_given, qsr_given) = give_to_stakes(context, epoch, &info, znn, qsr)?;
    // Shares of which the sum wrapped in `check_tuples` can give more than there is.
    let znn_left = znn.checked_sub(znn_given).ok_or(Refusal::InvalidRewards)?;
    let qsr_left = qsr.checked_sub(qsr_given).ok_or(Refusal::InvalidRewards)?;
    for (token, left) in [(TokenStandard::ZNN, znn_left), (TokenStandard::QSR, qsr_left)] {
        if !left.is_zero() {
            sends.push(mint(token, left));
        }
    }
    Ok(sends)
}

/// Gives to each who has locked a listed token, by weighted amount and time; says how much (ZNN, QSR)
/// that was in all. Entries taken back before the end of the epoch leave the list.
fn give_to_stakes(
    context: &mut Context<'_>,
    epoch: u64,
    info: &Info,
    znn: Amount,
    qsr: Amount,
) -> Result<(Amount, Amount), Refusal> {
    let rules = context.rules();
    let bounds = slots::epoch_bounds(rules, epoch);
    let by_token = by_token(rules, info, znn, qsr)?;
    let stakes = stakes(context)?;
    let mut sums: BTreeMap<TokenStandard, Wide> = BTreeMap::new();
    for stake in &stakes {
        *sums.entry(stake.token_standard).or_default() += weight(stake, bounds);
    }
    let (mut znn_given, mut qsr_given) = (Amount::ZERO, Amount::ZERO);
    for stake in stakes {
        let name = stake.token_standard.to_string();
        let Some((znn, qsr)) = by_token.get(name.as_bytes()) else { continue };
        let sum = sums[&stake.token_standard];
        if sum.is_zero() {
            continue;
        }
        let weight = weight(&stake, bounds);
        let part = |total: Amount| {
            let product = wide(total).checked_mul(weight).ok_or(Refusal::Panic)?;
            narrow(product / sum).ok_or(Refusal::Panic)
        };
        let (znn, qsr) = (part(*znn)?, part(*qsr)?);
        rewards::add(context, epoch, &stake.owner, znn, qsr)?;
        znn_given = znn_given.checked_add(znn).ok_or(Refusal::Panic)?;
        qsr_given = qsr_given.checked_add(qsr).ok_or(Refusal::Panic)?;
        if stake.revoke_time != 0 && stake.revoke_time < bounds.1 {
            stake.delete(context);
        }
    }
    Ok((znn_given, qsr_given))
}

/// (ZNN, QSR) for each listed token, by the text that the list has for it.
fn by_token(
    rules: &Rules,
    info: &Info,
    znn: Amount,
    qsr: Amount,
) -> Result<BTreeMap<Vec<u8>, (Amount, Amount)>, Refusal> {
    let share = |total: Amount, part: u32, whole: u32| {
        rewards::share(total, Amount::from(part), Amount::from(whole))
    };
    let tuples = info.token_tuples.iter();
    tuples
        .map(|tuple| {
            let znn = share(znn, tuple.znn_percentage, rules.liquidity_znn_total_percentages)?;
            let qsr = share(qsr, tuple.qsr_percentage, rules.liquidity_qsr_total_percentages)?;
            Ok((tuple.token_standard.clone(), (znn, qsr)))
        })
        .collect()
}

/// Weighted amount times the seconds within the epoch. Amounts of foreign tokens can fill 256 bits.
fn weight(stake: &LiquidityStake, bounds: (i64, i64)) -> Wide {
    let seconds = rewards::seconds_within(bounds, stake.start_time, stake.revoke_time).unwrap_or(0);
    wide(stake.weighted_amount) * Wide::from(u64::try_from(seconds).unwrap_or(0))
}
