//! The development network itself: levers, restart, what it refuses.

use super::world::{Devnet, World};

#[test]
fn the_chain_is_mined_saved_taken_back_and_moved_in_time() {
    let net = Devnet::start();
    let height = net.get("momentum")["height"].as_u64().unwrap();
    assert_eq!(net.get("devnet mine 3")["height"], height + 3);
    let snapshot = net.get("devnet snapshot")["snapshot"].as_u64().unwrap();
    net.get("send --dev 0 dev:1 1 --wait");
    assert_eq!(net.get(&format!("devnet revert {snapshot}"))["reverted"], true);
    assert_eq!(net.get("momentum")["height"], height + 3);
    assert_eq!(net.get("account dev:0")["height"], 1);
    let (error, exit) = net.fail(&format!("devnet revert {snapshot}"));
    assert_eq!((error["code"].as_str(), exit), (Some("not-found"), 5));
    let before = net.get("momentum")["timestamp"].as_u64().unwrap();
    let after = net.get("devnet increase-time 1h")["timestamp"].as_u64().unwrap();
    assert!(after >= before + 3600, "{before} {after}");
    assert_eq!(net.get("devnet on-demand on")["onDemand"], true);
}

#[test]
fn ctrl_c_stops_it_and_the_next_start_goes_on() {
    let Devnet { world, running } = Devnet::start();
    world.get("send --dev 0 dev:1 1 --wait");
    let height = world.get("momentum")["height"].clone();
    let genesis = running.ready["genesis"].clone();
    let http = running.ready["http"].as_str().unwrap().to_owned();
    assert_eq!(running.interrupt(), 0);

    let port = http.rsplit(':').next().unwrap();
    let line = format!("up --json --on-demand --rpc-addr {port} --ws-addr none");
    let again = world.start(&line);
    assert_eq!(again.ready["genesis"], genesis);
    assert_eq!(again.ready["ws"], serde_json::Value::Null);
    assert_eq!(world.get("momentum")["height"], height);

    // The folder is in use, and so is the port.
    let (error, exit) = world.fail("up --rpc-addr 0 --ws-addr 0");
    assert_eq!(exit, 1);
    assert!(error["cause"].as_str().unwrap().contains("in use by another process"), "{error}");
    let other = World::new();
    let (error, _) = other.fail(&format!("up --rpc-addr {port} --ws-addr 0"));
    let taken = format!("can't listen at {}", http.trim_start_matches("http://"));
    assert!(error["message"].as_str().unwrap().starts_with(&taken), "{error}");
    assert!(error["fix"].as_str().unwrap().contains("--rpc-addr 0"));
    assert_eq!(again.interrupt(), 0);

    let (error, _) = world.fail("up --block-time 5 --rpc-addr 0 --ws-addr 0");
    assert!(error["message"].as_str().unwrap().contains("has a block time of 1 s"), "{error}");
    let fresh = world.start("up --fresh --json --block-time 5 --rpc-addr 0 --ws-addr 0");
    assert_eq!(fresh.ready["blockTime"], 5);
    let node = fresh.ready["http"].as_str().unwrap();
    assert_eq!(world.get(&format!("account dev:0 --node {node}"))["height"], 1);
    // What sporks brought is there from the start.
    let donate = format!("accelerator donate --dev 0 --amount 1 --node {node}");
    assert_eq!(world.get(&donate)["published"], true);
}

#[test]
fn nothing_but_a_chain_is_thrown_away() {
    let world = World::new();
    std::fs::create_dir(world.path("mine")).unwrap();
    std::fs::write(world.path("mine/thesis.txt"), "x").unwrap();
    let dir = world.path("mine").display().to_string();
    let (error, exit) =
        world.fail(&format!("up --fresh --data-dir {dir} --rpc-addr 0 --ws-addr 0"));
    assert_eq!(exit, 2);
    assert!(error["message"].as_str().unwrap().contains("holds no chain"), "{error}");
    assert!(world.path("mine/thesis.txt").exists());
}
