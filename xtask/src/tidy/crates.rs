//! Rules for the crates: which may depend on which, and how their manifests are written.

use std::path::Path;

use super::{File, Findings, House};

/// How high a crate stands; it may depend only on crates that stand lower.
const LEVELS: &[(u8, &[&str])] = &[
    (4, &["uz"]),
    (3, &["hymatrix", "machine", "node"]),
    (2, &["process", "image", "wallet"]),
    (1, &["ledger"]),
    (0, &["verifier"]),
];

/// Tools of the house: they may depend on any crate, and no crate on them.
const TOOLS: &[&str] = &["xtask", "bench", "fuzz"];

fn level(name: &str) -> Option<u8> {
    LEVELS.iter().find(|(_, names)| names.contains(&name)).map(|(level, _)| *level)
}

/// Crates depend on crates below them, tests included.
pub fn arrows(house: &House, findings: &mut Findings) {
    let packages = house.metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let folder = package["manifest_path"]
            .as_str()
            .and_then(|path| Path::new(path).parent()?.file_name());
        let manifest = File { path: format!("crate {name}"), text: String::new() };
        if folder != Some(name.as_ref()) {
            findings.add(&manifest, 1, "a crate is named as its folder");
        }
        let tool = TOOLS.contains(&name);
        if !tool && level(name).is_none() {
            findings.add(
                &manifest,
                1,
                "the crate has no level yet; see LEVELS in xtask/src/tidy/crates.rs",
            );
            continue;
        }
        let dependencies =
            package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
        for dependency in dependencies.iter().filter(|dependency| dependency["path"].is_string()) {
            let other = dependency["name"].as_str().unwrap_or_default();
            let down = match (tool, level(name), level(other)) {
                (true, _, Some(_)) => true,
                (false, Some(own), Some(lower)) => lower < own,
                _ => false,
            };
            if !down {
                findings.add(
                    &manifest,
                    1,
                    format_args!("may not depend on {other}, which does not stand below it"),
                );
            }
        }
    }
}

/// The manifests of crates, which are all but the workspace's.
fn manifests_of_crates(house: &House) -> impl Iterator<Item = &File> {
    house.files.iter().filter(|file| file.path.ends_with("/Cargo.toml"))
}

/// Whether a manifest begins a workspace of its own: a client as others would build it.
fn stands_alone(file: &File) -> bool {
    file.text.lines().any(|line| line.trim() == "[workspace]")
}

/// Versions and lints stand in the workspace's manifest alone.
pub fn manifests(house: &House, findings: &mut Findings) {
    for file in manifests_of_crates(house).filter(|file| !stands_alone(file)) {
        for (line, key, value) in entries(&file.text, is_dependencies) {
            let shared = key.ends_with(".workspace") || value.contains("workspace = true");
            if !shared {
                findings.add(
                    file,
                    line,
                    format_args!("{key}: its version stands in the workspace's manifest"),
                );
            }
        }
        let lints = entries(&file.text, |section| section == "lints");
        if !lints.into_iter().any(|(_, key, value)| key == "workspace" && value == "true") {
            findings.add(file, 1, "the crate takes the workspace's lints");
        }
    }
}

/// In the workspace's manifest, each dependency stands under a line that says what it is for.
pub fn reasons(house: &House, findings: &mut Findings) {
    for file in house.files.iter().filter(|file| file.path == "Cargo.toml") {
        let lines: Vec<&str> = file.text.lines().collect();
        for (line, key, value) in entries(&file.text, |section| section == "workspace.dependencies")
        {
            if value.contains("path = ") {
                continue;
            }
            // Some that serve one purpose may share a line.
            let above = lines[..line - 1].iter().rev().find(|line| {
                !line.contains('=') || line.starts_with('#') || line.contains("path = ")
            });
            if !above.is_some_and(|line| line.starts_with("# ")) {
                findings.add(file, line, format_args!("{key}: no line above says what it is for"));
            }
        }
    }
}

fn is_dependencies(section: &str) -> bool {
    section.rsplit('.').next().is_some_and(|last| last.ends_with("dependencies"))
}

/// The `key = value` lines of some sections of a manifest, with their line numbers.
fn entries(text: &str, wanted: impl Fn(&str) -> bool) -> Vec<(usize, &str, &str)> {
    let mut entries = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            inside = wanted(section);
        } else if inside
            && !line.starts_with('#')
            && let Some((key, value)) = line.split_once('=')
        {
            entries.push((index + 1, key.trim(), value.trim()));
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::{said, said_with};
    use super::*;

    /// What cargo would say of crates with these dependencies.
    fn metadata(crates: &[(&str, &[&str])]) -> Value {
        let packages: Vec<Value> = crates
            .iter()
            .map(|(name, dependencies)| {
                let dependencies: Vec<Value> =
                    dependencies.iter().map(|name| json!({ "name": name, "path": format!("/r/{name}") })).collect();
                json!({ "name": name, "manifest_path": format!("/r/{name}/Cargo.toml"), "dependencies": dependencies })
            })
            .collect();
        json!({ "packages": packages })
    }

    #[test]
    fn an_arrow_upwards_or_sideways_is_seen() {
        let good: &[(&str, &[&str])] =
            &[("uz", &["node", "ledger"]), ("node", &["wallet", "ledger"]), ("fuzz", &["uz"])];
        assert!(said_with(arrows, &[], metadata(good)).is_empty());
        let bad: &[(&str, &[&str])] =
            &[("ledger", &["wallet"]), ("wallet", &["process"]), ("node", &["fuzz"])];
        let wanted = [
            "crate ledger:1: may not depend on wallet, which does not stand below it",
            "crate wallet:1: may not depend on process, which does not stand below it",
            "crate node:1: may not depend on fuzz, which does not stand below it",
        ];
        assert_eq!(said_with(arrows, &[], metadata(bad)), wanted);
    }

    #[test]
    fn outside_crates_have_no_level_and_need_none() {
        let outside = json!({ "packages": [{ "name": "ledger", "manifest_path": "/r/ledger/Cargo.toml",
            "dependencies": [{ "name": "sha3" }] }] });
        assert!(said_with(arrows, &[], outside).is_empty());
    }

    #[test]
    fn a_crate_without_a_place_is_seen() {
        let wanted =
            ["crate x:1: the crate has no level yet; see LEVELS in xtask/src/tidy/crates.rs"];
        assert_eq!(said_with(arrows, &[], metadata(&[("x", &[])])), wanted);
        let moved = json!({ "packages": [{ "name": "uz", "manifest_path": "/r/cli/Cargo.toml" }] });
        assert_eq!(said_with(arrows, &[], moved), ["crate uz:1: a crate is named as its folder"]);
    }

    #[test]
    fn a_manifest_with_its_own_version_is_seen() {
        let good = "[lints]\nworkspace = true\n[dependencies]\na.workspace = true\nb = { workspace = true, optional = true }\n";
        assert!(said(manifests, &[("crates/a/Cargo.toml", good)]).is_empty());
        let bad = "[package]\nname = \"a\"\n[target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n";
        let wanted = [
            "crates/a/Cargo.toml:4: libc: its version stands in the workspace's manifest",
            "crates/a/Cargo.toml:1: the crate takes the workspace's lints",
        ];
        assert_eq!(said(manifests, &[("crates/a/Cargo.toml", bad)]), wanted);
    }

    #[test]
    fn a_dependency_without_a_reason_is_seen() {
        let text = "[workspace.dependencies]\nnode = { path = \"crates/node\" }\na = \"1\"\n# Hashes.\nb = \"1\"\nc = \"1\"\n\nd = \"1\"\n";
        let wanted = [
            "Cargo.toml:3: a: no line above says what it is for",
            "Cargo.toml:8: d: no line above says what it is for",
        ];
        assert_eq!(said(reasons, &[("Cargo.toml", text)]), wanted);
    }
}
