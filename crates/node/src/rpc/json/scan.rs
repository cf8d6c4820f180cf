//! Finds and checks the first JSON value of a text, with the error texts of the reference's decoder.
//!
//! The reference reads one value and leaves what follows unread; bytes that are no UTF-8 pass inside
//! strings; containers nest at most [`DEPTH_MAX`] deep. Nothing here recurses. Source: Go
//! `encoding/json/scanner.go`, the decoder that the reference uses.

/// Deepest nesting of containers that the reference reads.
const DEPTH_MAX: usize = 10_000;

/// Why a text does not begin with a JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScanError {
    /// Nothing but white space.
    Empty,
    /// The text ends within the value.
    Truncated,
    /// A byte that can't stand where it does; the text is the reference's.
    Syntax(String),
}

/// What a container is in the middle of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Array,
    Object,
}

/// The first value of `text`, without the white space around it.
pub fn first_value(text: &[u8]) -> Result<&[u8], ScanError> {
    let mut scan = Scan { text, at: 0, stack: Vec::new() };
    scan.space();
    if scan.peek().is_none() {
        return Err(ScanError::Empty);
    }
    let start = scan.at;
    scan.value()?;
    Ok(&text[start..scan.at])
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    stack: Vec<Within>,
}

impl Scan<'_> {
    /// Reads one value; stands at its first byte before and behind its last byte after.
    fn value(&mut self) -> Result<(), ScanError> {
        loop {
            let opened = match self.next()? {
                b'{' => Some(Within::Object),
                b'[' => Some(Within::Array),
                b'"' => {
                    self.string()?;
                    None
                }
                b't' => self.literal(b"rue", "true")?,
                b'f' => self.literal(b"alse", "false")?,
                b'n' => self.literal(b"ull", "null")?,
                byte @ (b'-' | b'0'..=b'9') => {
                    self.number(byte)?;
                    None
                }
                other => return Err(unexpected(other, "looking for beginning of value")),
            };
            match opened {
                Some(within) => {
                    self.open(within)?;
                    if !self.first(within)? && self.close()? {
                        return Ok(());
                    }
                }
                None if self.stack.is_empty() => return Ok(()),
                None => {
                    if self.close()? {
                        return Ok(());
                    }
                }
            }
            self.space();
        }
    }

    fn open(&mut self, within: Within) -> Result<(), ScanError> {
        self.stack.push(within);
        if self.stack.len() > DEPTH_MAX {
            let byte = self.text[self.at - 1];
            return Err(unexpected(byte, "exceeded max depth"));
        }
        Ok(())
    }

    /// Steps to the first value of a container that was just opened; `false` if it is empty and closed.
    fn first(&mut self, within: Within) -> Result<bool, ScanError> {
        self.space();
        let end = match within {
            Within::Array => b']',
            Within::Object => b'}',
        };
        if self.peek() == Some(end) {
            self.at += 1;
            self.stack.pop();
            return Ok(false);
        }
        if within == Within::Object {
            self.key()?;
        }
        Ok(true)
    }

    /// Behind a value: closes containers, or steps to the next value. `true` once all are closed.
    fn close(&mut self) -> Result<bool, ScanError> {
        loop {
            let Some(within) = self.stack.last().copied() else { return Ok(true) };
            self.space();
            match (self.next()?, within) {
                (b',', Within::Array) => return Ok(false),
                (b',', Within::Object) => {
                    self.space();
                    self.key()?;
                    return Ok(false);
                }
                (b']', Within::Array) | (b'}', Within::Object) => {
                    self.stack.pop();
                }
                (other, Within::Array) => return Err(unexpected(other, "after array element")),
                (other, Within::Object) => {
                    return Err(unexpected(other, "after object key:value pair"));
                }
            }
        }
    }

    /// A key and its colon.
    fn key(&mut self) -> Result<(), ScanError> {
        match self.next()? {
            b'"' => self.string()?,
            other => return Err(unexpected(other, "looking for beginning of object key string")),
        }
        self.space();
        match self.next()? {
            b':' => Ok(()),
            other => Err(unexpected(other, "after object key")),
        }
    }

    /// The rest of a string.
    fn string(&mut self) -> Result<(), ScanError> {
        loop {
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' => match self.next()? {
                    b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => {}
                    b'u' => {
                        for _ in 0..4 {
                            let digit = self.next()?;
                            if !digit.is_ascii_hexdigit() {
                                let place = "in \\u hexadecimal character escape";
                                return Err(unexpected(digit, place));
                            }
                        }
                    }
                    other => return Err(unexpected(other, "in string escape code")),
                },
                control @ 0..0x20 => return Err(unexpected(control, "in string literal")),
                _ => {}
            }
        }
    }

    /// The rest of `true`, `false` or `null`.
    fn literal(&mut self, rest: &[u8], name: &str) -> Result<Option<Within>, ScanError> {
        for expected in rest {
            let byte = self.next()?;
            if byte != *expected {
                let place = format!("in literal {name} (expecting '{}')", char::from(*expected));
                return Err(unexpected(byte, &place));
            }
        }
        Ok(None)
    }

    /// The rest of a number.
    fn number(&mut self, first: u8) -> Result<(), ScanError> {
        let mut leading = first;
        if leading == b'-' {
            leading = self.next()?;
            if !leading.is_ascii_digit() {
                return Err(unexpected(leading, "in numeric literal"));
            }
        }
        if leading != b'0' {
            self.digits();
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            let digit = self.next()?;
            if !digit.is_ascii_digit() {
                return Err(unexpected(digit, "after decimal point in numeric literal"));
            }
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            let mut digit = self.next()?;
            if matches!(digit, b'+' | b'-') {
                digit = self.next()?;
            }
            if !digit.is_ascii_digit() {
                return Err(unexpected(digit, "in exponent of numeric literal"));
            }
            self.digits();
        }
        Ok(())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, ScanError> {
        let byte = self.peek().ok_or(ScanError::Truncated)?;
        self.at += 1;
        Ok(byte)
    }
}

/// Whether JSON takes the byte as white space.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn unexpected(byte: u8, place: &str) -> ScanError {
    ScanError::Syntax(format!("invalid character {} {place}", quoted(byte)))
}

/// The byte as the reference prints it: as the Unicode character of the same number.
fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        b'\\' => r"'\\'".to_owned(),
        0x07 => r"'\a'".to_owned(),
        0x08 => r"'\b'".to_owned(),
        0x0c => r"'\f'".to_owned(),
        b'\n' => r"'\n'".to_owned(),
        b'\r' => r"'\r'".to_owned(),
        b'\t' => r"'\t'".to_owned(),
        0x0b => r"'\v'".to_owned(),
        0x00..0x20 | 0x7f => format!("'\\x{byte:02x}'"),
        // Control characters, the no-break space and the soft hyphen are not printed.
        0x80..=0xa0 | 0xad => format!("'\\u{byte:04x}'"),
        printable => format!("'{}'", char::from(printable)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn syntax(text: &str) -> String {
        match first_value(text.as_bytes()) {
            Err(ScanError::Syntax(message)) => message,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn takes_the_first_value_and_leaves_the_rest() {
        for (text, value) in [
            (
                r#"{"a":[1,{"b":null}],"c":"x\u00e9\\"} trailing"#,
                r#"{"a":[1,{"b":null}],"c":"x\u00e9\\"}"#,
            ),
            (" [ ] ]", "[ ]"),
            ("[{},[],{ }]x", "[{},[],{ }]"),
            ("\n\t 12x", "12"),
            ("-0.5e+7,", "-0.5e+7"),
            ("01", "0"),
            ("true", "true"),
            ("\"a\"\"b\"", "\"a\""),
        ] {
            assert_eq!(first_value(text.as_bytes()), Ok(value.as_bytes()), "{text}");
        }
        assert_eq!(first_value(b"\"\xff\""), Ok(&b"\"\xff\""[..]));
    }

    #[test]
    fn tells_nothing_from_an_end_too_soon() {
        assert_eq!(first_value(b""), Err(ScanError::Empty));
        assert_eq!(first_value(b" \r\n"), Err(ScanError::Empty));
        for text in
            ["{", "[1,", "\"a", "tru", "-", "1.", "1e", "{\"a\"", "{\"a\":", "[1", "\"\\u12"]
        {
            assert_eq!(first_value(text.as_bytes()), Err(ScanError::Truncated), "{text}");
        }
    }

    #[test]
    fn refuses_with_the_texts_of_the_reference() {
        for (text, message) in [
            ("xyz", "invalid character 'x' looking for beginning of value"),
            ("[1 2]", "invalid character '2' after array element"),
            ("[01]", "invalid character '1' after array element"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("{1:2}", "invalid character '1' looking for beginning of object key string"),
            ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 2}", "invalid character '2' after object key:value pair"),
            ("[\"\\x\"]", "invalid character 'x' in string escape code"),
            ("\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape"),
            ("\"a\nb\"", "invalid character '\\n' in string literal"),
            ("-x", "invalid character 'x' in numeric literal"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("1ex", "invalid character 'x' in exponent of numeric literal"),
            ("trux", "invalid character 'x' in literal true (expecting 'e')"),
            ("nil", "invalid character 'i' in literal null (expecting 'u')"),
            ("fals3", "invalid character '3' in literal false (expecting 'e')"),
            ("'", "invalid character '\\'' looking for beginning of value"),
            ("\u{e9}", "invalid character '\u{c3}' looking for beginning of value"),
            ("\u{1}", "invalid character '\\x01' looking for beginning of value"),
        ] {
            assert_eq!(syntax(text), message, "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
        assert!(first_value(deep(DEPTH_MAX).as_bytes()).is_ok());
        assert_eq!(syntax(&deep(DEPTH_MAX + 1)), "invalid character '[' exceeded max depth");
    }
}
