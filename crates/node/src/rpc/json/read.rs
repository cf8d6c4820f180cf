//! Walks over a JSON value that [`super::first_value`] has checked, without copying it.
//!
//! Strings come out as the reference's decoder gives them: what is no UTF-8, and half of a surrogate
//! pair, becomes U+FFFD.

use super::scan::is_space;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Deepest nesting that is copied; what is deeper has no place in any argument.
const COPIED_DEPTH_MAX: usize = 32;
/// Most values that are copied out of one argument.
pub const COPIED_VALUES_MAX: usize = 20_000;

/// A checked JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a>(&'a [u8]);

/// What sort of value it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// `null`
    Null,
    /// `true`, `false`
    Bool,
    /// Any number.
    Number,
    /// A string.
    Text,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Sort {
    /// The word that the reference has for it in "cannot unmarshal …".
    pub fn word(self) -> &'static str {
        match self {
            Sort::Null => "null",
            Sort::Bool => "bool",
            Sort::Number => "number",
            Sort::Text => "string",
            Sort::Array => "array",
            Sort::Object => "object",
        }
    }
}

impl<'a> Raw<'a> {
    /// Wraps what [`super::first_value`] gave.
    pub fn of_checked(value: &'a [u8]) -> Raw<'a> {
        Raw(value)
    }

    /// The value as it was written.
    pub fn text(self) -> &'a [u8] {
        self.0
    }

    /// What sort of value it is.
    pub fn sort(self) -> Sort {
        match self.0.first() {
            Some(b'n') | None => Sort::Null,
            Some(b't' | b'f') => Sort::Bool,
            Some(b'"') => Sort::Text,
            Some(b'[') => Sort::Array,
            Some(b'{') => Sort::Object,
            Some(_) => Sort::Number,
        }
    }

    /// The text of a string; other values give their own text.
    pub fn string(self) -> Cow<'a, str> {
        match self.0 {
            [b'"', inner @ .., b'"'] => unquote(inner),
            other => String::from_utf8_lossy(other),
        }
    }

    /// The elements of an array; nothing for other values.
    pub fn elements(self) -> Elements<'a> {
        match self.0 {
            [b'[', rest @ ..] => Elements(rest),
            _ => Elements(&[]),
        }
    }

    /// The fields of an object, in the order written; nothing for other values.
    pub fn fields(self) -> Fields<'a> {
        match self.0 {
            [b'{', rest @ ..] => Fields(rest),
            _ => Fields(&[]),
        }
    }
}

impl Raw<'_> {
    /// A copy that typed values are read from; `None` if it holds more than [`COPIED_VALUES_MAX`]
    /// values. What is nested too deep is `null` in it.
    pub fn to_value(self) -> Option<Value> {
        self.copy(COPIED_DEPTH_MAX, &mut COPIED_VALUES_MAX.clone())
    }

    fn copy(self, depth: usize, left: &mut usize) -> Option<Value> {
        *left = left.checked_sub(1)?;
        Some(match self.sort() {
            Sort::Null => Value::Null,
            Sort::Bool => Value::Bool(self.0 == b"true"),
            Sort::Text => Value::String(self.string().into_owned()),
            Sort::Number => {
                let number = str::from_utf8(self.0).ok().and_then(|digits| digits.parse().ok());
                number.map_or(Value::Null, Value::Number)
            }
            Sort::Array | Sort::Object if depth == 0 => Value::Null,
            Sort::Array => {
                let copies = self.elements().map(|element| element.copy(depth - 1, left));
                Value::Array(copies.collect::<Option<_>>()?)
            }
            Sort::Object => {
                let mut copies = Map::new();
                for (key, value) in self.fields() {
                    copies.insert(key.into_owned(), value.copy(depth - 1, left)?);
                }
                Value::Object(copies)
            }
        })
    }
}

/// The elements of an array.
pub struct Elements<'a>(&'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = Raw<'a>;

    fn next(&mut self) -> Option<Raw<'a>> {
        take(&mut self.0).map(Raw)
    }
}

/// The fields of an object.
pub struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = (Cow<'a, str>, Raw<'a>);

    fn next(&mut self) -> Option<(Cow<'a, str>, Raw<'a>)> {
        let key = Raw(take(&mut self.0)?).string();
        let value = take(&mut self.0)?;
        Some((key, Raw(value)))
    }
}

/// Takes the next value off the inside of a container, with the separators before it.
fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let start = rest.iter().position(|byte| !is_space(*byte) && !matches!(byte, b',' | b':'))?;
    let from = &rest[start..];
    let length = match from[0] {
        b']' | b'}' => return None,
        b'"' => string_length(from),
        b'[' | b'{' => container_length(from),
        _ => from
            .iter()
            .position(|byte| is_space(*byte) || matches!(byte, b',' | b']' | b'}'))
            .unwrap_or(from.len()),
    };
    let (value, behind) = from.split_at(length);
    *rest = behind;
    Some(value)
}

/// Bytes of the string at the beginning of `text`, quotes included.
fn string_length(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// Bytes of the container at the beginning of `text`.
fn container_length(text: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0usize);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                at += string_length(&text[at..]);
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// Undoes the escapes of a string's inside.
fn unquote(inner: &[u8]) -> Cow<'_, str> {
    if !inner.contains(&b'\\')
        && let Ok(text) = str::from_utf8(inner)
    {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(escape) = rest.iter().position(|byte| *byte == b'\\') {
        push_lossy(&mut out, &rest[..escape]);
        rest = &rest[escape + 1..];
        let Some((letter, behind)) = rest.split_first() else { break };
        rest = behind;
        match letter {
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{c}'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'u' => out.push(unescape(&mut rest)),
            other => out.push(char::from(*other)),
        }
    }
    push_lossy(&mut out, rest);
    Cow::Owned(out)
}

/// The character of a `\u` escape whose digits begin at `rest`.
fn unescape(rest: &mut &[u8]) -> char {
    let unit = hex_unit(rest);
    *rest = rest.get(4..).unwrap_or_default();
    if let Some(character) = unit.and_then(char::from_u32) {
        return character;
    }
    // Half of a pair: the other half must follow at once.
    let low = match rest {
        [b'\\', b'u', digits @ ..] => hex_unit(digits),
        _ => None,
    };
    match (unit, low) {
        (Some(high @ 0xd800..0xdc00), Some(low @ 0xdc00..0xe000)) => {
            *rest = &rest[6..];
            let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        _ => char::REPLACEMENT_CHARACTER,
    }
}

fn hex_unit(digits: &[u8]) -> Option<u32> {
    let digits = str::from_utf8(digits.get(..4)?).ok()?;
    u32::from_str_radix(digits, 16).ok()
}

/// Appends bytes; each one that is no UTF-8 becomes one U+FFFD.
pub(super) fn push_lossy(out: &mut String, mut bytes: &[u8]) {
    while let Err(error) = str::from_utf8(bytes) {
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        out.push_str(str::from_utf8(valid).expect("checked up to here"));
        out.push(char::REPLACEMENT_CHARACTER);
        bytes = &rest[1..];
    }
    out.push_str(str::from_utf8(bytes).expect("the loop ends when all is valid"));
}

#[cfg(test)]
mod tests {
    use super::super::first_value;
    use super::*;

    fn raw(text: &[u8]) -> Raw<'_> {
        Raw::of_checked(first_value(text).expect("the test's text is JSON"))
    }

    #[test]
    fn walks_containers() {
        let value = raw(br#" { "a" : [ 1 , "x,]" , {"b":[]} , null ] ,"c":true, "a":2 } "#);
        let fields: Vec<_> = value.fields().collect();
        let keys: Vec<&str> = fields.iter().map(|(key, _)| key.as_ref()).collect();
        assert_eq!(keys, ["a", "c", "a"]);
        let elements: Vec<&[u8]> = fields[0].1.elements().map(Raw::text).collect();
        assert_eq!(elements, [&b"1"[..], b"\"x,]\"", b"{\"b\":[]}", b"null"]);
        assert_eq!(fields[1].1.sort(), Sort::Bool);
        assert_eq!(fields[2].1.text(), b"2");
        assert_eq!(raw(b"[]").elements().count(), 0);
        assert_eq!(raw(b"{ }").fields().count(), 0);
        assert_eq!(raw(b"5").elements().count(), 0);
    }

    #[test]
    fn copies_are_bounded() {
        let text = br#"{"a":[1.50,"x\ud83d",null,true],"a":{}}"#;
        let copy = raw(text).to_value().expect("five values");
        assert_eq!(copy.to_string(), r#"{"a":{}}"#);
        let number = raw(b"100000000000000000000.50").to_value().expect("one value");
        assert_eq!(number.to_string(), "100000000000000000000.50");
        let wide = format!("[{}0]", "0,".repeat(COPIED_VALUES_MAX));
        assert_eq!(raw(wide.as_bytes()).to_value(), None);
        let deep = ["[".repeat(5_000), "]".repeat(5_000)].concat();
        let mut copy = &raw(deep.as_bytes()).to_value().expect("few values remain");
        let mut depth = 0;
        while let Some(inner) = copy.get(0) {
            (copy, depth) = (inner, depth + 1);
        }
        assert_eq!((copy, depth), (&Value::Null, COPIED_DEPTH_MAX));
    }

    #[test]
    fn strings_come_out_as_the_reference_reads_them() {
        for (text, expected) in [
            (&br#""plain""#[..], "plain"),
            (br#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (br#""\u00e9\u20AC""#, "\u{e9}\u{20ac}"),
            (br#""\ud83d\ude00!""#, "\u{1f600}!"),
            (br#""\ud83d!""#, "\u{fffd}!"),
            (br#""\ud83d\u0041""#, "\u{fffd}A"),
            (br#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (b"\"a\xff\xfeb\"", "a\u{fffd}\u{fffd}b"),
            (b"\"\xe2\x82\"", "\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(raw(text).string(), expected);
        }
    }
}
