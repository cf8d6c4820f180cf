//! Which token a text means, and how many decimals it has.

use super::Rpc;
use crate::amount::{self, COIN_DECIMALS};
use crate::outcome::{Code, Failure};
use ledger::types::{Amount, TokenStandard};
use serde::Deserialize;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What is needed of a token to read and write its amounts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Token {
    /// Its symbol.
    pub symbol: String,
    /// Its decimals.
    pub decimals: u8,
}

/// Tokens by id; what is not known is asked for once.
pub struct Tokens<'a> {
    rpc: &'a Rpc,
    known: RefCell<BTreeMap<TokenStandard, Token>>,
}

impl<'a> Tokens<'a> {
    /// Tokens as `rpc` knows them.
    pub fn new(rpc: &'a Rpc) -> Tokens<'a> {
        let coin = |symbol: &str| Token { symbol: symbol.to_owned(), decimals: COIN_DECIMALS };
        let known = [(TokenStandard::ZNN, coin("ZNN")), (TokenStandard::QSR, coin("QSR"))];
        Tokens { rpc, known: RefCell::new(BTreeMap::from(known)) }
    }

    /// The token with this id.
    pub fn get(&self, id: TokenStandard) -> Result<Token, Failure> {
        if let Some(token) = self.known.borrow().get(&id) {
            return Ok(token.clone());
        }
        let found: Option<Token> =
            self.rpc.get("embedded.token.getByZts", json!([id.to_string()]))?;
        let token = found.ok_or_else(|| {
            Failure::new(Code::NotFound, format!("there is no token {id}"))
                .fix("list them with: uz token list")
        })?;
        self.known.borrow_mut().insert(id, token.clone());
        Ok(token)
    }

    /// An amount with its token's symbol.
    pub fn show(&self, amount: Amount, id: TokenStandard) -> String {
        match self.get(id) {
            Ok(token) => format!(
                "{} {}",
                amount::show(amount, token.decimals),
                crate::show::printable(&token.symbol)
            ),
            Err(_) => format!("{amount} units of {id}"),
        }
    }
}

/// Reads `ZNN`, `QSR` or a token's id.
pub fn parse(text: &str) -> Result<TokenStandard, String> {
    match text.to_ascii_uppercase().as_str() {
        "ZNN" => return Ok(TokenStandard::ZNN),
        "QSR" => return Ok(TokenStandard::QSR),
        _ => {}
    }
    text.parse().map_err(|error| {
        format!("\"{text}\" is no token ({error}); give ZNN, QSR or an id as zts1…")
    })
}

/// Amounts in an answer's map of balances.
pub fn units(value: &Value) -> Option<Amount> {
    Amount::from_str_radix(value.as_str()?, 10).ok()
}
