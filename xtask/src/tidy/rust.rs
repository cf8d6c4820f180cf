//! Rules for every file of Rust.

use super::source::{code, words};
use super::{Findings, House};

/// Lines that a file may have.
const LINES_MAX: usize = 800;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc"];

/// Macros of code that is not finished.
const UNFINISHED: &[&str] = &["todo", "unimplemented", "dbg"];

/// Marks that people leave for later. In two parts, lest this file breaks its own rule.
const MARKS: &[&str] =
    &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")];

/// Folders of files that tests read as data.
const DATA: &[&str] = &["data", "golden", "corpus", "fixtures"];

/// Each file starts with its `//!`.
pub fn heads(house: &House, findings: &mut Findings) {
    for file in house.rust() {
        let data = file.path.split('/').any(|folder| DATA.contains(&folder));
        if !data && !file.text.starts_with("//! ") {
            findings.add(file, 1, "a file starts with //! and what it is");
        }
    }
}

/// No file is too long to be read.
pub fn length(house: &House, findings: &mut Findings) {
    for file in house.rust() {
        let lines = file.text.lines().count();
        if lines > LINES_MAX {
            findings.add(file, lines, format_args!("{lines} lines, at most {LINES_MAX}"));
        }
    }
}

/// Files, folders and modules have names that say what is inside.
pub fn names(house: &House, findings: &mut Findings) {
    for file in house.rust() {
        for name in file.path.trim_end_matches(".rs").split('/') {
            if EMPTY_NAMES.contains(&name) {
                findings.add(file, 1, format_args!("\"{name}\" names no subject"));
            }
        }
        for word in words(&code(&file.text)) {
            let module =
                word.before.trim_end().ends_with("mod") && EMPTY_NAMES.contains(&word.text);
            if module {
                findings.add(
                    file,
                    word.line,
                    format_args!("\"mod {}\" names no subject", word.text),
                );
            }
        }
    }
}

/// Nothing is left for later, switched off or left over from debugging.
pub fn unfinished(house: &House, findings: &mut Findings) {
    for file in house.rust() {
        for word in words(&code(&file.text)) {
            if UNFINISHED.contains(&word.text) && word.after.starts_with('!') {
                findings.add(file, word.line, format_args!("{}!", word.text));
            }
            if word.text == "ignore" && word.before.trim_end().ends_with("#[") {
                findings.add(file, word.line, "a test that is switched off");
            }
        }
        // In comments and texts as well.
        for word in words(&file.text).filter(|word| MARKS.contains(&word.text)) {
            findings.add(file, word.line, word.text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::said;
    use super::*;

    #[test]
    fn a_file_without_a_head_is_seen() {
        let files = [
            ("a.rs", "//! It.\n"),
            ("b.rs", "use x;\n"),
            ("c/tests/data/d.rs", "x"),
            ("e.md", "x"),
        ];
        assert_eq!(said(heads, &files), ["b.rs:1: a file starts with //! and what it is"]);
    }

    #[test]
    fn a_long_file_is_seen() {
        let (most, more) = ("\n".repeat(LINES_MAX), "\n".repeat(LINES_MAX + 1));
        assert_eq!(
            said(length, &[("a.rs", &most), ("b.rs", &more)]),
            ["b.rs:801: 801 lines, at most 800"]
        );
    }

    #[test]
    fn an_empty_name_is_seen() {
        let files = [
            ("a/src/utils.rs", ""),
            ("a/common/x.rs", ""),
            ("a.rs", "\nmod misc;\nuse helpers; // mod util"),
        ];
        let wanted = [
            "a/src/utils.rs:1: \"utils\" names no subject",
            "a/common/x.rs:1: \"common\" names no subject",
            "a.rs:2: \"mod misc\" names no subject",
        ];
        assert_eq!(said(names, &files), wanted);
    }

    #[test]
    fn unfinished_code_is_seen() {
        let marked = format!("// {}: later\n", MARKS[0]);
        let files = [
            (
                "a.rs",
                "fn a() { todo!() }\nfn b() { dbg!(1); }\n#[ignore]\nfn c() { unimplemented!(\"x\") }",
            ),
            (
                "b.rs",
                "#[ignore = \"slow\"]\n// todo!() in words\nlet dbg = \"dbg!\"; ignore(todo);",
            ),
            ("c.rs", &marked),
        ];
        let wanted = [
            "a.rs:1: todo!",
            "a.rs:2: dbg!",
            "a.rs:3: a test that is switched off",
            "a.rs:4: unimplemented!",
            "b.rs:1: a test that is switched off",
            &format!("c.rs:1: {}", MARKS[0]),
        ];
        assert_eq!(said(unfinished, &files), wanted);
    }
}
