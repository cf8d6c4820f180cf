//! A faucet among kills and bad clients.

use super::world::{Devnet, Running};
use ledger::types::{Address, Hash, sha3_256_of};
use ledger::verify::pow;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use ureq::Agent;

/// The longest that anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn serve(net: &Devnet, flags: &str) -> Running {
    let journal = net.world.path("faucet.jsonl");
    net.world.start(&format!(
        "faucet serve --json --from dev:9 --addr 0 --difficulty 100 --journal {} {flags}",
        journal.display()
    ))
}

fn url(faucet: &Running) -> String {
    faucet.ready["url"].as_str().unwrap().to_owned()
}

/// Status and body of an answer.
fn ask(method: &str, url: &str, body: Option<&str>) -> (u16, Value) {
    let config = Agent::config_builder().http_status_as_error(false).proxy(None).build();
    let agent: Agent = config.into();
    let sent = match (method, body) {
        ("POST", body) => agent.post(url).send(body.unwrap_or_default()),
        ("PUT", body) => agent.put(url).send(body.unwrap_or_default()),
        _ => agent.get(url).call(),
    };
    let mut answer = sent.unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap())
}

#[test]
fn each_request_is_paid_once_whenever_the_faucet_is_killed() {
    let net = Devnet::start();
    let before = net.balance("dev:9", "ZNN");
    let receivers = 4;
    for receiver in 0..receivers {
        let faucet = serve(&net, "--amount 1.5 --qsr 2 --per-ip 100");
        // Acknowledged, and not waited for.
        let at = url(&faucet);
        let (error, exit) = net.fail(&format!("faucet request dev:{receiver} --url {at} --wait 0"));
        assert!((error["code"] == "timed-out" && exit == 7) || exit == 0, "{error}");
        // As kill -9 does, at whatever it is doing.
        drop(faucet);
    }
    let faucet = serve(&net, "--amount 1.5 --qsr 2 --per-ip 100");
    let start = Instant::now();
    while net.get(&format!("faucet status --url {}", url(&faucet)))["waiting"] != 0 {
        assert!(start.elapsed() < PATIENCE, "all are paid");
        std::thread::sleep(Duration::from_millis(50));
    }
    for receiver in 0..receivers {
        let waiting = net.get(&format!("balance dev:{receiver}"))["waiting"].as_u64();
        assert_eq!(waiting, Some(2), "one block of each coin for dev:{receiver}");
    }
    assert_eq!(net.balance("dev:9", "ZNN"), before - receivers * 150_000_000);
    // Two faucets of one account would send twice.
    let journal = net.world.path("faucet.jsonl");
    let second = format!("faucet serve --from dev:9 --addr 0 --journal {}", journal.display());
    let (error, exit) = net.fail(&second);
    assert_eq!((error["code"].as_str(), exit), (Some("io"), 1));
    assert!(error["message"].as_str().unwrap().ends_with("in use by another faucet"));
}

#[test]
fn a_block_that_was_published_and_not_noted_is_found_again() {
    let net = Devnet::start();
    let faucet = serve(&net, "");
    net.get(&format!("faucet request dev:1 --url {}", url(&faucet)));
    drop(faucet);
    // As if it had been killed between the two.
    let journal = net.world.path("faucet.jsonl");
    let text = std::fs::read_to_string(&journal).unwrap();
    let noted = |line: &&str| line.contains("\"line\":\"sent\"");
    assert_eq!(text.lines().filter(noted).count(), 2);
    let kept: Vec<&str> = text.lines().filter(|line| !noted(line)).collect();
    std::fs::write(&journal, kept.join("\n") + "\n").unwrap();
    let faucet = serve(&net, "");
    let start = Instant::now();
    while net.get(&format!("faucet status --url {}", url(&faucet)))["served"] != 1 {
        assert!(start.elapsed() < PATIENCE, "it is found");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(net.get("balance dev:1")["waiting"], 2);
    assert_eq!(net.get("account dev:9")["height"], 3);
}

#[test]
fn bad_requests_are_refused_with_a_code() {
    let net = Devnet::start();
    let faucet = serve(&net, "--per-ip 1");
    let at = url(&faucet);
    let refused = |method: &str, path: &str, body: Option<&str>| {
        let (status, answer) = ask(method, &format!("{at}{path}"), body);
        (status, answer["error"]["code"].as_str().unwrap().to_owned())
    };
    let code = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(refused("GET", "/nothing", None), code(404, "not-found"));
    assert_eq!(refused("GET", "/request/abc", None), code(404, "not-found"));
    assert_eq!(refused("PUT", "/request", Some("x")), code(405, "bad-method"));
    assert_eq!(refused("GET", "/challenge", None), code(400, "bad-request"));
    assert_eq!(refused("GET", "/challenge?address=z1x", None), code(400, "bad-request"));
    for body in ["", "{", "[]", "{\"address\":1}", "{\"address\":\"z1x\",\"x\":1}"] {
        assert_eq!(refused("POST", "/request", Some(body)), code(400, "bad-request"), "{body}");
    }
    let large = "x".repeat(5_000);
    assert_eq!(refused("POST", "/request", Some(&large)), code(413, "too-large"));

    let accounts = net.get("devnet accounts");
    let address = accounts["accounts"][1]["address"].as_str().unwrap();
    let (status, puzzle) = ask("GET", &format!("{at}/challenge?address={address}"), None);
    assert_eq!((status, &puzzle["difficulty"]), (200, &json!(100)));
    let challenge = puzzle["challenge"].as_str().unwrap();
    let body = |challenge: &str, nonce: &str| {
        json!({ "address": address, "challenge": challenge, "nonce": nonce }).to_string()
    };
    for (challenge, nonce, expected) in [
        ("00", "00", code(400, "bad-request")),
        (challenge, "00", code(400, "bad-request")),
        (&"0".repeat(80), "0000000000000000", code(409, "stale-challenge")),
    ] {
        assert_eq!(refused("POST", "/request", Some(&body(challenge, nonce))), expected);
    }
    // One nonce in a hundred solves it; none of these does.
    let raw = hex::decode(challenge).unwrap();
    let work = Hash(sha3_256_of(&[&raw, &address.parse::<Address>().unwrap().0]));
    let unsolved = (0..u64::MAX)
        .map(u64::to_le_bytes)
        .filter(|nonce| pow::value(nonce, &work) < pow::threshold(100));
    for nonce in unsolved.take(20) {
        let body = body(challenge, &hex::encode(nonce));
        let (status, told) = ask("POST", &format!("{at}/request"), Some(&body));
        assert_eq!(status, 400, "{told}");
    }
    let (status, told) = ask("GET", &format!("{at}/status"), None);
    assert_eq!((status, told["gives"]["znn"].as_str()), (200, Some("10")));

    // The place has had its share, whichever address it names.
    net.get(&format!("faucet request dev:2 --url {at}"));
    let (error, exit) = net.fail(&format!("faucet request dev:3 --url {at}"));
    assert_eq!((error["code"].as_str(), exit), (Some("refused"), 4));
    assert!(error["cause"].as_str().unwrap().starts_with("too many requests from this place"));
    assert_eq!(faucet.interrupt(), 0);
}

#[test]
fn a_faucet_without_coins_says_so() {
    let net = Devnet::start();
    net.get("wallet new --name poor");
    let journal = net.world.path("poor.jsonl");
    let faucet = net.world.start(&format!(
        "faucet serve --json --from poor --addr 0 --difficulty 100 --qsr 0 --journal {}",
        journal.display()
    ));
    net.call("plasma fuse --dev 0 --address poor --amount 50");
    let (error, exit) = net.fail(&format!("faucet request dev:1 --url {}", url(&faucet)));
    assert_eq!((error["code"].as_str(), exit), (Some("node-error"), 3));
    assert_eq!(error["cause"], "insufficient balance for transfer");
    let (error, exit) = net.fail("faucet serve --from poor --amount 0 --qsr 0 --addr 0");
    assert_eq!((error["code"].as_str(), exit), (Some("usage"), 2));
    let (error, exit) = net.fail("faucet request dev:1 --url http://127.0.0.1:1");
    assert_eq!((error["code"].as_str(), exit), (Some("node-unreachable"), 3));
}
