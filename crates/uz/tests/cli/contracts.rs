//! Calls of contracts and what they bring about.

use super::world::Devnet;

#[test]
fn a_token_is_issued_minted_burned_and_handed_over() {
    let net = Devnet::start();
    let issued = net.call(
        "token issue --dev 2 --token-name Test --token-symbol TST --total-supply 100 --max-supply 1000 --decimals 2 --is-mintable --is-burnable",
    );
    let id = issued["tokenStandard"].as_str().unwrap().to_owned();
    net.get("receive --dev 2 --all --wait");
    assert_eq!(net.balance("dev:2", &id), 10_000);
    net.call(&format!("token mint --dev 2 --token {id} --amount 1.5 --receive-address dev:3"));
    net.get("receive --dev 3 --all --wait");
    assert_eq!(net.balance("dev:3", &id), 150);
    net.call(&format!("token burn --dev 2 --token {id} --amount 50"));
    assert_eq!(net.get(&format!("token info {id}"))["totalSupply"], "5150");
    net.call(&format!(
        "token update-token --dev 2 --token {id} --owner dev:3 --is-mintable false --is-burnable true"
    ));
    assert_eq!(net.get("token owned dev:3")["list"][0]["tokenStandard"], id.as_str());
    let shown = net.world.run(&format!("token info {id}")).out;
    assert!(shown.lines().any(|line| line == "totalSupply    51.5"), "{shown}");
}

#[test]
fn stakes_and_fusions_are_made_and_looked_at() {
    let net = Devnet::start();
    let stake = net.call("stake stake --dev 1 --amount 5 --duration 2mo");
    let list = net.get("stake list --dev 1");
    assert_eq!(list["list"][0]["id"], stake["id"]);
    // Two months of three days each, where a slot takes a second.
    let entry = &list["list"][0];
    let length =
        entry["expirationTimestamp"].as_u64().unwrap() - entry["startTimestamp"].as_u64().unwrap();
    assert_eq!(length, 2 * 259_200);
    let (error, exit) =
        net.fail(&format!("stake cancel --dev 1 --id {} --wait", stake["id"].as_str().unwrap()));
    assert_eq!((error["code"].as_str(), exit), (Some("contract-refused"), 4));
    net.get("devnet increase-time 2mo");
    net.call(&format!("stake cancel --dev 1 --id {}", stake["id"].as_str().unwrap()));
}

#[test]
fn pillars_sentinels_and_delegations() {
    let net = Devnet::start();
    net.call("pillar deposit-qsr --dev 2 --amount 150000");
    net.call("pillar register --dev 2 --name second --producer-address dev:3");
    let names: Vec<String> = net.get("pillar list")["list"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pillar| pillar["name"].as_str().unwrap().to_owned())
        .collect();
    assert!(names.contains(&"second".to_owned()), "{names:?}");
    net.call("pillar delegate --dev 4 --name second");
    assert_eq!(net.get("pillar delegated dev:4")["name"], "second");
    net.call("sentinel deposit-qsr --dev 5 --amount 50000");
    net.call("sentinel register --dev 5");
    assert_eq!(net.get("sentinel info dev:5")["active"], true);
    let (error, _) = net.fail("pillar info nobody");
    assert_eq!(error["code"], "not-found");
}

#[test]
fn htlcs_projects_and_administration() {
    let net = Devnet::start();
    // SHA3-256 of 32 zero bytes.
    let lock = "9e6291970cb44dd94008c79bcaf9d86f18b4b49ba5b2a04781db7199ed3b9e4e";
    let preimage = "0".repeat(64);
    let made = net.call(&format!(
        "htlc create --dev 0 --amount 2 --hash-locked dev:1 --expiration-time +1h --hash-lock {lock}"
    ));
    let id = made["id"].as_str().unwrap();
    assert_eq!(net.get(&format!("htlc info {id}"))["amount"], "200000000");
    net.call(&format!("htlc unlock --dev 1 --id {id} --preimage {preimage}"));
    assert_eq!(net.get("receive --dev 1 --all")["received"][0]["amount"], "200000000");

    let project = net.get("receive --dev 1");
    assert_eq!(project["received"].as_array().unwrap().len(), 0);
    let made = net.world.run_args(&[
        "accelerator",
        "create-project",
        "--dev",
        "1",
        "--name",
        "thing",
        "--description",
        "a good thing",
        "--url",
        "example.com",
        "--znn-funds-needed",
        "10",
        "--qsr-funds-needed",
        "100",
        "--wait",
        "--json",
    ]);
    assert_eq!(made.exit, 0, "{}", made.out);
    let list = net.get("accelerator list");
    let id = list["list"][0]["id"].as_str().unwrap().to_owned();
    net.call(&format!("accelerator vote-by-name --dev 0 --id {id} --name devnet --vote yes"));
    assert_eq!(net.get(&format!("accelerator votes {id}"))["yes"], 1);

    net.call("bridge set-bridge-metadata --dev 0 --metadata {}");
    net.call("liquidity set-is-halted --dev 0 --is-halted");
    assert_eq!(net.get("liquidity info")["isHalted"], true);
    let (error, exit) = net.fail("spork create --dev 1 --name name5 --description d");
    assert_eq!((error["cause"].as_str(), exit), (Some("address cannot call this method"), 4));
    net.call("spork create --dev 0 --name name5 --description d");
    assert_eq!(net.get("spork list")["count"], 4);
}
