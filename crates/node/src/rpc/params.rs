//! Arguments: read by position, each as its method's table says, with the reference's complaints.
//!
//! Source: go-zenon `rpc/server/json.go`.

use super::json::{COPIED_VALUES_MAX, Raw, Sort};
use ledger::block::BlockType;
use ledger::codec::json::{
    self, FromJson, JsonError, Place, Published, decode_published, each_field,
};
use ledger::types::{Address, Hash, TokenStandard};
use serde_json::Value;
use std::str::FromStr;

/// A parameter of a method.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name in the documentation; arguments go by position.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// What it means.
    pub doc: &'static str,
}

/// A parameter's row in a method's table.
pub const fn param(name: &'static str, kind: Kind, doc: &'static str) -> Param {
    Param { name, kind, doc }
}

/// Types of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An account.
    Address,
    /// A block, a momentum, or something named by one.
    Hash,
    /// A token's id.
    Token,
    /// A number of 32 bits.
    U32,
    /// A number of 64 bits.
    U64,
    /// A signed number of 64 bits.
    I64,
    /// A truth value.
    Bool,
    /// A text.
    Text,
    /// A list of hashes.
    Hashes,
    /// A signed account block; may be missing, which the method itself refuses.
    Block,
    /// What a block that is to be made looks like.
    PlasmaQuery,
    /// A subscription's id.
    SubscriptionId,
}

/// An argument.
#[derive(Clone, Debug)]
pub enum Arg {
    /// [`Kind::Address`]
    Address(Address),
    /// [`Kind::Hash`]
    Hash(Hash),
    /// [`Kind::Token`]
    Token(TokenStandard),
    /// [`Kind::U32`], [`Kind::U64`]
    Number(u64),
    /// [`Kind::I64`]
    Signed(i64),
    /// [`Kind::Bool`]
    Bool(bool),
    /// [`Kind::Text`], [`Kind::SubscriptionId`]
    Text(String),
    /// [`Kind::Hashes`]
    Hashes(Vec<Hash>),
    /// [`Kind::Block`]
    Block(Option<Box<Published>>),
    /// [`Kind::PlasmaQuery`]
    PlasmaQuery(Box<PlasmaQuery>),
}

/// A call's arguments, one for each parameter of its method.
#[derive(Clone, Debug, Default)]
pub struct Args(Vec<Arg>);

macro_rules! reads {
    ($($(#[$doc:meta])* $name:ident: $variant:ident -> $type:ty;)*) => {
        $($(#[$doc])* pub fn $name(&self, index: usize) -> $type {
            match &self.0[index] {
                Arg::$variant(value) => value.clone(),
                other => unreachable!("argument {index} is {other:?}, not what the table says"),
            }
        })*
    };
}

impl Args {
    reads! {
        /// An account.
        address: Address -> Address;
        /// A hash.
        hash: Hash -> Hash;
        /// A token's id.
        token: Token -> TokenStandard;
        /// A number.
        number: Number -> u64;
        /// A signed number.
        signed: Signed -> i64;
        /// A truth value.
        bool: Bool -> bool;
        /// A text.
        text: Text -> String;
        /// A list of hashes.
        hashes: Hashes -> Vec<Hash>;
        /// A block.
        block: Block -> Option<Box<Published>>;
        /// A block that is to be made.
        plasma_query: PlasmaQuery -> Box<PlasmaQuery>;
    }

    /// A number of at most 32 bits.
    pub fn number32(&self, index: usize) -> u32 {
        u32::try_from(self.number(index)).expect("the table says 32 bits")
    }

    /// Reads the arguments `given` as `params` says.
    ///
    /// # Errors
    /// The text of the answer, whose code is "invalid params".
    pub fn read(given: Option<Raw<'_>>, params: &[Param]) -> Result<Args, String> {
        let mut args = Vec::with_capacity(params.len());
        match given.map(Raw::sort) {
            None | Some(Sort::Null) => {}
            Some(Sort::Array) => {
                let elements = given.into_iter().flat_map(Raw::elements);
                for (index, element) in elements.enumerate() {
                    let Some(param) = params.get(index) else {
                        return Err(format!("too many arguments, want at most {}", params.len()));
                    };
                    let arg = read(element, param.kind)
                        .map_err(|error| format!("invalid argument {index}: {error}"))?;
                    args.push(arg);
                }
            }
            Some(_) => return Err("non-array args".to_owned()),
        }
        for (index, param) in params.iter().enumerate().skip(args.len()) {
            match param.kind {
                Kind::Block => args.push(Arg::Block(None)),
                _ => return Err(format!("missing value for required argument {index}")),
            }
        }
        Ok(Args(args))
    }
}

fn read(raw: Raw<'_>, kind: Kind) -> Result<Arg, String> {
    match kind {
        Kind::Hashes => return hashes(raw).map(Arg::Hashes),
        Kind::U32 => return number::<u32>(raw, "uint32").map(|number| Arg::Number(number.into())),
        Kind::U64 => return number(raw, "uint64").map(Arg::Number),
        Kind::I64 => return number(raw, "int64").map(Arg::Signed),
        _ => {}
    }
    if kind == Kind::SubscriptionId && !matches!(raw.sort(), Sort::Text | Sort::Null) {
        return Err(mismatch(raw, "server.ID"));
    }
    let value = raw.to_value().ok_or_else(|| format!("more than {COPIED_VALUES_MAX} values"))?;
    decode(&value, kind).map_err(|error| error.to_string())
}

fn decode(value: &Value, kind: Kind) -> Result<Arg, JsonError> {
    Ok(match kind {
        Kind::Address => Arg::Address(json::decode(value)?),
        Kind::Hash => Arg::Hash(json::decode(value)?),
        Kind::Token => Arg::Token(json::decode(value)?),
        Kind::Bool => Arg::Bool(json::decode(value)?),
        Kind::Text | Kind::SubscriptionId => Arg::Text(json::decode(value)?),
        Kind::Hashes | Kind::U32 | Kind::U64 | Kind::I64 => {
            unreachable!("numbers and lists of hashes are read from the text")
        }
        Kind::Block if value.is_null() => Arg::Block(None),
        Kind::Block => Arg::Block(Some(Box::new(decode_published(value)?))),
        Kind::PlasmaQuery => Arg::PlasmaQuery(Box::new(json::decode(value)?)),
    })
}

fn mismatch(raw: Raw<'_>, asked: &str) -> String {
    format!("json: cannot unmarshal {} into Go value of type {asked}", raw.sort().word())
}

/// A number, which complaints quote as it was written; `null` is 0.
fn number<N: Default + FromStr>(raw: Raw<'_>, asked: &str) -> Result<N, String> {
    match raw.sort() {
        Sort::Null => Ok(N::default()),
        Sort::Number => {
            let digits = String::from_utf8_lossy(raw.text());
            digits.parse().map_err(|_| {
                format!("json: cannot unmarshal number {digits} into Go value of type {asked}")
            })
        }
        _ => Err(mismatch(raw, asked)),
    }
}

/// A list of hashes, of any length; `null` is the empty list, and zero within it.
fn hashes(raw: Raw<'_>) -> Result<Vec<Hash>, String> {
    match raw.sort() {
        Sort::Null => return Ok(Vec::new()),
        Sort::Array => {}
        _ => return Err(mismatch(raw, "[]types.Hash")),
    }
    let mut list = Vec::new();
    let mut noted = None;
    for element in raw.elements() {
        match element.sort() {
            Sort::Null => list.push(Hash::ZERO),
            Sort::Text => list.push(element.string().parse().map_err(|error| format!("{error}"))?),
            _ => {
                noted.get_or_insert_with(|| mismatch(element, "types.Hash"));
            }
        }
    }
    noted.map_or(Ok(list), Err)
}

/// What a block that is to be made looks like.
#[derive(Clone, Debug, Default)]
pub struct PlasmaQuery {
    /// Whose block.
    pub address: Address,
    /// What it does.
    pub block_type: BlockType,
    /// Receiver of a send.
    pub to_address: Option<Address>,
    /// Its data.
    pub data: Vec<u8>,
}

impl FromJson for PlasmaQuery {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        const HOLDER: &str = "GetRequiredParam";
        each_field(
            value,
            place,
            "embedded.GetRequiredParam",
            &["address", "blockType", "toAddress", "data"],
            |name, value, place| match name {
                "address" => place.field(HOLDER, name, value, &mut self.address),
                "blockType" => place.field(HOLDER, name, value, &mut self.block_type),
                "toAddress" => place.field_by(HOLDER, name, |place| {
                    let mut address = Receiver(self.to_address);
                    address.fill(value, place)?;
                    self.to_address = address.0;
                    Ok(())
                }),
                _ => place
                    .field_by(HOLDER, name, |place| place.bytes(&mut self.data, value, "[]uint8")),
            },
        )
    }
}

/// An address that may be missing.
#[derive(Default)]
struct Receiver(Option<Address>);

impl FromJson for Receiver {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        const POINTER: &str = "*types.Address";
        match value {
            Value::Null => self.0 = None,
            Value::String(text) => {
                let address =
                    text.parse().map_err(|error| place.stop(format!("{error}"), POINTER))?;
                self.0 = Some(address);
            }
            Value::Bool(_) => place.mismatch("bool", POINTER),
            Value::Number(_) => place.mismatch("number", POINTER),
            Value::Array(_) => place.mismatch("array", POINTER),
            Value::Object(_) => place.mismatch("object", POINTER),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::json::first_value;

    fn read_all(text: &str, kinds: &[Kind]) -> Result<Args, String> {
        let raw = Raw::of_checked(first_value(text.as_bytes()).expect("the test's text is JSON"));
        let params: Vec<Param> = kinds.iter().map(|kind| param("", *kind, "")).collect();
        Args::read(Some(raw), &params)
    }

    fn refused(text: &str, kinds: &[Kind]) -> String {
        read_all(text, kinds).map(|_| ()).expect_err("the test's arguments are refused")
    }

    #[test]
    fn numbers_and_kinds_of_arguments_are_checked() {
        let two = [Kind::U32, Kind::Text];
        assert_eq!(refused("{}", &two), "non-array args");
        assert_eq!(refused("7", &two), "non-array args");
        assert_eq!(refused("null", &two), "missing value for required argument 0");
        assert_eq!(refused("[1]", &two), "missing value for required argument 1");
        assert_eq!(refused("[1,\"\",2]", &two), "too many arguments, want at most 2");
        for (text, found) in [
            ("4294967296", "number 4294967296"),
            ("-1", "number -1"),
            ("1.0", "number 1.0"),
            ("1e3", "number 1e3"),
            ("\"1\"", "string"),
            ("true", "bool"),
            ("[1]", "array"),
            ("{}", "object"),
        ] {
            assert_eq!(
                refused(&format!("[{text}]"), &[Kind::U32]),
                format!(
                    "invalid argument 0: json: cannot unmarshal {found} into Go value of type uint32"
                )
            );
        }
        let args = read_all("[null,null]", &two).expect("null is zero");
        assert_eq!((args.number(0), args.text(1)), (0, String::new()));
        let args = Args::read(None, &[param("", Kind::Block, "")]).expect("a block may be missing");
        assert!(args.block(0).is_none());
    }

    #[test]
    fn texts_are_refused_by_their_types() {
        for (text, kind, message) in [
            ("\"12\"", Kind::Hash, "error hex hash size 2"),
            ("7", Kind::Hash, "json: cannot unmarshal number into Go value of type *types.Hash"),
            ("\"z1qq\"", Kind::Address, "invalid bech32 string length 4"),
            ("[]", Kind::Hashes, ""),
            ("[\"12\"]", Kind::Hashes, "error hex hash size 2"),
            ("[7]", Kind::Hashes, "json: cannot unmarshal number into Go value of type types.Hash"),
            ("7", Kind::Hashes, "json: cannot unmarshal number into Go value of type []types.Hash"),
            (
                "7",
                Kind::SubscriptionId,
                "json: cannot unmarshal number into Go value of type server.ID",
            ),
            (
                "{\"toAddress\":7}",
                Kind::PlasmaQuery,
                "json: cannot unmarshal number into Go struct field GetRequiredParam.toAddress of \
                 type *types.Address",
            ),
            ("{\"data\":\"a\"}", Kind::PlasmaQuery, "illegal base64 data at input byte 0"),
            (
                "[]",
                Kind::PlasmaQuery,
                "json: cannot unmarshal array into Go value of type embedded.GetRequiredParam",
            ),
            (
                "{\"height\":\"7\"}",
                Kind::Block,
                "json: cannot unmarshal string into Go struct field \
                 AccountBlockMarshal.AccountBlockMarshal.height of type uint64",
            ),
        ] {
            let outcome = read_all(&format!("[{text}]"), &[kind]).map(|_| ());
            let expected = match message {
                "" => Ok(()),
                message => Err(format!("invalid argument 0: {message}")),
            };
            assert_eq!(outcome, expected, "{text}");
        }
    }
}
