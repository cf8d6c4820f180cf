//! Tokens add up: what accounts hold, and what was sent and not received, is each token's supply.

use crate::world::Violation;
use ledger::contracts::token;
use ledger::state::{Chain, View, keys};
use ledger::types::{Address, Amount, Hash, TokenStandard, amount_from_bytes, contract};
use std::collections::BTreeMap;

/// First byte of the keys of accounts, and of mailboxes.
const ACCOUNT: u8 = 3;
const MAILBOX: u8 = 4;

/// Compares all tokens' supplies with what there is of them.
pub fn check(chain: &dyn Chain) -> Result<(), Violation> {
    let view = View::frontier_of(chain);
    let mut sums = in_the_world(chain);
    let tokens = token::all(&view.account(&contract::TOKEN)).expect("storage decodes");
    for token in tokens {
        let sum = sums.remove(&token.token_standard).unwrap_or_default();
        if sum != token.total_supply || token.total_supply > token.max_supply {
            return Err(Violation(format!(
                "of {} there are {sum}, its supply is {}",
                token.token_standard, token.total_supply
            )));
        }
    }
    match sums.iter().find(|(_, sum)| !sum.is_zero()) {
        Some((token, sum)) => {
            Err(Violation(format!("there are {sum} of {token}, which is no token")))
        }
        None => Ok(()),
    }
}

fn in_the_world(chain: &dyn Chain) -> BTreeMap<TokenStandard, Amount> {
    let view = View::frontier_of(chain);
    let mut sums: BTreeMap<TokenStandard, Amount> = BTreeMap::new();
    let mut waiting = Vec::new();
    let scanned = chain.frontier().scan(&[], &mut |key, value| {
        let Some((first, rest)) = key.split_first() else { return true };
        let Some((_, key)) = rest.split_at_checked(Address::LEN) else { return true };
        match *first {
            ACCOUNT if key.starts_with(&keys::BALANCES) => {
                let token = TokenStandard::from_slice(&key[1..]).expect("a token");
                *sums.entry(token).or_default() += amount_from_bytes(value).expect("an amount");
            }
            MAILBOX if key.starts_with(&keys::MAILBOX_PENDING) => {
                waiting.push(Hash::from_slice(&key[1..]).expect("a hash"));
            }
            _ => {}
        }
        true
    });
    scanned.expect("the state is sound");
    for send in waiting {
        let send = view.block_by_hash(&send).expect("the state is sound").expect("it was sent");
        *sums.entry(send.token_standard).or_default() += send.amount;
    }
    sums
}
