//! The contracts' call encoding: Ethereum's head and tail layout with 32-byte words, SHA3-256 selectors.
//!
//! Reading is as lenient as the reference: integers keep their low bits, addresses and tokens their last
//! bytes, and bytes that no argument covers are ignored. Strings are bytes: nobody asks for UTF-8.
//! Sources: go-zenon `vm/abi/*.go`.

use crate::types::{Address, Amount, Hash, TokenStandard, sha3_256};

/// Bytes in a word.
const WORD: usize = 32;
/// Bytes in a selector.
pub const SELECTOR_LEN: usize = 4;

/// The type of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Unsigned integer of 8, 16, 32, 64 or 256 bits.
    Uint(u16),
    /// Signed integer of 8, 16, 32 or 64 bits.
    Int(u16),
    /// `bool`
    Bool,
    /// `address`
    Address,
    /// `tokenStandard`
    TokenStandard,
    /// `hash`
    Hash,
    /// `string`
    Text,
    /// `bytes`
    Bytes,
    /// A list.
    List(&'static Kind),
}

impl Kind {
    /// Whether the head holds an offset to where the value stands.
    fn is_dynamic(self) -> bool {
        matches!(self, Kind::Text | Kind::Bytes | Kind::List(_))
    }

    /// The name in signatures.
    pub fn name(self) -> String {
        match self {
            Kind::Uint(bits) => format!("uint{bits}"),
            Kind::Int(bits) => format!("int{bits}"),
            Kind::Bool => "bool".to_owned(),
            Kind::Address => "address".to_owned(),
            Kind::TokenStandard => "tokenStandard".to_owned(),
            Kind::Hash => "hash".to_owned(),
            Kind::Text => "string".to_owned(),
            Kind::Bytes => "bytes".to_owned(),
            Kind::List(element) => format!("{}[]", element.name()),
        }
    }
}

/// A decoded argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Unsigned integer, already cut to its bits.
    Uint(Amount),
    /// Signed integer.
    Int(i64),
    /// `bool`
    Bool(bool),
    /// `address`
    Address(Address),
    /// `tokenStandard`
    TokenStandard(TokenStandard),
    /// `hash`
    Hash(Hash),
    /// `string`, any bytes
    Text(Vec<u8>),
    /// `bytes`
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Value>),
}

/// The bytes do not decode as the types ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbiError;

/// A named argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name in the reference's ABI.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
}

/// Shorthand for the tables of methods.
pub const fn param(name: &'static str, kind: Kind) -> Param {
    Param { name, kind }
}

/// The first four bytes of SHA3-256 of `Name(type,type,…)`.
pub fn selector(name: &str, params: &[Param]) -> [u8; SELECTOR_LEN] {
    let digest = sha3_256(signature(name, params).as_bytes());
    [digest[0], digest[1], digest[2], digest[3]]
}

/// `Name(type,type,…)` as the selector hashes it.
pub fn signature(name: &str, params: &[Param]) -> String {
    let kinds: Vec<String> = params.iter().map(|param| param.kind.name()).collect();
    format!("{name}({})", kinds.join(","))
}

/// Selector and arguments of a call.
pub fn encode_call(name: &str, params: &[Param], args: &[Value]) -> Vec<u8> {
    debug_assert_eq!(params.len(), args.len(), "the table gives the number of arguments");
    let mut data = selector(name, params).to_vec();
    data.extend(encode_tuple(args));
    data
}

/// The arguments in a call's data (selector included). A call without arguments is exactly its
/// selector; one with arguments is longer.
pub fn decode_call(params: &[Param], data: &[u8]) -> Result<Vec<Value>, AbiError> {
    let body = data.get(SELECTOR_LEN..).ok_or(AbiError)?;
    if params.is_empty() != body.is_empty() {
        return Err(AbiError);
    }
    params.iter().enumerate().map(|(index, param)| decode(param.kind, body, index * WORD)).collect()
}

/// A stored tuple: arguments without a selector.
pub fn encode_tuple(values: &[Value]) -> Vec<u8> {
    let mut head = Vec::with_capacity(values.len() * WORD);
    let mut tail = Vec::new();
    for value in values {
        match dynamic(value) {
            Some(body) => {
                head.extend(length_word(values.len() * WORD + tail.len()));
                tail.extend(body);
            }
            None => head.extend(static_word(value)),
        }
    }
    head.extend(tail);
    head
}

/// Reads a stored tuple of these types.
pub fn decode_tuple(kinds: &[Kind], data: &[u8]) -> Result<Vec<Value>, AbiError> {
    kinds.iter().enumerate().map(|(index, kind)| decode(*kind, data, index * WORD)).collect()
}

/// The tail of a value that has one.
fn dynamic(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Text(bytes) | Value::Bytes(bytes) => {
            let mut out = length_word(bytes.len()).to_vec();
            out.extend_from_slice(bytes);
            out.resize(WORD + bytes.len().div_ceil(WORD) * WORD, 0);
            Some(out)
        }
        Value::List(elements) => {
            let mut out = length_word(elements.len()).to_vec();
            // Elements with tails are reached by offsets from behind the count: a tuple of them.
            out.extend(encode_tuple(elements));
            Some(out)
        }
        _ => None,
    }
}

fn static_word(value: &Value) -> [u8; WORD] {
    let mut word = [0; WORD];
    match value {
        Value::Uint(number) => word = number.to_be_bytes(),
        Value::Int(number) => {
            word = [if *number < 0 { 0xff } else { 0 }; WORD];
            word[24..].copy_from_slice(&number.to_be_bytes());
        }
        Value::Bool(truth) => word[31] = u8::from(*truth),
        Value::Address(address) => word[12..].copy_from_slice(&address.0),
        Value::TokenStandard(token) => word[22..].copy_from_slice(&token.0),
        Value::Hash(hash) => word = hash.0,
        Value::Text(_) | Value::Bytes(_) | Value::List(_) => {
            unreachable!("values with tails are written by `dynamic`")
        }
    }
    word
}

fn length_word(length: usize) -> [u8; WORD] {
    Amount::from(length).to_be_bytes()
}

/// Reads the value whose head stands at `index` of `data`.
fn decode(kind: Kind, data: &[u8], index: usize) -> Result<Value, AbiError> {
    let word = word_at(data, index)?;
    if kind.is_dynamic() {
        let (start, length) = tail(data, word)?;
        return match kind {
            Kind::List(element) => decode_list(*element, &data[start..], length),
            Kind::Text => Ok(Value::Text(data[start..start + length].to_vec())),
            _ => Ok(Value::Bytes(data[start..start + length].to_vec())),
        };
    }
    Ok(match kind {
        Kind::Uint(bits) => Value::Uint(match bits {
            8 | 16 | 32 | 64 => Amount::from_be_slice(&word[WORD - usize::from(bits / 8)..]),
            _ => Amount::from_be_bytes(*word),
        }),
        Kind::Int(bits) => {
            let unsigned = u64::from_be_bytes(word[24..].try_into().expect("8 of 32 bytes"));
            let unused = 64 - u32::from(bits.min(64));
            Value::Int((unsigned << unused).cast_signed() >> unused)
        }
        Kind::Bool => match (word[..31].iter().all(|byte| *byte == 0), word[31]) {
            (true, 0) => Value::Bool(false),
            (true, 1) => Value::Bool(true),
            _ => return Err(AbiError),
        },
        Kind::Address => Value::Address(Address(word[12..].try_into().expect("20 of 32 bytes"))),
        Kind::TokenStandard => {
            Value::TokenStandard(TokenStandard(word[22..].try_into().expect("10 of 32 bytes")))
        }
        Kind::Hash => Value::Hash(Hash(*word)),
        Kind::Text | Kind::Bytes | Kind::List(_) => return Err(AbiError),
    })
}

/// Reads `count` elements; `data` begins behind the count.
fn decode_list(element: Kind, data: &[u8], count: usize) -> Result<Value, AbiError> {
    if count.checked_mul(WORD).is_none_or(|size| size > data.len()) {
        return Err(AbiError);
    }
    (0..count)
        .map(|index| decode(element, data, index * WORD))
        .collect::<Result<Vec<_>, _>>()
        .map(Value::List)
}

fn word_at(data: &[u8], index: usize) -> Result<&[u8; WORD], AbiError> {
    data.get(index..).and_then(|rest| rest.first_chunk()).ok_or(AbiError)
}

/// Where the tail that `offset` points to begins behind its length, and that length.
fn tail(data: &[u8], offset: &[u8; WORD]) -> Result<(usize, usize), AbiError> {
    let offset = small(offset)?;
    let length = small(word_at(data, offset)?)?;
    let start = offset + WORD;
    match length <= data.len() - start {
        true => Ok((start, length)),
        false => Err(AbiError),
    }
}

/// A word as an index; what does not fit can't be inside the data.
fn small(word: &[u8; WORD]) -> Result<usize, AbiError> {
    usize::try_from(Amount::from_be_bytes(*word))
        .ok()
        .filter(|value| *value < usize::MAX / 2)
        .ok_or(AbiError)
}
