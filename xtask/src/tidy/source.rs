//! Rust source as the rules see it: without comments, texts and tests, line by line.

/// `text` with every comment, string and character blanked out; lines keep their numbers.
pub fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => line_end(&chars, at),
            ('/', Some('*')) => comment_end(&chars, at),
            ('"', _) => string_end(&chars, at),
            ('r', Some('"' | '#')) if !continues_word(&chars, at) => raw_string_end(&chars, at),
            ('\'', _) => character_end(&chars, at),
            _ => at,
        };
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            let blanked = chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' });
            code.extend(blanked);
            at = end;
        }
    }
    code
}

/// `code` with each item under `#[cfg(test)]` blanked out; `code` comes from [`code`].
pub fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find(MARK) {
        let item = &rest[start..];
        let end = item_end(item);
        kept.push_str(&rest[..start]);
        kept.extend(item[..end].chars().filter(|c| *c == '\n'));
        rest = &item[end..];
    }
    kept.push_str(rest);
    kept
}

/// Where the first item ends: at its `;`, or where its braces close.
fn item_end(item: &str) -> usize {
    let mut depth = 0;
    for (at, c) in item.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

/// A word of the code and what stands around it.
#[derive(Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// The line, from 1.
    pub line: usize,
    /// The identifier or keyword.
    pub text: &'a str,
    /// What stands before it on its line.
    pub before: &'a str,
    /// What follows it on its line.
    pub after: &'a str,
}

/// All words of `code`.
pub fn words(code: &str) -> impl Iterator<Item = Word<'_>> {
    code.lines().enumerate().flat_map(|(index, line)| {
        let mut words = Vec::new();
        let mut start = None;
        for (at, c) in line.char_indices().chain([(line.len(), ' ')]) {
            match (c.is_alphanumeric() || c == '_', start) {
                (true, None) => start = Some(at),
                (false, Some(from)) => {
                    let (before, text, after) = (&line[..from], &line[from..at], &line[at..]);
                    words.push(Word { line: index + 1, text, before, after });
                    start = None;
                }
                _ => {}
            }
        }
        words
    })
}

fn continues_word(chars: &[char], at: usize) -> bool {
    // `br"..."` is a raw string as well.
    let mut before = chars[..at].iter().rev().peekable();
    before.next_if(|c| matches!(c, 'b' | 'c'));
    before.next().is_some_and(|c| c.is_alphanumeric() || *c == '_')
}

fn line_end(chars: &[char], at: usize) -> usize {
    chars[at..].iter().position(|c| *c == '\n').map_or(chars.len(), |length| at + length)
}

/// Comments nest.
fn comment_end(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

fn string_end(chars: &[char], at: usize) -> usize {
    let mut at = at + 1;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// `at` itself when this is a raw identifier and no string.
fn raw_string_end(chars: &[char], at: usize) -> usize {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    let open = at + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return at;
    }
    let closes = |from: usize| {
        chars[from] == '"'
            && chars[from + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes
    };
    (open + 1..chars.len()).find(|from| closes(*from)).map_or(chars.len(), |from| from + 1 + hashes)
}

/// `at` itself when this is a lifetime and no character.
fn character_end(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => {
            // The escaped character may be a quote itself.
            let rest = chars.get(at + 3..).unwrap_or_default();
            let end = rest.iter().position(|c| *c == '\'');
            end.map_or(chars.len(), |length| at + 3 + length + 1)
        }
        (Some(_), Some('\'')) => at + 3,
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_are_blank() {
        let cases = [
            ("a // panic!\nb", "a\nb"),
            ("a /* x /* y */ z */ b", "a b"),
            (r#"f("pan\"ic", 'x', '\'', '\n')"#, "f( , , , )"),
            ("f(r#\"a\"b\"#, br\"c\", b'\"')", "f( , b , b )"),
            ("fn f<'a>(r#type: &'a u8)", "fn f<'a>(r#type: &'a u8)"),
            ("\"two\nlines\" x", "\n x"),
        ];
        for (text, wanted) in cases {
            let code = code(text);
            let lines: Vec<String> = code
                .lines()
                .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
                .collect();
            let wanted: Vec<&str> = wanted.lines().map(str::trim).collect();
            assert_eq!(lines, wanted, "{text}");
            assert_eq!(code.chars().count(), text.chars().count(), "{text}");
        }
    }

    #[test]
    fn endings_in_the_middle_are_borne() {
        for text in ["\"open", "/* open", "r#\"open", "'\\", "'", "\"\\", "'\\n"] {
            assert!(code(text).len() <= text.len());
        }
    }

    #[test]
    fn tests_are_left_out() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n#[cfg(test)]\nmod d;\nfn e() {}\n";
        let kept = without_tests(text);
        assert_eq!(kept.lines().count(), text.lines().count());
        assert_eq!(
            kept.split_whitespace().collect::<Vec<_>>().join(" "),
            "fn a() {} fn c() {} fn e() {}"
        );
    }

    #[test]
    fn words_know_their_place() {
        let found: Vec<Word<'_>> = words("a::b!(\nc_1").collect();
        assert_eq!(found.len(), 3);
        assert_eq!(found[1], Word { line: 1, text: "b", before: "a::", after: "!(" });
        assert_eq!(found[2], Word { line: 2, text: "c_1", before: "", after: "" });
    }
}
