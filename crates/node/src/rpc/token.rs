//! `embedded.token`: tokens.
//!
//! Source: go-zenon `rpc/api/embedded/token.go`.

use super::failure::Failure;
use super::page::{self, check_size};
use super::params::{Args, Kind, Param, param};
use super::reading::Reading;
use super::shape::{Shape, field, object};
use super::{Answer, Cost, Method, Namespace, Run, Served};
use ledger::codec::json::amount::Decimal;
use ledger::contracts::token::{self, Token};
use ledger::types::{Address, TokenStandard, contract};
use serde::{Serialize, Serializer};

object!(
    TOKEN,
    "Token",
    "A token.",
    [
        field("name", Shape::Text, ""),
        field("symbol", Shape::Text, ""),
        field("domain", Shape::Text, ""),
        field("totalSupply", Shape::Amount, ""),
        field("decimals", Shape::Number, "digits behind the point of one whole token"),
        field("owner", Shape::Address, "who may change and mint it"),
        field("tokenStandard", Shape::Token, "its id"),
        field("maxSupply", Shape::Amount, ""),
        field("isBurnable", Shape::Bool, ""),
        field("isMintable", Shape::Bool, ""),
        field("isUtility", Shape::Bool, ""),
    ]
);

object!(
    TOKEN_LIST,
    "TokenList",
    "Some tokens.",
    [
        field("count", Shape::Number, "how many there are in all"),
        field("list", Shape::List(&Shape::Object(&TOKEN)), ""),
    ]
);

const INDEX: Param = param("pageIndex", Kind::U32, "the page, from 0");
const SIZE: Param = param("pageSize", Kind::U32, "entries of a page, at most 1024");

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "embedded.token",
    doc: "Tokens.",
    served: Served::Everywhere,
    methods: &[
        Method {
            name: "getAll",
            doc: "All tokens, by id.",
            params: &[INDEX, SIZE],
            result: Shape::Object(&TOKEN_LIST),
            example: "[0, 10]",
            cost: Cost::Heavy,
            run: Run::Read(all),
        },
        Method {
            name: "getByOwner",
            doc: "The tokens of an owner, by id.",
            params: &[param("owner", Kind::Address, "the owner"), INDEX, SIZE],
            result: Shape::Object(&TOKEN_LIST),
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg", 0, 10]"#,
            cost: Cost::Heavy,
            run: Run::Read(by_owner),
        },
        Method {
            name: "getByZts",
            doc: "The token with an id.",
            params: &[param("zts", Kind::Token, "the id")],
            result: Shape::Optional(&Shape::Object(&TOKEN)),
            example: r#"["zts1znnxxxxxxxxxxxxx9z4ulx"]"#,
            cost: Cost::Cheap,
            run: Run::Read(by_id),
        },
    ],
};

/// A token as answers show it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenForm {
    #[serde(serialize_with = "text")]
    name: Vec<u8>,
    #[serde(serialize_with = "text")]
    symbol: Vec<u8>,
    #[serde(serialize_with = "text")]
    domain: Vec<u8>,
    total_supply: Decimal,
    decimals: u8,
    owner: Address,
    token_standard: TokenStandard,
    max_supply: Decimal,
    is_burnable: bool,
    is_mintable: bool,
    is_utility: bool,
}

/// Bytes that the ledger holds as a text.
pub fn text<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    super::json::Text(bytes).serialize(serializer)
}

impl TokenForm {
    /// The form of a token.
    pub fn of(token: Token) -> TokenForm {
        TokenForm {
            name: token.name,
            symbol: token.symbol,
            domain: token.domain,
            total_supply: Decimal(token.total_supply),
            decimals: token.decimals,
            owner: token.owner,
            token_standard: token.token_standard,
            max_supply: Decimal(token.max_supply),
            is_burnable: token.burnable,
            is_mintable: token.mintable,
            is_utility: token.utility,
        }
    }
}

#[derive(Serialize)]
struct TokenList {
    count: usize,
    list: Vec<TokenForm>,
}

fn give(
    tokens: Vec<Token>,
    (index, size): (u32, u32),
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let list = page::of(&tokens, index, size).iter().cloned().map(TokenForm::of).collect();
    answer.give(&TokenList { count: tokens.len(), list })
}

fn all(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let page = (args.number32(0), args.number32(1));
    check_size(page.1)?;
    give(token::all(&reading.account(&contract::TOKEN))?, page, answer)
}

fn by_owner(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let (owner, page) = (args.address(0), (args.number32(1), args.number32(2)));
    check_size(page.1)?;
    let mut tokens = token::all(&reading.account(&contract::TOKEN))?;
    tokens.retain(|token| token.owner == owner);
    give(tokens, page, answer)
}

fn by_id(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let token = token::info(&reading.account(&contract::TOKEN), &args.token(0))?;
    answer.give(&token.map(TokenForm::of))
}
