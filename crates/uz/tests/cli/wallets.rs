//! Key files.

use super::world::{World, has_file};
use std::os::unix::fs::PermissionsExt;

const MNEMONIC: &str = "route become dream access impulse price inform obtain engage ski believe awful \
    absent pig thing vibrant possible exotic flee pepper marble rural fire fancy";
const ADDRESS: &str = "z1qqjnwjjpnue8xmmpanz6csze6tcmtzzdtfsww7";

#[test]
fn key_files_are_made_listed_and_opened() {
    let world = World::new().with_password("secret");
    let made = world.get("wallet new --name mine --words 12 --show-mnemonic");
    let path = made["path"].as_str().unwrap();
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    let words = made["mnemonic"].as_str().unwrap().to_owned();
    assert_eq!(words.split(' ').count(), 12);
    assert_eq!(world.get("wallet export")["mnemonic"], words.as_str());
    assert_eq!(world.get("wallet address")["addresses"][0]["address"], made["address"]);
    let many = world.get("wallet address 1 --count 2");
    assert_eq!(many["addresses"][1]["index"], 2);
    assert_eq!(world.get("wallet list")["files"][0]["name"], "mine");
    // Nothing secret without being asked for.
    let quiet = world.run("wallet new --name other");
    assert!(!quiet.out.contains("mnemonic  "), "{}", quiet.out);
    let (error, exit) = world.fail("wallet new --name other");
    assert_eq!(exit, 2);
    assert!(error["message"].as_str().unwrap().contains("is not overwritten"), "{error}");
    let (error, exit) = world.fail("wallet address");
    assert_eq!((error["code"].as_str(), exit), (Some("key-missing"), 6));
}

#[test]
fn mnemonics_and_key_files_are_imported() {
    let world = World::new().with_password("secret");
    let ended = world.run_with_input("wallet import --name old --json", MNEMONIC);
    assert_eq!(ended.exit, 0, "{}", ended.out);
    assert!(ended.out.contains(ADDRESS) && ended.out.contains("\"imported\":\"mnemonic\""));
    let key = world.get("wallet export --private-key 0");
    assert_eq!(
        key["privateKey"],
        "d6b01f96b566d7df9b5b53b1971e4baeb74cc64167a9843f82d04b2194ca4863"
    );
    let path = world.get("wallet list")["files"][0]["path"].as_str().unwrap().to_owned();
    let again = world.get(&format!("wallet import {path} --name copy"));
    assert_eq!((&again["imported"], &again["address"]), (&"key file".into(), &ADDRESS.into()));
    let wrong = world.run_with_input("wallet import --json", "one two three");
    assert_eq!(wrong.exit, 2);
    let other = World::new().with_password("wrong");
    let (error, exit) = other.fail(&format!("wallet import {path}"));
    assert_eq!((error["code"].as_str(), exit), (Some("wrong-password"), 6));
    let nobody = World::new();
    let (error, exit) = nobody.fail(&format!("wallet import {path}"));
    assert_eq!((error["code"].as_str(), exit), (Some("key-missing"), 6));
    assert!(error["fix"].as_str().unwrap().contains("UZ_PASSWORD"));
}

#[test]
fn messages_are_signed_and_verified() {
    let world = World::new().with_password("secret");
    let made = world.get("wallet new --name mine");
    let signed = world.get("wallet sign hello");
    let check = |message: &str, more: &str| {
        format!(
            "wallet verify {message} --signature {} --public-key {} {more}",
            signed["signature"].as_str().unwrap(),
            signed["publicKey"].as_str().unwrap()
        )
    };
    let address = made["address"].as_str().unwrap();
    assert_eq!(world.get(&check("hello", &format!("--address {address}")))["valid"], true);
    assert_eq!(world.get(&check("0x68656c6c6f", ""))["valid"], true);
    let (error, exit) = world.fail(&check("hullo", ""));
    assert_eq!((error["code"].as_str(), exit), (Some("check-failed"), 1));
    let (error, _) = world.fail(&check("hello", &format!("--address {ADDRESS}")));
    assert_eq!(error["code"], "check-failed");
    let dry = world.get("wallet new --name third --dry-run");
    assert_eq!(dry["dryRun"], true);
    assert!(!has_file(&world.path(".local/share/unikernel-z/wallet"), "third"));
}
