//! The token contract: issues, mints, burns and updates tokens (ZTS).
//!
//! Sources: go-zenon `vm/embedded/{definition,implementation}/token.go`.

use super::{
    Args, Call, Context, Contract, Method, Record, SIMPLE, Send, Storage, WITHDRAW, donate,
    load_record, no_amount,
};
use crate::abi::{self, Kind, Param, Value, param};
use crate::refusal::{Fault, Refusal};
use crate::rules::Era;
use crate::types::{Address, Amount, TokenStandard, contract};
use regex::bytes::Regex;
use std::sync::LazyLock;

const TOKEN: u8 = 1;

const MINT: &[Param] = &[
    param("tokenStandard", Kind::TokenStandard),
    param("amount", Kind::Uint(256)),
    param("receiveAddress", Kind::Address),
];

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "token",
    address: contract::TOKEN,
    since: Era::Origin,
    methods: &[
        Method::new(
            "IssueToken",
            &[
                param("tokenName", Kind::Text),
                param("tokenSymbol", Kind::Text),
                param("tokenDomain", Kind::Text),
                param("totalSupply", Kind::Uint(256)),
                param("maxSupply", Kind::Uint(256)),
                param("decimals", Kind::Uint(8)),
                param("isMintable", Kind::Bool),
                param("isBurnable", Kind::Bool),
                param("isUtility", Kind::Bool),
            ],
            WITHDRAW,
            check_issue,
            issue,
        ),
        Method::new("Mint", MINT, WITHDRAW, check_mint, mint),
        Method::new("Burn", &[], SIMPLE, check_burn, burn),
        Method::new(
            "UpdateToken",
            &[
                param("tokenStandard", Kind::TokenStandard),
                param("owner", Kind::Address),
                param("isMintable", Kind::Bool),
                param("isBurnable", Kind::Bool),
            ],
            SIMPLE,
            no_amount,
            update,
        ),
    ],
};

/// A token as the contract stores it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub token_standard: TokenStandard,
    /// Who mints and updates it.
    pub owner: Address,
    /// Name.
    pub name: Vec<u8>,
    /// Symbol.
    pub symbol: Vec<u8>,
    /// Domain, may be empty.
    pub domain: Vec<u8>,
    /// What exists.
    pub total_supply: Amount,
    /// What may exist.
    pub max_supply: Amount,
    /// Digits behind the point in a coin.
    pub decimals: u8,
    /// Whether the owner can mint.
    pub mintable: bool,
    /// Whether everybody can burn; the owner always can.
    pub burnable: bool,
    /// What the issuer calls it.
    pub utility: bool,
}

impl Record for Token {
    const KINDS: &'static [Kind] = &[
        Kind::Address,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Uint(256),
        Kind::Uint(256),
        Kind::Uint(8),
        Kind::Bool,
        Kind::Bool,
        Kind::Bool,
    ];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Address(self.owner),
            Value::Text(self.name.clone()),
            Value::Text(self.symbol.clone()),
            Value::Text(self.domain.clone()),
            Value::Uint(self.total_supply),
            Value::Uint(self.max_supply),
            Value::Uint(Amount::from(self.decimals)),
            Value::Bool(self.mintable),
            Value::Bool(self.burnable),
            Value::Bool(self.utility),
        ]
    }

    fn from_stored(key: &[u8], fields: &Args) -> Token {
        Token {
            token_standard: key.get(1..).and_then(TokenStandard::from_slice).unwrap_or_default(),
            owner: fields.address(0),
            name: fields.text(1),
            symbol: fields.text(2),
            domain: fields.text(3),
            total_supply: fields.amount(4),
            max_supply: fields.amount(5),
            decimals: fields.uint8(6),
            mintable: fields.bool(7),
            burnable: fields.bool(8),
            utility: fields.bool(9),
        }
    }

    fn key(&self) -> Vec<u8> {
        key(&self.token_standard)
    }
}

fn key(token: &TokenStandard) -> Vec<u8> {
    [&[TOKEN], &token.0[..]].concat()
}

/// The token with this id.
pub fn info(storage: &impl Storage, token: &TokenStandard) -> Result<Option<Token>, Fault> {
    load_record(storage, &key(token))
}

/// All tokens, in order of their ids.
pub fn all(storage: &impl Storage) -> Result<Vec<Token>, Fault> {
    Token::list(storage, &[TOKEN])
}

/// The data of a `Mint` call.
pub fn encode_mint(token: TokenStandard, amount: Amount, to: Address) -> Vec<u8> {
    abi::encode_call(
        "Mint",
        MINT,
        &[Value::TokenStandard(token), Value::Uint(amount), Value::Address(to)],
    )
}

/// The data of a `Burn` call.
pub fn encode_burn() -> Vec<u8> {
    abi::encode_call("Burn", &[], &[])
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern in this file is well formed")
}

static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([a-zA-Z0-9]+[-._]?)*[a-zA-Z0-9]$"));
static SYMBOL: LazyLock<Regex> = LazyLock::new(|| pattern("^[A-Z0-9]+$"));
static DOMAIN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^([A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]\.)+[A-Za-z]{2,}$"));

fn check_issue(call: &Call<'_>) -> Result<(), Refusal> {
    let (args, rules) = (call.args, call.rules);
    let (name, symbol, domain) = (args.text(0), args.text(1), args.text(2));
    let texts = (1..=rules.token_name_length_max).contains(&name.len())
        && (1..=rules.token_symbol_length_max).contains(&symbol.len())
        && domain.len() <= rules.token_domain_length_max
        && NAME.is_match(&name)
        && SYMBOL.is_match(&symbol)
        && (domain.is_empty() || DOMAIN.is_match(&domain))
        && symbol != b"ZNN"
        && symbol != b"QSR"
        && args.uint8(5) <= rules.token_max_decimals;
    if !texts {
        return Err(Refusal::TokenInvalidText);
    }
    let (total, max, mintable) = (args.amount(3), args.amount(4), args.bool(6));
    if max > rules.token_max_supply || max.is_zero() || max < total || (!mintable && max != total) {
        return Err(Refusal::TokenInvalidAmount);
    }
    let paid = call.send.token_standard == TokenStandard::ZNN
        && call.send.amount == rules.token_issue_amount;
    if paid { Ok(()) } else { Err(Refusal::InvalidTokenOrAmount) }
}

fn issue(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let token_standard = TokenStandard::of_issue(&call.send.hash);
    if info(context, &token_standard)?.is_some() {
        return Err(Refusal::TokenIdNotUnique);
    }
    let args = call.args;
    let token = Token {
        token_standard,
        owner: call.send.address,
        name: args.text(0),
        symbol: args.text(1),
        domain: args.text(2),
        total_supply: args.amount(3),
        max_supply: args.amount(4),
        decimals: args.uint8(5),
        mintable: args.bool(6),
        burnable: args.bool(7),
        utility: args.bool(8),
    };
    token.save(context);
    context.add_balance(&token_standard, &token.total_supply)?;
    Ok(vec![Send::tokens(call.send.address, token.total_supply, token_standard)])
}

fn check_mint(call: &Call<'_>) -> Result<(), Refusal> {
    if call.args.amount(1).is_zero() {
        return Err(Refusal::InvalidTokenOrAmount);
    }
    call.no_amount()
}

fn mint(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let (id, amount, to) = (call.args.token(0), call.args.amount(1), call.args.address(2));
    let mut token = info(context, &id)?.ok_or(Refusal::DataNonExistent)?;
    if !token.mintable {
        return Err(Refusal::PermissionDenied);
    }
    // A total above the maximum leaves less than nothing to mint.
    if token.max_supply.checked_sub(token.total_supply).is_none_or(|room| room < amount) {
        return Err(Refusal::TokenInvalidAmount);
    }
    let allowed = match id {
        TokenStandard::ZNN | TokenStandard::QSR => call.send.address.is_embedded(),
        _ => token.owner == call.send.address,
    };
    if !allowed {
        return Err(Refusal::PermissionDenied);
    }
    token.total_supply = token.total_supply.wrapping_add(amount);
    token.save(context);
    context.add_balance(&id, &amount)?;
    let data = if to.is_embedded() { donate::encode() } else { Vec::new() };
    Ok(vec![Send { to, amount, token: id, data }])
}

fn check_burn(call: &Call<'_>) -> Result<(), Refusal> {
    match call.send.amount.is_zero() {
        true => Err(Refusal::InvalidTokenOrAmount),
        false => Ok(()),
    }
}

fn burn(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let (id, amount) = (call.send.token_standard, call.send.amount);
    let mut token = info(context, &id)?.ok_or(Refusal::DataNonExistent)?;
    if !token.burnable && token.owner != call.send.address {
        return Err(Refusal::PermissionDenied);
    }
    // Supplies below zero are stored as the low 256 bits, as the reference packs them.
    if !token.mintable {
        token.max_supply = token.max_supply.wrapping_sub(amount);
    }
    token.total_supply = token.total_supply.wrapping_sub(amount);
    token.save(context);
    context.sub_balance(&id, &amount)?;
    Ok(Vec::new())
}

fn update(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let (owner, mintable, burnable) = (call.args.address(1), call.args.bool(2), call.args.bool(3));
    let mut token = info(context, &call.args.token(0))?.ok_or(Refusal::DataNonExistent)?;
    if token.owner != call.send.address {
        return Err(Refusal::PermissionDenied);
    }
    if token.mintable != mintable {
        if !token.mintable {
            return Err(Refusal::ForbiddenParam);
        }
        token.mintable = false;
        token.max_supply = token.total_supply;
    }
    token.owner = owner;
    token.burnable = burnable;
    token.save(context);
    Ok(Vec::new())
}
