//! Arguments of contract calls: from the ABI's names and types to flags, and from text to values.
//!
//! The ABI knows numbers; people write coins, durations and dates. Which is which follows from names: a
//! 256-bit number is an amount, in coins of the token that the call is about; `…InSec` is a duration;
//! a 64-bit `…Time` is a point in time.

use super::kebab;
use crate::amount::{self, COIN_DECIMALS};
use crate::client::token;
use crate::outcome::Failure;
use crate::time;
use clap::{Arg, ArgMatches};
use ledger::abi::{Kind, Param, Value};
use ledger::contracts::{Args, Method};
use ledger::types::{Address, Amount, TokenStandard};

/// What is needed to read arguments besides their text.
pub struct Surroundings<'a> {
    /// The account that signs.
    pub own: Address,
    /// Finds the address that a text means.
    pub address: &'a dyn Fn(&str) -> Result<Address, Failure>,
    /// Decimals of a token.
    pub decimals: &'a dyn Fn(TokenStandard) -> Result<u8, Failure>,
    /// The network's time.
    pub now: &'a dyn Fn() -> Result<u64, Failure>,
    /// Seconds in a month of staking.
    pub month_seconds: &'a dyn Fn() -> Result<u64, Failure>,
}

/// How a parameter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Coins of some token.
    Amount,
    /// A plain number of so many bits.
    Number(u16),
    /// One of these words, standing for 0, 1, 2, ….
    Word(&'static [&'static str]),
    /// A duration in seconds.
    Duration,
    /// A point in time.
    Instant,
    Bool,
    Address,
    Token,
    Hash,
    Text,
    Bytes,
}

const VOTES: &[&str] = &["yes", "no", "abstain"];
const HASH_TYPES: &[&str] = &["sha3-256", "sha-256"];

fn form(name: &str, kind: Kind) -> Form {
    match kind {
        Kind::Uint(256) => Form::Amount,
        Kind::Uint(8) if name == "vote" => Form::Word(VOTES),
        Kind::Uint(8) if name == "hashType" => Form::Word(HASH_TYPES),
        Kind::Uint(bits) => Form::Number(bits),
        Kind::Int(_) if name.ends_with("InSec") => Form::Duration,
        Kind::Int(_) => Form::Instant,
        Kind::Bool => Form::Bool,
        Kind::Address => Form::Address,
        Kind::TokenStandard => Form::Token,
        Kind::Hash => Form::Hash,
        // The liquidity contract takes ids of tokens as texts.
        Kind::Text if name == "tokenStandards" => Form::Token,
        Kind::Text => Form::Text,
        Kind::Bytes => Form::Bytes,
        Kind::List(element) => form(name, *element),
    }
}

/// The flag of a parameter.
pub fn flag(param: &Param) -> String {
    match param.name {
        "tokenStandard" => "token".to_owned(),
        name => kebab(name.strip_suffix("InSec").unwrap_or(name)),
    }
}

/// What a parameter is when it is left out.
enum Missing {
    /// It must not be.
    Required,
    /// This text.
    Text(&'static str),
    /// The signing account.
    Own,
}

fn missing(contract: &str, method: &str, param: &str) -> Missing {
    match (contract, method, param) {
        ("plasma", "Fuse", "address")
        | ("token", "Mint", "receiveAddress")
        | ("pillar", "Register" | "RegisterLegacy", "rewardAddress") => Missing::Own,
        ("pillar", "Register" | "RegisterLegacy", "giveBlockRewardPercentage") => {
            Missing::Text("0")
        }
        ("pillar", "Register" | "RegisterLegacy", "giveDelegateRewardPercentage") => {
            Missing::Text("100")
        }
        ("token", "IssueToken", "tokenDomain") => Missing::Text(""),
        ("token", "IssueToken", "decimals") => Missing::Text("8"),
        ("token", "IssueToken", "isMintable" | "isBurnable" | "isUtility") => {
            Missing::Text("false")
        }
        ("htlc", "Create", "hashType") => Missing::Text("sha3-256"),
        ("htlc", "Create", "keyMaxSize") => Missing::Text("32"),
        _ => Missing::Required,
    }
}

/// The flag of one parameter of a method.
pub fn arg(contract: &str, method: &Method, param: &Param) -> Arg {
    let form = form(param.name, param.kind);
    let list = matches!(param.kind, Kind::List(_));
    let (value_name, mut help) = match form {
        Form::Amount => ("COINS", amount_help(method, param)),
        Form::Number(bits) => ("NUMBER", number_help(param.name, bits)),
        Form::Word(words) => ("WORD", format!("One of {}", words.join(", "))),
        Form::Duration => {
            ("DURATION", "As 90s, 2h, 30d or 1mo (a month of the network)".to_owned())
        }
        Form::Instant => ("TIME", "As +2h, 2026-01-31T12:00:00Z, or unix seconds".to_owned()),
        Form::Bool => ("BOOL", "true or false".to_owned()),
        Form::Address => {
            ("ADDRESS", "An address, the name of a key file, or dev:N of a devnet".to_owned())
        }
        Form::Token => ("TOKEN", "ZNN, QSR or an id as zts1…".to_owned()),
        Form::Hash => ("HASH", "64 hex digits".to_owned()),
        Form::Text => ("TEXT", String::new()),
        Form::Bytes => ("BYTES", "Hex, or base64, or text:…".to_owned()),
    };
    if list {
        help.push_str("; several, separated by commas");
    }
    let name = flag(param);
    let mut arg =
        Arg::new(name.clone()).long(name).value_name(value_name).allow_hyphen_values(false);
    let plain = kebab(param.name);
    if arg.get_long() != Some(plain.as_str()) {
        arg = arg.alias(plain);
    }
    if form == Form::Bool {
        arg = arg.num_args(0..=1).default_missing_value("true");
    }
    if let Form::Word(words) = form {
        arg = arg.value_parser(words.to_vec());
    }
    match missing(contract, method.name, param.name) {
        Missing::Required => arg.required(true).help(help),
        Missing::Own => arg.help(format!("{help} [default: the signing account]")),
        Missing::Text("") => arg.help(help),
        Missing::Text(text) => arg.default_value(text).help(help),
    }
}

fn amount_help(method: &Method, param: &Param) -> String {
    match decimals_from(method, param) {
        Decimals::Fixed => "In coins".to_owned(),
        Decimals::OfToken(_) => "In coins of the token".to_owned(),
        Decimals::Given(_) => "In coins of the new token".to_owned(),
        Decimals::Units => "In smallest units".to_owned(),
    }
}

fn number_help(name: &str, bits: u16) -> String {
    match name {
        "giveBlockRewardPercentage" | "giveDelegateRewardPercentage" => {
            "Percent, 0 to 100".to_owned()
        }
        "feePercentage" | "znnPercentages" | "qsrPercentages" => {
            "In hundredths of a percent, 10000 is all".to_owned()
        }
        "decimals" => "0 to 18".to_owned(),
        "redeemDelay" => "In momentums".to_owned(),
        "keyMaxSize" => "Longest secret in bytes".to_owned(),
        _ if bits == 8 => "0 to 255".to_owned(),
        _ => String::new(),
    }
}

/// Where the decimals of an amount come from.
enum Decimals {
    /// ZNN or QSR.
    Fixed,
    /// The token in this parameter (each one its own, if it is a list).
    OfToken(usize),
    /// The number in this parameter.
    Given(usize),
    /// Nobody knows.
    Units,
}

fn decimals_from(method: &Method, param: &Param) -> Decimals {
    let lower = param.name.to_ascii_lowercase();
    if lower.contains("znn") || lower.contains("qsr") || method.name == "BurnZnn" {
        return Decimals::Fixed;
    }
    let at = |wanted: &dyn Fn(&Param) -> bool| method.params.iter().position(wanted);
    if let Some(index) = at(&|param| form(param.name, param.kind) == Form::Token) {
        return Decimals::OfToken(index);
    }
    at(&|param| param.name == "decimals").map_or(Decimals::Units, Decimals::Given)
}

/// The arguments of a call.
pub fn read(
    contract: &str,
    method: &Method,
    matches: &ArgMatches,
    around: &Surroundings<'_>,
) -> Result<Args, Failure> {
    let mut texts = Vec::with_capacity(method.params.len());
    for param in method.params {
        let given = matches.get_one::<String>(&flag(param)).cloned();
        texts.push(match (given, missing(contract, method.name, param.name)) {
            (Some(text), _) => text,
            (None, Missing::Own) => around.own.to_string(),
            (None, Missing::Text(text)) => text.to_owned(),
            (None, Missing::Required) => {
                return Err(Failure::usage(format!("--{} is missing", flag(param))));
            }
        });
    }
    let mut values = Vec::with_capacity(texts.len());
    for (param, text) in method.params.iter().zip(&texts) {
        let decimals = || decimals(method, param, &texts, around);
        values.push(value(param, text, &decimals, around)?);
    }
    Ok(Args(values))
}

/// Decimals for each element of an amount; one for all if it is no list.
fn decimals(
    method: &Method,
    param: &Param,
    texts: &[String],
    around: &Surroundings<'_>,
) -> Result<Vec<u8>, Failure> {
    match decimals_from(method, param) {
        Decimals::Fixed => Ok(vec![COIN_DECIMALS]),
        Decimals::Units => Ok(vec![0]),
        Decimals::Given(index) => {
            let text = &texts[index];
            let decimals =
                text.parse().map_err(|_| wrong("decimals", text, "a number up to 18"))?;
            Ok(vec![decimals])
        }
        Decimals::OfToken(index) => split(&texts[index])
            .map(|text| {
                let token = token::parse(text).map_err(|error| {
                    Failure::usage(format!("--{}: {error}", flag(&method.params[index])))
                })?;
                (around.decimals)(token)
            })
            .collect(),
    }
}

fn value(
    param: &Param,
    text: &str,
    decimals: &dyn Fn() -> Result<Vec<u8>, Failure>,
    around: &Surroundings<'_>,
) -> Result<Value, Failure> {
    let form = form(param.name, param.kind);
    let name = flag(param);
    let decimals = if form == Form::Amount { decimals()? } else { Vec::new() };
    let decimals_at =
        |index: usize| decimals.get(index).or(decimals.last()).copied().unwrap_or(COIN_DECIMALS);
    match param.kind {
        Kind::List(element) => split(text)
            .enumerate()
            .map(|(index, text)| single(&name, form, *element, text, decimals_at(index), around))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::List),
        kind => single(&name, form, kind, text, decimals_at(0), around),
    }
}

fn single(
    name: &str,
    form: Form,
    kind: Kind,
    text: &str,
    decimals: u8,
    around: &Surroundings<'_>,
) -> Result<Value, Failure> {
    Ok(match form {
        Form::Amount => Value::Uint(
            amount::parse(text, decimals)
                .map_err(|error| Failure::usage(format!("--{name}: {error}")))?,
        ),
        Form::Number(bits) => {
            let most = u64::MAX >> (64 - u32::from(bits.min(64)));
            let number = text.parse::<u64>().ok().filter(|number| *number <= most);
            let allowed = format!("a whole number from 0 to {most}");
            Value::Uint(Amount::from(number.ok_or_else(|| wrong(name, text, &allowed))?))
        }
        Form::Word(words) => {
            let index = words.iter().position(|word| *word == text);
            let allowed = words.join(", ");
            Value::Uint(Amount::from(index.ok_or_else(|| wrong(name, text, &allowed))?))
        }
        Form::Duration => {
            let months = text.contains("mo");
            let month = if months { (around.month_seconds)()? } else { 0 };
            seconds(name, time::duration(text, month))?
        }
        Form::Instant => {
            let now = if text.starts_with('+') { (around.now)()? } else { 0 };
            seconds(name, time::instant(text, now))?
        }
        Form::Bool => match text {
            "true" | "yes" => Value::Bool(true),
            "false" | "no" => Value::Bool(false),
            _ => return Err(wrong(name, text, "true or false")),
        },
        Form::Address => Value::Address((around.address)(text)?),
        Form::Token => {
            let token =
                token::parse(text).map_err(|error| Failure::usage(format!("--{name}: {error}")))?;
            match kind {
                Kind::Text => Value::Text(token.to_string().into_bytes()),
                _ => Value::TokenStandard(token),
            }
        }
        Form::Hash => Value::Hash(text.parse().map_err(|_| wrong(name, text, "64 hex digits"))?),
        Form::Text => Value::Text(text.as_bytes().to_vec()),
        Form::Bytes => Value::Bytes(
            bytes(text)
                .ok_or_else(|| wrong(name, text, "hex digits, base64, or text: and any text"))?,
        ),
    })
}

fn seconds(name: &str, parsed: Result<u64, time::TimeError>) -> Result<Value, Failure> {
    let number = parsed.map_err(|error| Failure::usage(format!("--{name}: {error}")))?;
    let number = i64::try_from(number)
        .map_err(|_| Failure::usage(format!("--{name} is {number} seconds, which is too long")))?;
    Ok(Value::Int(number))
}

fn wrong(name: &str, text: &str, allowed: &str) -> Failure {
    Failure::usage(format!("--{name} is \"{text}\", which it can't be"))
        .fix(format!("give {allowed}"))
}

/// Elements of a list; the empty text is the empty list.
fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// Reads `0x…` or bare hex, `base64:…` or bare base64, or `text:…`.
pub fn bytes(text: &str) -> Option<Vec<u8>> {
    if let Some(text) = text.strip_prefix("text:") {
        return Some(text.as_bytes().to_vec());
    }
    if let Some(text) = text.strip_prefix("base64:") {
        return ledger::codec::base64::decode(text.as_bytes());
    }
    if let Some(text) = text.strip_prefix("0x") {
        return hex::decode(text).ok();
    }
    hex::decode(text).ok().or_else(|| ledger::codec::base64::decode(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::{command, method, named};
    use super::*;

    /// Reads a line as the arguments of a call, on a network where nothing has to be asked.
    fn parse(line: &str) -> Result<Args, Failure> {
        let mut words = line.split(' ');
        let contract = named(words.next().unwrap()).expect("a contract");
        let matches = command(contract)
            .try_get_matches_from(line.split(' '))
            .map_err(|error| Failure::usage(error.to_string()))?;
        let (verb, matches) = matches.subcommand().expect("a verb");
        let around = Surroundings {
            own: Address([0; 20]),
            address: &|text| text.parse().map_err(|error| Failure::usage(format!("{error}"))),
            decimals: &|token| Ok(if token == TokenStandard::ZNN { 8 } else { 2 }),
            now: &|| Ok(1000),
            month_seconds: &|| Ok(time::month(1)),
        };
        let name = super::super::method(contract, verb).or_else(|| {
            // By its alias.
            let command = command(contract);
            let name = command.find_subcommand(verb)?.get_name().to_owned();
            method(contract, &name)
        });
        read(contract.name, name.expect("a method"), matches, &around)
    }

    fn coins(text: &str) -> Value {
        Value::Uint(amount::parse(text, 8).unwrap())
    }

    #[test]
    fn a_line_becomes_the_calls_arguments() {
        let own = Value::Address(Address([0; 20]));
        let number = |number: u64| Value::Uint(Amount::from(number));
        let id = "0".repeat(63) + "1";
        let hash = Value::Hash(id.parse().unwrap());
        for (line, expected) in [
            ("plasma fuse --amount 50", vec![own.clone()]),
            ("stake stake --amount 5 --duration 1mo", vec![Value::Int(259_200)]),
            ("stake stake --amount 5 --duration-in-sec 60", vec![Value::Int(60)]),
            (&format!("stake cancel --id {id}"), vec![hash.clone()]),
            (
                "token issue --token-name Test --token-symbol TST --total-supply 1.5 --max-supply 20 --decimals 2 --is-mintable",
                vec![
                    Value::Text(b"Test".to_vec()),
                    Value::Text(b"TST".to_vec()),
                    Value::Text(Vec::new()),
                    number(150),
                    number(2000),
                    number(2),
                    Value::Bool(true),
                    Value::Bool(false),
                    Value::Bool(false),
                ],
            ),
            (
                "token mint --token ZNN --amount 2",
                vec![Value::TokenStandard(TokenStandard::ZNN), coins("2"), own.clone()],
            ),
            (
                &format!("accelerator vote-by-name --id {id} --name p --vote abstain"),
                vec![hash.clone(), Value::Text(b"p".to_vec()), number(2)],
            ),
            (
                &format!("htlc unlock --id {id} --preimage text:secret"),
                vec![hash.clone(), Value::Bytes(b"secret".to_vec())],
            ),
            ("pillar undelegate", vec![]),
        ] {
            assert_eq!(parse(line), Ok(Args(expected)), "{line}");
        }
    }

    #[test]
    fn wrong_arguments_name_the_flag_and_what_is_allowed() {
        for (line, message) in [
            ("stake stake --amount 5 --duration soon", "--duration: \"soon\" is not understood"),
            ("stake cancel --id 12", "--id is \"12\", which it can't be"),
            (
                "token mint --token ZNN --amount 1.000000001",
                "--amount: \"1.000000001\" has 9 decimals",
            ),
            ("token mint --token FOO --amount 1", "--token: \"FOO\" is no token"),
            ("pillar register --name a --producer-address z1x", "invalid bech32 string length 3"),
            (
                "bridge set-allow-key-gen --allow-key-gen maybe",
                "--allow-key-gen is \"maybe\", which it can't be",
            ),
            ("bridge halt --signature", "error: a value is required for '--signature <TEXT>'"),
        ] {
            let failure = parse(line).unwrap_err();
            assert!(failure.message.starts_with(message), "{line}: {}", failure.message);
        }
    }

    #[test]
    fn bytes_are_hex_base64_or_text() {
        assert_eq!(bytes("0xff00"), Some(vec![255, 0]));
        assert_eq!(bytes("ff00"), Some(vec![255, 0]));
        assert_eq!(bytes("base64:/wA="), Some(vec![255, 0]));
        assert_eq!(bytes("/wA="), Some(vec![255, 0]));
        assert_eq!(bytes("text:ff"), Some(b"ff".to_vec()));
        assert_eq!(bytes("0xf"), None);
        assert_eq!(bytes("?"), None);
    }
}
