//! Checks that the parts of a configuration fit together.
//!
//! Those of the reference, and that no account is listed twice. Source: go-zenon
//! `chain/genesis/shared_tests.go`.

use super::{GenesisConfig, GenesisError, totals};
use crate::types::{Address, Amount, TokenStandard, contract};
use std::collections::BTreeMap;

/// All checks; the first that fails names the error.
pub(super) fn check(config: &GenesisConfig) -> Result<(), GenesisError> {
    each_account_once(config)?;
    let fused = sum("PlasmaConfig.Fusions", config.fusions.iter().map(|fusion| fusion.amount))?;
    holds(config, contract::PLASMA, &[(TokenStandard::QSR, fused)])?;
    let none = [(TokenStandard::ZNN, Amount::ZERO), (TokenStandard::QSR, Amount::ZERO)];
    holds(config, contract::SWAP, &none)?;
    let locked = sum("PillarConfig.Pillars", config.pillars.iter().map(|pillar| pillar.amount))?;
    holds(config, contract::PILLAR, &[(TokenStandard::ZNN, locked)])?;
    supplies(config)
}

fn each_account_once(config: &GenesisConfig) -> Result<(), GenesisError> {
    let mut seen = BTreeMap::new();
    for (index, account) in config.accounts.iter().enumerate() {
        if let Some(first) = seen.insert(account.address, index) {
            return Err(GenesisError::invalid(
                format!("GenesisBlocks.Blocks[{index}].Address"),
                format_args!("{}, which entry {first} has too", account.address),
                "each address once",
            ));
        }
    }
    Ok(())
}

fn sum(field: &str, amounts: impl Iterator<Item = Amount>) -> Result<Amount, GenesisError> {
    let mut sum = Amount::ZERO;
    for amount in amounts {
        sum = sum.checked_add(amount).ok_or_else(|| {
            GenesisError::invalid(field, "amounts above 2^256-1 in all", "a sum below 2^256")
        })?;
    }
    Ok(sum)
}

/// A contract that is listed at all holds exactly what its entries say.
fn holds(
    config: &GenesisConfig,
    address: Address,
    required: &[(TokenStandard, Amount)],
) -> Result<(), GenesisError> {
    for (index, account) in config.accounts.iter().enumerate() {
        if account.address != address {
            continue;
        }
        let field =
            |token: &TokenStandard| format!("GenesisBlocks.Blocks[{index}].BalanceList.{token}");
        for (token, amount) in &account.balances {
            match required.iter().find(|(known, _)| known == token) {
                Some((_, required)) if required == amount => {}
                Some((_, required)) => {
                    return Err(GenesisError::invalid(field(token), amount, required));
                }
                None => return Err(GenesisError::invalid(field(token), amount, "no such balance")),
            }
        }
        for (token, required) in required {
            if !required.is_zero() && !account.balances.contains_key(token) {
                return Err(GenesisError::invalid(field(token), "nothing", required));
            }
        }
    }
    Ok(())
}

/// Each token is declared, and held in all as its total supply says.
fn supplies(config: &GenesisConfig) -> Result<(), GenesisError> {
    let totals = totals(config).ok_or_else(|| {
        GenesisError::invalid(
            "GenesisBlocks.Blocks",
            "balances above 2^256-1 in all",
            "sums below 2^256",
        )
    })?;
    for (index, token) in config.tokens.iter().enumerate() {
        let field = format!("TokenConfig.Tokens[{index}].totalSupply");
        match totals.get(&token.token_standard) {
            Some(total) if *total == token.total_supply => {}
            Some(total) => {
                let allowed = format!("{total}, which accounts hold in all");
                return Err(GenesisError::invalid(field, token.total_supply, allowed));
            }
            None => {
                let found = format!("{}, but no account holds any", token.total_supply);
                return Err(GenesisError::invalid(field, found, "a token that accounts hold"));
            }
        }
    }
    for (index, account) in config.accounts.iter().enumerate() {
        for token in account.balances.keys() {
            if !config.tokens.iter().any(|known| known.token_standard == *token) {
                return Err(GenesisError::invalid(
                    format!("GenesisBlocks.Blocks[{index}].BalanceList"),
                    format_args!("{token}"),
                    "tokens that TokenConfig lists",
                ));
            }
        }
    }
    Ok(())
}
