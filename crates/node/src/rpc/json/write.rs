//! Writes typed values straight into the answer's buffer, escaped as the reference escapes.
//!
//! The reference also escapes `<`, `>`, `&` and the two line separators of Unicode, so that an answer
//! can stand in a web page. Source: Go `encoding/json/encode.go`.

use super::Raw;
use super::read::push_lossy;
use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;
use std::io::{self, Write};

/// Appends `value` to `out`.
///
/// # Errors
/// Only what the value's own `Serialize` reports.
pub fn append<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> serde_json::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(out, Escaping))
}

/// Appends a checked value of the client's, without white space and with the escapes of [`append`].
pub fn append_compact(out: &mut Vec<u8>, value: Raw<'_>) {
    let mut within_string = false;
    let mut escaped = false;
    let mut rest = value.text();
    while let Some((byte, behind)) = rest.split_first() {
        if within_string {
            let length = special(rest).unwrap_or(0);
            if length > 0 {
                escape(out, &rest[..length]);
                rest = &rest[length..];
                escaped = false;
                continue;
            }
            within_string = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            out.push(*byte);
        } else if !super::scan::is_space(*byte) {
            within_string = *byte == b'"';
            out.push(*byte);
        }
        rest = behind;
    }
}

/// The escapes that JSON itself does not ask for.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let bytes = fragment.as_bytes();
        let mut from = 0;
        for at in 0..bytes.len() {
            if let Some(length) = special(&bytes[at..]) {
                writer.write_all(&bytes[from..at])?;
                let mut text = Vec::with_capacity(6);
                escape(&mut text, &bytes[at..at + length]);
                writer.write_all(&text)?;
                from = at + length;
            }
        }
        writer.write_all(&bytes[from..])
    }
}

/// Length of the character at the beginning of `bytes` if it is one that is escaped.
fn special(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'<' | b'>' | b'&', ..] => Some(1),
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => Some(3),
        _ => None,
    }
}

fn escape(out: &mut Vec<u8>, character: &[u8]) {
    let text: &[u8] = match character {
        b"<" => br"\u003c",
        b">" => br"\u003e",
        b"&" => br"\u0026",
        [_, _, 0xa8] => br"\u2028",
        _ => br"\u2029",
    };
    out.extend_from_slice(text);
}

/// Bytes that the ledger holds as a text: what is no UTF-8 becomes U+FFFD.
pub struct Text<'a>(pub &'a [u8]);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match str::from_utf8(self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => {
                let mut text = String::with_capacity(self.0.len());
                push_lossy(&mut text, self.0);
                serializer.serialize_str(&text)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::first_value;
    use super::*;

    fn json<T: Serialize + ?Sized>(value: &T) -> String {
        let mut out = Vec::new();
        append(&mut out, value).expect("nothing here fails");
        String::from_utf8(out).expect("JSON is UTF-8")
    }

    #[test]
    fn escapes_as_the_reference_does() {
        assert_eq!(
            json("<a href=\"x\">&\u{2028}\u{2029}\u{e9}\u{7f}\u{1}\n\u{8}\u{c}"),
            r#""\u003ca href=\"x\"\u003e\u0026\u2028\u2029"#.to_owned()
                + "\u{e9}\u{7f}"
                + r#"\u0001\n\b\f""#
        );
        assert_eq!(json(&Text(b"a\xffb")), "\"a\u{fffd}b\"");
    }

    #[test]
    fn ids_are_echoed_without_space_and_escaped() {
        let text = br#" [ 1 , "a <b> \" & c" , {"x": null} ] "#;
        let mut out = Vec::new();
        append_compact(&mut out, Raw::of_checked(first_value(text).expect("JSON")));
        assert_eq!(
            String::from_utf8(out).expect("UTF-8"),
            r#"[1,"a \u003cb\u003e \" \u0026 c",{"x":null}]"#
        );
    }
}
