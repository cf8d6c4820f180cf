//! Rules for every file that holds text.

use super::{Findings, House};

/// What would tie the repository to one machine or one service. In two parts each, lest this file breaks
/// its own rule.
const PLACES: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("crates", ".io"),
    concat!("npmjs", ".org"),
    concat!("npmjs", ".com"),
    concat!("pypi", ".org"),
    concat!("proxy", ".golang.org"),
    concat!("maven", ".org"),
    concat!("deb", ".debian.org"),
];

/// Files that package managers write, with the addresses that they need.
const LOCK_FILES: &[&str] = &["Cargo.lock", "package-lock.json"];

/// No folder of one machine, and no registry's host.
pub fn places(house: &House, findings: &mut Findings) {
    for file in &house.files {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        if LOCK_FILES.contains(&name) {
            continue;
        }
        for (index, line) in file.text.lines().enumerate() {
            for place in PLACES.iter().filter(|place| line.contains(*place)) {
                findings.add(file, index + 1, place);
            }
        }
    }
}

/// Each relative link of a page leads to a file or folder that is there.
pub fn links(house: &House, findings: &mut Findings) {
    for file in house.files.iter().filter(|file| file.path.ends_with(".md")) {
        let mut fenced = false;
        for (index, line) in file.text.lines().enumerate() {
            fenced ^= line.starts_with("```");
            if fenced {
                continue;
            }
            for target in targets(line) {
                let path = target.split('#').next().unwrap_or_default();
                if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
                    continue;
                }
                if !leads_somewhere(house, &file.path, path) {
                    findings.add(file, index + 1, format_args!("\"{target}\" leads nowhere"));
                }
            }
        }
    }
}

/// What the `[text](target)` links of a line lead to.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

/// Whether `path`, as written in the file `from`, is one of the house's files or folders.
fn leads_somewhere(house: &House, from: &str, path: &str) -> bool {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => return false,
            ".." => {}
            part => parts.push(part),
        }
    }
    let whole = parts.join("/");
    let folder = format!("{whole}/");
    let read = house.files.iter().map(|file| &file.path);
    whole.is_empty()
        || read.chain(&house.data).any(|path| *path == whole || path.starts_with(&folder))
}

#[cfg(test)]
mod tests {
    use super::super::tests::said;
    use super::*;

    #[test]
    fn each_place_is_seen() {
        for place in PLACES {
            let text = format!("one\nsee {place}x\n");
            assert_eq!(said(places, &[("docs/a.md", &text)]), [format!("docs/a.md:2: {place}")]);
            assert!(said(places, &[("Cargo.lock", &text)]).is_empty());
        }
    }

    #[test]
    fn a_dead_link_is_seen() {
        let text = "[a](b.md) [b](../x) [c](https://example.org/y) [d](#here)\n```\n[e](z.md)\n```\n[f](../crates/) [g](c.md#d)\n";
        let files = [("docs/a.md", text), ("docs/b.md", ""), ("x", ""), ("crates/q.rs", "")];
        assert_eq!(said(links, &files), ["docs/a.md:5: \"c.md#d\" leads nowhere"]);
        assert_eq!(said(links, &[("a.md", "[a](../../b)")]), ["a.md:1: \"../../b\" leads nowhere"]);
    }
}
