//! Sending, receiving, plasma, and looking at it.

use super::world::Devnet;

const COIN: u128 = 100_000_000;

#[test]
fn tokens_go_from_one_account_to_another() {
    let net = Devnet::start();
    let before = net.balance("dev:1", "ZNN");
    let sent = net.get("send --dev 0 dev:1 12.5 --wait");
    assert_eq!(sent["amount"], "1250000000");
    assert!(sent["momentumHeight"].as_u64().is_some());
    let waiting = net.get("balance dev:1");
    assert_eq!(waiting["waiting"], 1);
    let received = net.get("receive --dev 1 --all --wait");
    assert_eq!(received["received"][0]["fromBlockHash"], sent["hash"]);
    assert_eq!(net.balance("dev:1", "ZNN"), before + 12 * COIN + COIN / 2);
    assert_eq!(net.get("receive --dev 1")["received"].as_array().unwrap().len(), 0);

    // Looked at from all sides.
    let hash = sent["hash"].as_str().unwrap();
    let block = net.get(&format!("block {hash}"));
    assert_eq!(block["pairedAccountBlock"]["address"], received["received"][0]["address"]);
    let account = net.get("account dev:0 --blocks 3");
    assert_eq!(account["blocks"][0]["hash"], hash);
    let height = sent["momentumHeight"].as_u64().unwrap();
    let momentum = net.get(&format!("momentum {height}"));
    let same = net.get(&format!("momentum {}", momentum["hash"].as_str().unwrap()));
    assert_eq!(momentum, same);
    let called = net.get(&format!("rpc ledger.getMomentumsByHeight {height} 1"));
    assert_eq!(called["list"][0]["hash"], momentum["hash"]);
    let text = net.world.run(&format!("block {hash}")).out;
    assert!(text.contains("amount") && text.contains("12.5"), "{text}");
    assert_eq!(net.get("status")["chainIdentifier"], 321);
    let doctor = net.get("doctor");
    assert!(doctor["ok"].as_u64().unwrap() > 15, "{doctor}");
}

#[test]
fn refusals_say_why_and_what_to_do() {
    let net = Devnet::start();
    let (error, exit) = net.fail("send --dev 0 dev:1 100000000");
    assert_eq!((error["code"].as_str(), exit), (Some("refused"), 4));
    assert_eq!(error["cause"], "insufficient balance for transfer");
    let (error, exit) = net.fail("send --dev 0 dev:1 0.123456789");
    assert_eq!((error["code"].as_str(), exit), (Some("usage"), 2));
    assert_eq!(error["message"], "\"0.123456789\" has 9 decimals, the token has 8");
    let (error, _) = net.fail("send --dev 0 z1nobody 1");
    assert!(error["message"].as_str().unwrap().starts_with("\"z1nobody\" is no address"));
    let (error, exit) = net.fail("send --dev 0 dev:1 1 zts1hz3ys62vnc8tdajnwrz6pp");
    assert_eq!((error["code"].as_str(), exit), (Some("not-found"), 5));
    let (error, exit) = net.fail(&format!("block {}", "0".repeat(64)));
    assert_eq!((error["code"].as_str(), exit), (Some("not-found"), 5));
    let (error, _) = net.fail("momentum soon");
    assert_eq!(error["message"], "\"soon\" is neither a height nor a hash");
    let (error, exit) = net.fail("rpc ledger.getNothing");
    assert_eq!((error["code"].as_str(), exit), (Some("node-error"), 3));
}

#[test]
fn an_account_without_plasma_is_told_the_ways_out() {
    let net = Devnet::start();
    let mine = net.get("wallet new --name mine")["address"].as_str().unwrap().to_owned();
    net.get(&format!("send --dev 0 {mine} 3 --wait"));
    let (error, exit) = net.fail("receive --from mine");
    assert_eq!((error["code"].as_str(), exit), (Some("plasma-missing"), 4));
    let text = "fused plasma is 0 and this block needs 21000: add --pow or fuse QSR";
    assert_eq!(error["message"], text);

    net.call(&format!("plasma fuse --dev 0 --address {mine} --amount 60"));
    net.get("receive --from mine --all --wait");
    // Named by file, by address, or by being the only one.
    net.get("send --from mine dev:1 0.5 --wait");
    net.get(&format!("send --from {mine} dev:1 0.5 --wait"));
    net.get("send mine 0.5 --wait");
    assert_eq!(net.balance("mine", "ZNN"), 150_000_000);
    assert_eq!(net.get("plasma info mine")["qsrAmount"], "6000000000");
}

#[test]
fn dry_runs_change_nothing() {
    let net = Devnet::start();
    let height = net.get("momentum")["height"].clone();
    let plan = net.get("send --dev 0 dev:1 1 --dry-run");
    assert_eq!(plan["dryRun"], true);
    assert_eq!(plan["block"]["amount"], "100000000");
    assert_eq!(plan["block"]["fusedPlasma"], 21_000);
    net.get("stake stake --dev 0 --amount 5 --duration 1mo --dry-run");
    net.get("devnet mine 3 --dry-run");
    assert_eq!(net.get("momentum")["height"], height);
    assert_eq!(net.get("account dev:0")["height"], 1);
}
