//! Chains and keys in files.

use super::world::{Devnet, World};
use serde_json::{Value, json};

#[test]
fn a_chain_is_exported_imported_checked_and_served() {
    let Devnet { world, running } = Devnet::start();
    world.get("send --dev 0 dev:1 1 --wait");
    world.get("stake stake --dev 1 --amount 5 --duration 1mo --wait");
    // A clock that ran ahead does not matter afterwards.
    world.get("devnet increase-time 1h");
    let height = world.get("momentum")["height"].as_u64().unwrap();
    let data = running.ready["dataDir"].as_str().unwrap().to_owned();
    let file = world.path("chain").display().to_string();
    // While the node runs.
    let exported = world.get(&format!("ledger export {file} --data-dir {data}"));
    assert_eq!(exported["momentums"], height - 1);
    let backup = world.path("backup").display().to_string();
    world.get("wallet new --name kept");
    let known_as = "1".repeat(64);
    std::fs::write(format!("{data}/network-private-key"), &known_as).unwrap();
    assert_eq!(world.get(&format!("backup {backup} --data-dir {data}"))["height"], height);
    assert_eq!(running.interrupt(), 0);
    let checked = world.get(&format!("ledger check --data-dir {data}"));
    assert_eq!(checked["momentums"], height);

    let other = World::new().with_password("secret");
    let (error, exit) = other.fail(&format!("ledger import {file}"));
    assert_eq!(exit, 2);
    assert!(error["message"].as_str().unwrap().contains("does not know its network"), "{error}");
    let copy = other.path("copy");
    std::fs::create_dir(&copy).unwrap();
    std::fs::copy(format!("{data}/network.json"), copy.join("network.json")).unwrap();
    let copy = copy.display().to_string();
    let imported = other.get(&format!("ledger import {file} --data-dir {copy}"));
    assert_eq!(
        (&imported["momentums"], &imported["height"]),
        (&(height - 1).into(), &height.into())
    );
    assert_eq!(other.get(&format!("ledger check --data-dir {copy}"))["momentums"], height);
    let again = other.get(&format!("ledger import {file} --data-dir {copy}"));
    assert_eq!(again["momentums"], 0);

    // A backup comes back into empty folders, and overwrites nothing.
    let third = World::new().with_password("secret");
    let restored = third.get(&format!("restore {backup}"));
    assert_eq!((&restored["height"], &restored["keys"][0]), (&height.into(), &"kept".into()));
    assert_eq!(third.get("wallet list")["files"][0]["name"], "kept");
    let key = third.path(".local/share/unikernel-z/node/network-private-key");
    assert_eq!(std::fs::read_to_string(key).unwrap(), known_as);
    let (error, _) = third.fail(&format!("restore {backup}"));
    assert!(error["message"].as_str().unwrap().contains("holds a chain already"), "{error}");
    let (error, _) = third.fail(&format!("backup {backup}"));
    assert!(error["message"].as_str().unwrap().contains("exists already"), "{error}");
    let served = third.start("node --json --rpc-addr 0 --ws-addr 0");
    assert_eq!(served.ready["chainIdentifier"], 321);
}

#[test]
fn a_checkpoint_is_made_and_signed_by_two() {
    let Devnet { world, running } = Devnet::start();
    world.get("send --dev 0 dev:1 1 --wait");
    let data = running.ready["dataDir"].as_str().unwrap().to_owned();
    assert_eq!(running.interrupt(), 0);
    let (error, exit) = world.fail(&format!("ledger checkpoint --from dev:0 --data-dir {data}"));
    assert_eq!(exit, 2);
    assert!(error["message"].as_str().unwrap().contains("names no signers"), "{error}");
    let file = format!("{data}/network.json");
    let mut network: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let signers: Vec<String> =
        (0..3).map(|index| node::devnet::key(index).address().to_string()).collect();
    network["checkpoints"] = json!({ "signers": signers, "threshold": 2 });
    std::fs::write(&file, network.to_string()).unwrap();
    let (error, _) = world.fail(&format!("ledger checkpoint --from dev:3 --data-dir {data}"));
    assert!(error["message"].as_str().unwrap().contains("signs no checkpoints"), "{error}");
    let made = world.get(&format!("ledger checkpoint --from dev:0 --data-dir {data}"));
    assert_eq!((&made["signatures"], &made["holds"]), (&json!(1), &json!(false)));
    let folder = made["folder"].as_str().unwrap();
    let adopt = format!("ledger checkpoint --adopt {folder} --from dev:1 --data-dir {data}");
    let adopted = world.get(&adopt);
    assert_eq!((&adopted["signatures"], &adopted["holds"]), (&json!(2), &json!(true)));
    assert_eq!(adopted["manifest"], made["manifest"]);
    // A piece that was altered is not vouched for.
    std::fs::write(format!("{folder}/00000.piece"), b"something else").unwrap();
    let (error, _) = world.fail(&adopt);
    assert!(error["cause"].as_str().unwrap().contains("damaged"), "{error}");
}

#[test]
fn genesis_files_are_checked() {
    let world = World::new();
    let path = world.path("genesis.json");
    let file = path.display().to_string();
    std::fs::write(&path, "{").unwrap();
    let (error, exit) = world.fail(&format!("ledger check --genesis {file}"));
    assert_eq!(exit, 2);
    assert!(error["cause"].as_str().unwrap().contains("incomplete genesis json"), "{error}");
    let (error, exit) = world.fail("ledger check --genesis nowhere.json");
    assert_eq!((error["code"].as_str(), exit), (Some("io"), 1));
}

#[test]
fn what_is_no_chain_is_refused() {
    let world = World::new();
    let path = world.path("x");
    let file = path.display().to_string();
    for content in ["", "NOMCHAIN", "NOMCHAIN and more that makes no sense", "{}", "a\nb"] {
        std::fs::write(&path, content).unwrap();
        let (error, _) = world.fail(&format!("ledger import {file}"));
        assert!(error["message"].as_str().is_some());
        let (error, _) = world.fail(&format!("ledger replay {file}"));
        assert!(error["message"].as_str().unwrap().contains("recording"), "{error}");
        let (error, _) = world.fail(&format!("restore {file}"));
        assert!(error["message"].as_str().is_some());
    }
}
