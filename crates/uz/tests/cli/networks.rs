//! Networks of one's own: made, joined, looked after; coins from a faucet; pillars behind sentries.

use super::world::{Running, World};
use serde_json::Value;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// The longest that anything may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// Looks until there is something to see.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The first of some ports that are free now, and that no other test of this process was given. They lie
/// below those that the system gives to whoever takes any.
fn ports() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 500).unwrap();
    loop {
        let turn = TAKEN.fetch_add(1, Ordering::Relaxed);
        assert!(turn < 500, "some ports are free");
        let first = 12_000 + (start + turn) % 500 * 40;
        let all = (first..first + 40).map(|port| TcpListener::bind(("127.0.0.1", port)));
        if all.collect::<Result<Vec<_>, _>>().is_ok() {
            return first;
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// A network in the world's folder `net`, and what was told of it.
fn make(world: &World, flags: &str, port: u16) -> Value {
    let dir = world.path("net");
    world.get(&format!("network new -o {} --block-time 1 --port {port} {flags}", dir.display()))
}

/// Starts the nodes of a network.
fn start(world: &World, network: &Value) -> Vec<Running> {
    let nodes = network["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| world.start(&format!("node --json --config {}", text(&node["config"]))))
        .collect()
}

/// A node that has nothing but the network file.
fn join(world: &World, name: &str, flags: &str) -> Running {
    let file = world.path("net/network.json");
    let (file, dir) = (file.display(), world.path(name));
    let ports = "--listen 0 --rpc-addr 0 --ws-addr 0";
    world.start(&format!(
        "node --json --network {file} --data-dir {} {ports} {flags}",
        dir.display()
    ))
}

fn url(node: &Running) -> &str {
    text(&node.ready["http"])
}

#[test]
fn a_network_is_made_named_and_known() {
    let world = World::new();
    let plan = make(&world, "--dry-run", 15_000);
    assert_eq!(plan["dryRun"], true);
    assert!(!world.path("net").exists());
    let network = make(&world, "--pillars 2 --name mine --chain-id 4711 --faucet", 15_000);
    assert_eq!(network["chainIdentifier"], 4711);
    assert_eq!(network["faucet"], "http://127.0.0.1:14995");
    let told = world.run("network new -o elsewhere --dry-run").out;
    assert!(told.contains("pillar-3 at 127.0.0.1:36015"), "{told}");
    let dir = world.path("net").display().to_string();
    let (error, exit) = world.fail(&format!("network new -o {dir}"));
    assert_eq!((error["code"].as_str(), exit), (Some("usage"), 2));
    let (error, _) = world.fail("network new -o x --name a/b");
    assert!(text(&error["message"]).contains("can't name"), "{error}");
    let (error, _) = world.fail("network new -o x --pillars 3 --host 10.0.0.1 --host 10.0.0.2");
    assert!(text(&error["message"]).contains("2 hosts"), "{error}");

    assert_eq!(world.get("network ls")["networks"].as_array().unwrap().len(), 0);
    let (error, exit) = world.fail("node --network mine");
    assert_eq!((error["code"].as_str(), exit), (Some("not-found"), 5));
    let added = world.get(&format!("network add {dir}/network.json"));
    assert_eq!((&added["name"], &added["genesis"]), (&"mine".into(), &network["genesis"]));
    let known = world.get("network ls");
    assert_eq!(known["networks"][0]["bootnodes"], network["bootnodes"]);
    let (error, _) = world.fail(&format!("network add {dir}/pillar-1/config.toml"));
    assert!(text(&error["message"]).ends_with("is no network file"), "{error}");

    for flags in ["--only-trusted", "--bootnode 1.2.3.4:5", "--private-peer me", "--ntp"] {
        let (error, exit) = world.fail(&format!("node --network mine {flags}"));
        assert_eq!((error["code"].as_str(), exit), (Some("usage"), 2), "{flags}: {error}");
    }
}

#[test]
fn a_newcomer_joins_by_the_file_alone_gets_coins_and_sends_them() {
    let world = World::new().with_password("secret");
    let network = make(&world, "--faucet", ports());
    let pillars = start(&world, &network);
    let newcomer = join(&world, "newcomer", "");
    let (at, home) = (url(&newcomer), world.path("newcomer").display().to_string());
    let status = world.get(&format!("status --wait --node {at}"));
    assert_eq!(status["chainIdentifier"], network["chainIdentifier"]);

    // Coins for a little work.
    let keys = text(&network["keys"]);
    let serve = format!(
        "faucet serve --json --node {} --key {keys}/faucet --password-file {keys}/password --addr 0 \
         --difficulty 1000 --fuse 50",
        url(&pillars[0])
    );
    let faucet = world.start(&serve);
    let faucet_url = text(&faucet.ready["url"]).to_owned();
    let mine = text(&world.get("wallet new --name mine")["address"]).to_owned();
    let sent = world.get(&format!("faucet request mine --url {faucet_url}"));
    assert_eq!((&sent["state"], &sent["address"]), (&"sent".into(), &mine.clone().into()));
    let (error, exit) = world.fail(&format!("faucet request {mine} --url {faucet_url}"));
    assert_eq!((error["code"].as_str(), exit), (Some("refused"), 4));
    assert_eq!(faucet.interrupt(), 0);
    // Not forgotten over a restart.
    let faucet = world.start(&serve);
    let faucet_url = text(&faucet.ready["url"]);
    let (error, _) = world.fail(&format!("faucet request mine --url {faucet_url}"));
    assert!(text(&error["cause"]).starts_with("this address has had its coins"), "{error}");
    assert_eq!(world.get(&format!("faucet status --url {faucet_url}"))["served"], 1);

    // Received at one node, sent from there, seen at another.
    until("the coins arrive with plasma", || {
        let waiting = world.get(&format!("balance mine --node {at}"))["waiting"] == 2;
        let plasma = world.get(&format!("plasma info mine --node {at}"));
        (waiting && plasma["currentPlasma"].as_u64() >= Some(100_000)).then_some(())
    });
    let received = world.get(&format!("receive --from mine --all --wait --node {at}"));
    assert_eq!(received["received"].as_array().unwrap().len(), 2);
    let sent = world.get(&format!("send --from mine dev:1 2.5 --wait --node {at}"));
    let hash = text(&sent["hash"]);
    until("the block reaches a pillar", || {
        let elsewhere = world.run(&format!("block {hash} --node {} --json", url(&pillars[1])));
        (elsewhere.exit == 0).then_some(())
    });

    // Whom a node talks to is its administrator's matter.
    let peers = world.get(&format!("network peers --node {at}"));
    assert_eq!(peers["count"], 3);
    let peer = text(&peers["list"][0]["peerId"]);
    let ban = format!("network ban {peer} --for 1h --node {at}");
    let (error, exit) = world.fail(&ban);
    assert_eq!((error["code"].as_str(), exit), (Some("node-error"), 3));
    world.get(&format!("{ban} --data-dir {home}"));
    until("the banned peer is gone", || {
        let count = world.get(&format!("network peers --node {at}"))["count"].as_u64();
        (count < Some(3)).then_some(())
    });
    let token = std::fs::read_to_string(world.path("newcomer/admin-token")).unwrap();
    let file = world.path("token");
    std::fs::write(&file, token).unwrap();
    let token = format!("--admin-token-file {}", file.display());
    let bans = world.get(&format!("network bans --node {at} {token}"));
    assert!(bans["bans"][0]["until"].as_u64().is_some(), "{bans}");
    world.get(&format!("network unban {peer} --node {at} {token}"));
    let (error, exit) = world.fail(&format!("network unban {peer} --node {at} {token}"));
    assert_eq!((error["code"].as_str(), exit), (Some("not-found"), 5));
    let bootnode = network["bootnodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(text)
        .find(|bootnode| bootnode.ends_with(peer))
        .unwrap();
    world.get(&format!("network add-peer {bootnode} --node {at} {token}"));
    until("the peer is back", || {
        let count = world.get(&format!("network peers --node {at}"))["count"].as_u64();
        (count == Some(3)).then_some(())
    });
    world.get(&format!("network remove-peer {peer} --node {at} {token}"));
    let info = world.get(&format!("network info --node {at}"));
    assert_eq!((&info["transport"], &info["genesis"]), (&"libp2p".into(), &network["genesis"]));

    assert_eq!(faucet.interrupt(), 0);
    assert_eq!(newcomer.interrupt(), 0);
    // It finds its network again without being told, and goes on.
    let again =
        world.start(&format!("node --json --data-dir {home} --listen 0 --rpc-addr 0 --ws-addr 0"));
    let block = world.get(&format!("block {hash} --node {}", url(&again)));
    assert_eq!(block["hash"], hash);
    for pillar in pillars {
        assert_eq!(pillar.interrupt(), 0);
    }
}

#[test]
fn a_pillar_behind_its_sentry_is_not_given_away() {
    let world = World::new();
    let network = make(&world, "--pillars 1 --sentries", ports());
    let nodes = start(&world, &network);
    let [pillar, sentry] = &nodes[..] else { panic!("a pillar and its sentry") };
    let stranger = join(&world, "stranger", "");
    world.get(&format!("status --wait --node {}", url(&stranger)));
    let reached = until("momentums pass through the sentry", || {
        let height = world.get(&format!("momentum --node {}", url(&stranger)))["height"].as_u64();
        (height >= Some(5)).then_some(height)
    });
    assert!(reached.is_some());
    let peers = |node: &Running, flags: &str| {
        let peers = world.get(&format!("network peers --node {} {flags}", url(node)));
        let names =
            peers["list"].as_array().unwrap().iter().map(|peer| text(&peer["name"]).to_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names.join(" ")
    };
    let info = world.get(&format!("network info --node {}", url(pillar)));
    let id = &info["id"];
    // Nobody reaches it, through a third node neither.
    assert_eq!(info["endpoints"].as_array().unwrap().len(), 0, "{info}");
    // The pillar knows its sentry, the stranger too.
    assert!(peers(pillar, "").ends_with("sentry-1"), "{}", peers(pillar, ""));
    assert!(peers(&stranger, "").ends_with("sentry-1"), "{}", peers(&stranger, ""));
    // The sentry tells its administrator alone.
    assert!(!peers(sentry, "").contains("pillar-1"));
    let home = world.path("net/sentry-1").display().to_string();
    assert!(peers(sentry, &format!("--data-dir {home}")).contains("pillar-1"));
    for (node, method) in [
        (sentry, "network.peers"),
        (sentry, "network.topology"),
        (sentry, "stats.networkInfo"),
        (&stranger, "network.topology"),
        (&stranger, "stats.networkInfo"),
    ] {
        let told = world.get(&format!("rpc {method} --node {}", url(node))).to_string();
        assert!(!told.contains(text(id)) && !told.contains("pillar-1"), "{method}: {told}");
    }
}

#[test]
fn several_nodes_on_one_machine_make_one_chain() {
    let world = World::new();
    let up = world.start("up --json --pillars 2 --rpc-addr 0 --ws-addr 0");
    let nodes = up.ready["nodes"].as_array().unwrap().clone();
    let at = |index: usize| text(&nodes[index]["http"]).to_owned();
    world.get(&format!("status --wait --node {}", at(1)));
    let sent = world.get(&format!("send --dev 0 dev:1 12.5 --wait --node {}", at(0)));
    let hash = text(&sent["hash"]);
    until("the block is at the other node", || {
        let found = world.run(&format!("block {hash} --node {} --json", at(1)));
        (found.exit == 0).then_some(())
    });
    let pillars = world.get(&format!("rpc embedded.pillar.getAll 0 10 --node {}", at(1)));
    assert_eq!(pillars["count"], 2);
    assert_eq!(up.interrupt(), 0);
    // The chain is there again, and another number of pillars is another network.
    let up = world.start("up --json --pillars 2 --rpc-addr 0 --ws-addr 0");
    let at = text(&up.ready["nodes"][0]["http"]);
    assert_eq!(world.get(&format!("block {hash} --node {at}"))["hash"], hash);
    assert_eq!(up.interrupt(), 0);
    let folder = world.path(".local/share/unikernel-z/devnet-2").display().to_string();
    let (error, exit) = world.fail(&format!("up --pillars 3 --data-dir {folder}"));
    assert_eq!((error["code"].as_str(), exit), (Some("usage"), 2));
    assert!(text(&error["message"]).ends_with("another number of pillars"), "{error}");
}
