//! Which texts count as JSON: those that Go's `encoding/json` reads into a value of any type.
//!
//! Its grammar is that of RFC 8259. Beyond the grammar it refuses nesting deeper than 10,000, and
//! numbers that round to infinity as 64-bit floats; it takes any bytes from 0x20 on inside of strings.
//! The text comes out of a block, which bounds its length; nesting is kept on a list, not on the stack.

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 10_000;

/// The least integer that rounds to infinity, 2^1024 - 2^970, in decimal.
const INFINITY: &[u8; 309] = b"\
    17976931348623158079372897140530341507993413271003782693617377898044496829276475\
    09466490179775872070963302864166928879109465555478519404026306574886715058206819\
    08902000708383676273854845817711531764475730270069855571366959622842914819860834\
    936475292719074168444365510704342711559699508093042880177904174497792";

/// What may stand at a place of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A value.
    Value,
    /// A value, or the end of the list that has just begun.
    FirstElement,
    /// A key, or the end of the object that has just begun.
    FirstKey,
    /// A key.
    Key,
    /// A comma, or the end of what is open.
    Rest,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    List,
    Object,
}

/// Whether `text` is one JSON value.
pub(super) fn is_json(text: &[u8]) -> bool {
    let mut reader = Reader { text, at: 0 };
    reader.document().is_some()
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Option<()> {
        let mut open: Vec<Open> = Vec::new();
        let mut next = Next::Value;
        loop {
            self.spaces();
            if next == Next::Rest && open.is_empty() {
                return (self.at == self.text.len()).then_some(());
            }
            let byte = self.peek()?;
            next = match (next, byte) {
                (Next::Value | Next::FirstElement, b'[') => {
                    self.enter(&mut open, Open::List)?;
                    Next::FirstElement
                }
                (Next::Value | Next::FirstElement, b'{') => {
                    self.enter(&mut open, Open::Object)?;
                    Next::FirstKey
                }
                (Next::FirstElement | Next::Rest, b']') => self.leave(&mut open, Open::List)?,
                (Next::FirstKey | Next::Rest, b'}') => self.leave(&mut open, Open::Object)?,
                (Next::Rest, b',') => {
                    self.at += 1;
                    match open.last()? {
                        Open::List => Next::Value,
                        Open::Object => Next::Key,
                    }
                }
                (Next::Value | Next::FirstElement, _) => {
                    self.scalar(byte)?;
                    Next::Rest
                }
                (Next::FirstKey | Next::Key, b'"') => {
                    self.string()?;
                    self.spaces();
                    self.expect(b":")?;
                    Next::Value
                }
                (Next::FirstKey | Next::Key | Next::Rest, _) => return None,
            };
        }
    }

    fn enter(&mut self, open: &mut Vec<Open>, what: Open) -> Option<()> {
        self.at += 1;
        open.push(what);
        (open.len() <= DEPTH_MAX).then_some(())
    }

    fn leave(&mut self, open: &mut Vec<Open>, what: Open) -> Option<Next> {
        self.at += 1;
        (open.pop()? == what).then_some(Next::Rest)
    }

    fn scalar(&mut self, first: u8) -> Option<()> {
        match first {
            b'"' => self.string(),
            b't' => self.expect(b"true"),
            b'f' => self.expect(b"false"),
            b'n' => self.expect(b"null"),
            _ => self.number(),
        }
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.take()? {
                b'"' => return Some(()),
                b'\\' => self.escape()?,
                0..0x20 => return None,
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        match self.take()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                let digits = self.text.get(self.at..self.at + 4)?;
                self.at += 4;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let whole = self.digits()?;
        if whole.len() > 1 && whole[0] == b'0' {
            return None;
        }
        let mut fraction: &[u8] = &[];
        if self.peek() == Some(b'.') {
            self.at += 1;
            fraction = self.digits()?;
        }
        let mut exponent = 0;
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            let negative = self.peek() == Some(b'-');
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            // Go's parser stops to count here, so longer exponents are cut to five digits.
            let size = self.digits()?.iter().fold(0i64, |size, digit| match size < 10_000 {
                true => size * 10 + i64::from(digit - b'0'),
                false => size,
            });
            exponent = if negative { -size } else { size };
        }
        is_finite(whole, fraction, exponent).then_some(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<&'a [u8]> {
        let rest = self.text.get(self.at..)?;
        let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        self.at += end;
        (end > 0).then(|| &rest[..end])
    }

    fn spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, bytes: &[u8]) -> Option<()> {
        let found = self.text.get(self.at..)?.starts_with(bytes);
        self.at += bytes.len();
        found.then_some(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }
}

/// Whether `whole.fraction` times ten to the power of `exponent` rounds to a finite number.
fn is_finite(whole: &[u8], fraction: &[u8], exponent: i64) -> bool {
    let digits = || whole.iter().chain(fraction);
    let Some(zeros) = digits().position(|digit| *digit != b'0') else { return true };
    // Digits before the point, if the first of them is not 0.
    let length = |slice: &[u8]| i64::try_from(slice.len()).unwrap_or(i64::MAX);
    let zeros_before = i64::try_from(zeros).unwrap_or(i64::MAX);
    let magnitude = length(whole).saturating_sub(zeros_before).saturating_add(exponent);
    match magnitude.cmp(&length(INFINITY)) {
        core::cmp::Ordering::Less => true,
        core::cmp::Ordering::Greater => false,
        // What lies behind the digits of the bound only adds to them.
        core::cmp::Ordering::Equal => digits().skip(zeros).take(INFINITY.len()).lt(INFINITY),
    }
}

#[cfg(test)]
mod tests {
    use super::{DEPTH_MAX, INFINITY, is_json};
    use ruint::Uint;

    #[test]
    fn bound_is_half_a_unit_above_the_largest_float() {
        let one = Uint::<1088, 17>::from(1u8);
        let bound = (one << 1024usize) - (one << 970usize);
        assert_eq!(bound.to_string().as_bytes(), INFINITY);
    }

    #[test]
    fn json_is_taken() {
        for text in [
            "{}",
            "[]",
            " \t\r\n1 ",
            "-0.5e+3",
            "0",
            "\"\"",
            "null",
            "true",
            "false",
            r#"{"a":[1,{"b":"\u00e9\n"}],"a":null}"#,
            "[[],{}]",
            r#""\ud800""#,
            "1e308",
            "1e-9999",
            "0e99999",
            "[1 , 2]",
            "{ \"a\" : 1 }",
        ] {
            assert!(is_json(text.as_bytes()), "{text}");
        }
        assert!(is_json(b"\"\xff\""));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[",
            "]",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\"}",
            "{1:2}",
            "01",
            "1.",
            ".5",
            "+1",
            "-",
            "1e",
            "1e+",
            "nul",
            "nulll",
            "1 2",
            "\"\n\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"",
            "[}",
            "{]",
            "'a'",
            "\u{feff}{}",
            "1e309",
            "-1e400",
            "{\"a\":1e999}",
            "[1,,2]",
            "{,}",
            "[,]",
            ",",
        ] {
            assert!(!is_json(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn numbers_end_where_floats_end() {
        let bound = core::str::from_utf8(INFINITY).expect("digits are ASCII");
        assert!(!is_json(bound.as_bytes()));
        assert!(!is_json(format!("0.{bound}e309").as_bytes()));
        assert!(!is_json(format!("{bound}.5").as_bytes()));
        let below = format!("{}79", &bound[..307]);
        assert!(is_json(below.as_bytes()));
        assert!(is_json(format!("{below}.999").as_bytes()));
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(is_json(nested(DEPTH_MAX).as_bytes()));
        assert!(!is_json(nested(DEPTH_MAX + 1).as_bytes()));
    }
}
