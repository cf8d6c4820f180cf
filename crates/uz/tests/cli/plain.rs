//! What needs no node: help, completions, pages, settings, exit codes.

use super::world::{World, has_file};

#[test]
fn the_first_page_names_every_group() {
    let world = World::new();
    let help = world.run("--help");
    assert_eq!(help.exit, 0);
    for text in ["Networks and nodes:", "Contracts:", "Examples:", "Exit codes:", "uz up"] {
        assert!(help.out.contains(text), "{text}");
    }
    assert_eq!(world.run("--version").exit, 0);
    let nothing = world.run("");
    assert_eq!((nothing.exit, nothing.out.as_str()), (2, ""));
}

#[test]
fn completions_and_pages_are_made_from_the_table() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = world.run(&format!("completions {shell}"));
        assert_eq!(script.exit, 0);
        assert!(script.out.contains("issue-token"), "{shell}");
    }
    let dir = world.path("man");
    let answer = world.get(&format!("man {}", dir.display()));
    assert!(answer["pages"].as_array().unwrap().len() > 100);
    assert!(has_file(&dir, "uz-token-issue-token.1"));
    for part in ["cli", "config", "scaling", "exit-codes", "devnet"] {
        assert!(world.run(&format!("docs {part}")).out.contains("`"), "{part}");
    }
    // The same on every machine.
    assert!(!world.run("docs config").out.contains(world.path("").to_str().unwrap()));
}

#[test]
fn failures_have_codes_causes_and_fixes() {
    let world = World::new();
    let (error, exit) = world.fail("balance dev:0 --node http://127.0.0.1:1");
    assert_eq!((error["code"].as_str(), exit), (Some("node-unreachable"), 3));
    assert!(error["fix"].as_str().unwrap().contains("uz up"));
    let (error, exit) = world.fail("send --dev 0 dev:1");
    assert_eq!((error["code"].as_str(), exit), (Some("usage"), 2));
    assert!(error["message"].as_str().unwrap().contains("<AMOUNT>"), "{error}");
    let (error, exit) = world.fail("status --node ftp://x");
    assert_eq!((error["code"].as_str(), exit), (Some("usage"), 2));
    let text = world.run("balance dev:0 --node http://127.0.0.1:1");
    assert_eq!(text.out, "");
    assert!(
        text.err.starts_with("error: the node at http://127.0.0.1:1 does not answer\n  cause: ")
    );
    assert!(!text.err.contains('\u{1b}'));
    assert_eq!(world.run("nonsense").exit, 2);
    assert_eq!(world.run("pillar nonsense").exit, 2);
}

#[test]
fn settings_say_where_they_come_from() {
    let world = World::new();
    let folder = world.path(".config/unikernel-z");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "node = \"http://10.0.0.1:1\"\n").unwrap();
    let explained = world.get("config explain node");
    assert_eq!(explained["value"], "http://10.0.0.1:1");
    assert!(explained["origin"].as_str().unwrap().starts_with("file "));
    let explained = world.get("config explain node --node http://x:1");
    assert_eq!(explained["origin"], "flag --node");
    assert_eq!(world.get("config explain block-time --for up")["value"], "1");
    assert_eq!(world.get("config show")["rpc.addr"]["origin"], "default");
    std::fs::write(folder.join("config.toml"), "nod = 1\n").unwrap();
    let (error, exit) = world.fail("config show");
    assert_eq!((error["cause"].as_str(), exit), (Some("it has no key \"nod\""), 2));
}

#[test]
fn the_service_is_printed_without_being_installed() {
    let world = World::new();
    let unit = world.run("service install --print").out;
    for line in ["[Service]", "Type=notify", "DynamicUser=yes", "SystemCallFilter=@system-service"]
    {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
    let plan = world.get("service install --user --dry-run");
    assert_eq!(plan["dryRun"], true);
}
