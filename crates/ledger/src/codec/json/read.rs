//! Go's decoding rules: what fits into which type, and what the refusal says.
//!
//! Go goes on after a value of the wrong type and reports the first one at the end, but stops at once
//! where a type parses its own text (hashes, addresses, nonces): that error wins over those before it.

use crate::codec::base64;
use crate::types::{Address, Hash, TokenStandard};
use core::fmt;
use serde_json::{Map, Value};

/// Why a JSON value does not fit; shown as Go shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    reason: Reason,
    /// Where it stands, with list positions: `GenesisBlocks.Blocks[3].Address`.
    path: String,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The value has another type than the place.
    Mismatch {
        /// `string`, `bool`, `array`, `object`, `null`, `number` or `number -5`.
        found: String,
        /// Go's name of the type that the place has.
        wanted: &'static str,
        /// Go's name of the struct that has the field, and the names that lead to the field.
        field: Option<(&'static str, String)>,
    },
    /// The value's text does not parse as what the place holds.
    Text {
        /// The parser's message.
        text: String,
        /// Go's name of the type that the place has.
        wanted: &'static str,
    },
}

impl JsonError {
    /// What is wrong.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// Where the value stands in what was decoded; empty for the whole.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Mismatch { found, wanted, field: Some((holder, field)) } => write!(
                f,
                "json: cannot unmarshal {found} into Go struct field {holder}.{field} of type {wanted}"
            ),
            Reason::Mismatch { found, wanted, field: None } => {
                write!(f, "json: cannot unmarshal {found} into Go value of type {wanted}")
            }
            Reason::Text { text, .. } => f.write_str(text),
        }
    }
}

impl core::error::Error for JsonError {}

/// Something that can be read from JSON by Go's rules.
pub trait FromJson: Default {
    /// Reads `value` over what is there; `null` changes nothing unless a type says so.
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError>;
}

/// Reads a value.
pub fn decode<T: FromJson>(value: &Value) -> Result<T, JsonError> {
    let mut result = T::default();
    let mut place = Place::default();
    place.finish(|place| result.fill(value, place))?;
    Ok(result)
}

/// Reads a text. One that is no JSON at all gives the parser's own message: callers that know the
/// reference's text for that check before.
pub fn parse<T: FromJson>(text: &str) -> Result<T, JsonError> {
    let value: Value = serde_json::from_str(text).map_err(|error| JsonError {
        reason: Reason::Text { text: error.to_string(), wanted: "JSON" },
        path: String::new(),
    })?;
    decode(&value)
}

#[derive(Clone, Debug)]
enum Step {
    /// A field, as Go names it.
    Field(&'static str),
    /// A struct inside a struct whose fields count as the outer one's; Go's texts name it.
    Embedded(&'static str),
    /// A position in a list.
    Index(usize),
    /// A key of a map.
    Key(String),
}

/// Where the decoder is, and what it has found wrong so far.
#[derive(Debug, Default)]
pub struct Place {
    steps: Vec<Step>,
    /// Go's name of the innermost struct.
    holder: Option<&'static str>,
    first: Option<JsonError>,
}

impl Place {
    /// Runs a decoder to its end: an error that stopped it, else the first that did not.
    pub(super) fn finish(
        &mut self,
        run: impl FnOnce(&mut Place) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        run(self)?;
        self.settle()
    }

    /// Stops if something was wrong so far.
    pub(super) fn settle(&mut self) -> Result<(), JsonError> {
        match self.first.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Notes that `found` is no `wanted`, and goes on.
    pub fn mismatch(&mut self, found: impl Into<String>, wanted: &'static str) {
        if self.first.is_none() {
            let field = self.holder.map(|holder| (holder, self.fields()));
            let reason = Reason::Mismatch { found: found.into(), wanted, field };
            self.first = Some(JsonError { reason, path: self.path() });
        }
    }

    /// Notes an error with a text of its own, and goes on.
    pub fn note(&mut self, text: impl Into<String>, wanted: &'static str) {
        if self.first.is_none() {
            self.first = Some(self.stop(text, wanted));
        }
    }

    /// An error that ends decoding.
    pub fn stop(&self, text: impl Into<String>, wanted: &'static str) -> JsonError {
        JsonError { reason: Reason::Text { text: text.into(), wanted }, path: self.path() }
    }

    /// Reads a value whose type decodes itself in a decoder of its own: what it finds stops ours too.
    pub(super) fn nested(
        &mut self,
        run: impl FnOnce(&mut Place) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        let mut inner = Place::default();
        inner.finish(run).map_err(|mut error| {
            if let (Reason::Mismatch { field, .. }, Some(holder)) = (&mut error.reason, self.holder)
            {
                let mut fields = self.fields();
                if let Some((_, inner)) = field.take() {
                    fields = format!("{fields}.{inner}");
                }
                *field = Some((holder, fields));
            }
            let dot = if self.steps.is_empty() || error.path.is_empty() { "" } else { "." };
            error.path = format!("{}{dot}{}", self.path(), error.path);
            error
        })
    }

    /// Reads the field `name` of the struct `holder`.
    pub fn field(
        &mut self,
        holder: &'static str,
        name: &'static str,
        value: &Value,
        target: &mut impl FromJson,
    ) -> Result<(), JsonError> {
        self.within(holder, Step::Field(name), |place| target.fill(value, place))
    }

    /// Reads a field in a way of its own.
    pub fn field_by(
        &mut self,
        holder: &'static str,
        name: &'static str,
        read: impl FnOnce(&mut Place) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.within(holder, Step::Field(name), read)
    }

    /// Reads fields that belong to a struct inside the struct `holder`.
    pub fn embedded(
        &mut self,
        holder: &'static str,
        name: &'static str,
        read: impl FnOnce(&mut Place) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.within(holder, Step::Embedded(name), read)
    }

    fn within(
        &mut self,
        holder: &'static str,
        step: Step,
        read: impl FnOnce(&mut Place) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        let outer = self.holder.replace(holder);
        self.steps.push(step);
        let result = read(self);
        self.steps.pop();
        self.holder = outer;
        result
    }

    /// Reads a list by elements. One that is `null` is refused: the reference takes it for a missing
    /// thing and fails on it later.
    pub fn list<T: FromJson>(
        &mut self,
        target: &mut Vec<T>,
        value: &Value,
        wanted: &'static str,
    ) -> Result<(), JsonError> {
        match value {
            Value::Null => target.clear(),
            Value::Array(elements) => {
                target.clear();
                for (index, element) in elements.iter().enumerate() {
                    let mut item = T::default();
                    self.steps.push(Step::Index(index));
                    let result = match element {
                        Value::Null => Err(self.stop("null", wanted)),
                        element => item.fill(element, self),
                    };
                    self.steps.pop();
                    result?;
                    target.push(item);
                }
            }
            other => self.mismatch(found(other), wanted),
        }
        Ok(())
    }

    /// Runs `read` at the entry `key` of a map.
    pub(crate) fn entry(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Place) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.steps.push(Step::Key(key.to_owned()));
        let result = read(self);
        self.steps.pop();
        result
    }

    /// Reads base64, or a list of numbers, into bytes.
    pub fn bytes(
        &mut self,
        target: &mut Vec<u8>,
        value: &Value,
        wanted: &'static str,
    ) -> Result<(), JsonError> {
        match value {
            Value::String(text) => match base64::decode_or_offset(text.as_bytes()) {
                Ok(bytes) => *target = bytes,
                Err(offset) => {
                    self.note(format!("illegal base64 data at input byte {offset}"), wanted);
                }
            },
            Value::Array(elements) => {
                target.clear();
                for element in elements {
                    let mut byte = 0u8;
                    byte.fill(element, self)?;
                    target.push(byte);
                }
            }
            Value::Null => target.clear(),
            other => self.mismatch(found(other), wanted),
        }
        Ok(())
    }

    /// Go's way of naming the field: no positions.
    fn fields(&self) -> String {
        let mut names = String::new();
        for step in &self.steps {
            if let Step::Field(name) | Step::Embedded(name) = step {
                if !names.is_empty() {
                    names.push('.');
                }
                names.push_str(name);
            }
        }
        names
    }

    /// Our way of naming the place: with positions, without Go's embedded structs.
    fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.steps {
            match step {
                Step::Embedded(_) => {}
                Step::Index(index) => path.push_str(&format!("[{index}]")),
                Step::Field(name) => push_name(&mut path, name),
                Step::Key(name) => push_name(&mut path, name),
            }
        }
        path
    }
}

fn push_name(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

/// Go's word for a value's type where the value itself does not matter.
pub(super) fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The field that a key names: exactly, else whatever the case.
pub fn field_named(names: &[&'static str], key: &str) -> Option<&'static str> {
    names
        .iter()
        .find(|name| **name == key)
        .or_else(|| names.iter().find(|name| same_folded(name, key)))
        .copied()
}

/// Unicode's simple case folding, as far as it reaches the ASCII letters of our field names.
fn same_folded(name: &str, key: &str) -> bool {
    let fold = |c: char| match c {
        '\u{17f}' => 'S',
        '\u{212a}' => 'K',
        _ => c.to_ascii_uppercase(),
    };
    name.chars().map(fold).eq(key.chars().map(fold))
}

/// Calls `read` with each known field of an object, in the order of the text.
pub fn each_field(
    value: &Value,
    place: &mut Place,
    wanted: &'static str,
    names: &[&'static str],
    mut read: impl FnMut(&'static str, &Value, &mut Place) -> Result<(), JsonError>,
) -> Result<(), JsonError> {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (key, value) in fields {
                if let Some(name) = field_named(names, key) {
                    read(name, value, place)?;
                }
            }
        }
        other => place.mismatch(found(other), wanted),
    }
    Ok(())
}

/// Reads an object into a struct: the struct's name in Go's texts, the type's, then its fields.
macro_rules! fill_struct {
    ($value:expr, $place:expr, $holder:literal, $wanted:literal, { $($name:literal => $target:expr),* $(,)? }) => {
        $crate::codec::json::each_field(
            $value,
            $place,
            $wanted,
            &[$($name),*],
            |name, value, place| match name {
                $($name => place.field($holder, $name, value, &mut $target),)*
                _ => Ok(()),
            },
        )
    };
}
pub(crate) use fill_struct;

macro_rules! integers {
    ($($type:ident = $go:literal),*) => {$(
        impl FromJson for $type {
            fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
                match value {
                    Value::Null => {}
                    Value::Number(number) => match number.as_str().parse() {
                        Ok(parsed) => *self = parsed,
                        Err(_) => place.mismatch(format!("number {number}"), $go),
                    },
                    other => place.mismatch(found(other), $go),
                }
                Ok(())
            }
        }
    )*};
}

integers!(u8 = "uint8", u16 = "uint16", u32 = "uint32", u64 = "uint64", i64 = "int64");

impl FromJson for bool {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        match value {
            Value::Null => {}
            Value::Bool(truth) => *self = *truth,
            other => place.mismatch(found(other), "bool"),
        }
        Ok(())
    }
}

impl FromJson for String {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        match value {
            Value::Null => {}
            Value::String(text) => self.clone_from(text),
            other => place.mismatch(found(other), "string"),
        }
        Ok(())
    }
}

macro_rules! texts {
    ($($type:ident = $go:literal),*) => {$(
        impl FromJson for $type {
            fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
                match value {
                    Value::Null => {}
                    Value::String(text) => {
                        *self = text.parse().map_err(|error| place.stop(format!("{error}"), $go))?;
                    }
                    // Go names what it was given to fill: a pointer, if that is the whole.
                    other if place.holder.is_none() => {
                        place.mismatch(found(other), concat!("*", $go));
                    }
                    other => place.mismatch(found(other), $go),
                }
                Ok(())
            }
        }
    )*};
}

texts!(Hash = "types.Hash", Address = "types.Address", TokenStandard = "types.ZenonTokenStandard");

/// The entries of a map, or nothing if `value` is none.
pub(crate) fn entries<'v>(
    value: &'v Value,
    place: &mut Place,
    wanted: &'static str,
) -> Option<&'v Map<String, Value>> {
    match value {
        Value::Object(entries) => Some(entries),
        Value::Null => None,
        other => {
            place.mismatch(found(other), wanted);
            None
        }
    }
}
