//! The cases: what each does with the SDK, and what it expects to find afterwards. They run at once: no
//! two of them look at the balance of one account.

use crate::chain::{Account, Chain, Outcome, REFUSED, coins, qsr, znn};
use crate::network::BLOCK_TIME;
use serde_json::{Value, json};
use sha3::{Digest, Sha3_256};
use znn_sdk_rust::model::embedded::accelerator::AcceleratorProjectStatus;
use znn_sdk_rust::{AccountBlockTemplate, Hash, PageQuery, TokenStandard};

/// The pillar that every development network begins with, owned by account 0.
const PILLAR: &str = "devnet";

/// A month of staking: 259,200 slots.
fn stake_unit() -> u64 {
    let given = std::env::var("SDK_STAKE_UNIT").ok().and_then(|text| text.parse().ok());
    given.unwrap_or(259_200 * BLOCK_TIME)
}

fn send(to: &Account, token: TokenStandard, count: u64) -> AccountBlockTemplate {
    AccountBlockTemplate::send(to.address.clone(), token, coins(count), None)
}

/// Reads what the network begins with.
pub async fn reads(chain: Chain) -> Outcome<()> {
    let zenon = &chain.zenon;
    let frontier = zenon.ledger.get_frontier_momentum().await?;
    assert_eq!(frontier.chain_identifier(), 321);
    let same = zenon.ledger.get_momentum_by_hash(frontier.hash()).await?.ok_or("it exists")?;
    assert_eq!(same.to_json(), frontier.to_json());
    let before = zenon.ledger.get_momentum_before_time(frontier.timestamp()).await?;
    assert_eq!(before.ok_or("it exists")?.height(), frontier.height() - 1);
    let first = zenon.ledger.get_momentums_by_height(1, 2).await?.to_json();
    assert_eq!(first["list"][0]["height"], 1);
    let detailed = zenon.ledger.get_detailed_momentums_by_height(1, 1).await?.to_json();
    assert!(detailed["list"][0]["blocks"].as_array().is_some_and(|blocks| blocks.len() > 10));

    let all = PageQuery::default();
    let token = zenon.embedded.token.get_by_zts(&znn()).await?.ok_or("ZNN exists")?;
    assert_eq!((token.symbol(), token.decimals()), ("ZNN", 8));
    let pillars = zenon.embedded.pillar.get_all(all).await?;
    assert!(pillars.list().iter().any(|pillar| pillar.name() == PILLAR));
    assert!(zenon.embedded.pillar.get_by_name("nobody").await?.is_none());
    zenon.embedded.spork.get_all(all).await?;
    zenon.embedded.swap.get_legacy_pillars().await?;

    let nobody = Account::new_wallet()?;
    assert!(zenon.ledger.get_frontier_account_block(&nobody.address).await?.is_none());
    assert!(chain.rpc("ledger.nothing", &[]).await.is_err());
    Ok(())
}

/// Without the corrected connection: what znnd does not take or give, this network does not either.
pub async fn is_refused_as_by_znnd(chain: Chain) -> Outcome<()> {
    let account = chain.account(0)?;
    let template = AccountBlockTemplate::send(account.address.clone(), znn(), coins(1), None);
    // The block's type as text.
    assert!(chain.plain.requires_pow(&template, &account.pair).await.is_err());
    // The null key of a genesis block.
    assert!(chain.plain.ledger.get_account_blocks_by_height(&account.address, 1, 1).await.is_err());
    // A name of another method.
    assert!(chain.plain.embedded.plasma.get_required_fusion_amount(21_000).await.is_err());
    Ok(())
}

/// Sends, receives, and is refused what it does not have.
pub async fn sends_and_receives(mut chain: Chain) -> Outcome<()> {
    let (from, to) = (chain.account(1)?, chain.account(2)?);
    let before = (chain.balance(&from, &znn()).await?, chain.balance(&to, &znn()).await?);
    let hash = chain.send(&from, send(&to, znn(), 25)).await?;
    let sent = chain.confirmed(&hash).await?;
    assert_eq!(sent.template().amount(), &coins(25));
    assert!(sent.paired_account_block().is_none());
    let received = chain.receive_all(&to).await?;
    let block = chain.confirmed(&received[0]).await?;
    let paired = block.paired_account_block().ok_or("a receive block has its send block")?;
    assert_eq!(paired.template().hash(), &hash);
    assert_eq!(chain.balance(&from, &znn()).await?, before.0 - coins(25));
    assert_eq!(chain.balance(&to, &znn()).await?, before.1 + coins(25));
    assert!(chain.send(&from, send(&to, znn(), 10_000_000)).await.is_err());
    assert!(chain.send(&to, AccountBlockTemplate::receive(hash)).await.is_err());
    Ok(())
}

/// Is told of its block by all four subscriptions.
pub async fn subscribes(mut chain: Chain) -> Outcome<()> {
    let (from, to) = (chain.account(3)?, chain.account(4)?);
    let subscribe = &chain.plain.subscribe;
    let mut momentums = subscribe.to_momentums_stream().await?;
    let mut streams = [
        subscribe.to_all_account_blocks_stream().await?,
        subscribe.to_account_blocks_by_address_stream(&from.address).await?,
        subscribe.to_unreceived_account_blocks_by_address_stream(&to.address).await?,
    ];
    assert!(streams[0].id().starts_with("0x"));
    let hash = chain.send(&from, send(&to, qsr(), 3)).await?;
    chain.confirmed(&hash).await?;
    for stream in &mut streams {
        let told = loop {
            let list = stream.recv().await?.ok_or("the subscription goes on")?;
            let blocks = list.as_array().ok_or("a list of blocks")?;
            if let Some(block) = blocks.iter().find(|block| block["hash"] == hash.to_string()) {
                break block.clone();
            }
        };
        assert_eq!(told["blockType"], 2);
        assert_eq!(told["address"], from.address.to_string());
        assert_eq!(told["toAddress"], to.address.to_string());
    }
    let mut heights = Vec::new();
    for _ in 0..3 {
        let list = momentums.recv().await?.ok_or("the subscription goes on")?;
        heights.push(list[0]["height"].as_u64().ok_or("a height")?);
    }
    assert!(heights.windows(2).all(|pair| pair[1] == pair[0] + 1), "{heights:?}");
    Ok(())
}

/// Does proof of work for what fused plasma does not cover.
pub async fn works(mut chain: Chain) -> Outcome<()> {
    let (rich, wallet) = (chain.account(5)?, Account::new_wallet()?);
    assert!(!chain.zenon.requires_pow(&send(&wallet, znn(), 10), &rich.pair).await?);
    assert!(chain.zenon.requires_pow(&send(&rich, znn(), 10), &wallet.pair).await?);
    // 10 QSR cover a plain block, and ten bytes more cost 68 plasma each.
    let fuse = chain.zenon.embedded.plasma.fuse(wallet.address.clone(), coins(10));
    chain.call(&rich, fuse).await?;
    chain.send(&rich, send(&wallet, znn(), 10)).await?;
    let received = chain.receive_all(&wallet).await?;
    chain.confirmed(&received[0]).await?;
    let to = rich.address.clone();
    let back = AccountBlockTemplate::send(to, znn(), coins(1), Some(b"ten bytes!".to_vec()));
    let hash = chain.send(&wallet, back).await?;
    let block = chain.confirmed(&hash).await?;
    assert_eq!((block.template().fused_plasma(), block.base_plasma()), (21_000, 21_680));
    assert_eq!((block.template().difficulty(), block.used_plasma()), (1_020_000, 21_680));
    assert_eq!(chain.balance(&wallet, &znn()).await?, coins(9));
    Ok(())
}

/// A new wallet receives with plasma that another fused for it.
pub async fn fuses(mut chain: Chain) -> Outcome<()> {
    let (rich, wallet) = (chain.account(6)?, Account::new_wallet()?);
    let fuse = chain.zenon.embedded.plasma.fuse(wallet.address.clone(), coins(50));
    let id = chain.call(&rich, fuse).await?;
    let info = chain.zenon.embedded.plasma.get(&wallet.address).await?;
    assert_eq!((info.current_plasma(), info.qsr_amount()), (105_000, &coins(50)));
    let all = PageQuery::default();
    let entries = chain.zenon.embedded.plasma.get_entries_by_address(&rich.address, all).await?;
    let entry = entries.list().iter().find(|entry| entry.id() == &id).ok_or("it is listed")?;
    assert_eq!(entry.beneficiary(), &wallet.address);
    chain.send(&rich, send(&wallet, qsr(), 7)).await?;
    let received = chain.receive_all(&wallet).await?;
    let block = chain.confirmed(&received[0]).await?;
    assert_eq!((block.template().difficulty(), block.template().fused_plasma()), (0, 21_000));
    // The SDK calls the method by the name that it has in the stake contract; this one does not know it.
    let cancel = chain.zenon.embedded.plasma.cancel(&id);
    assert!(chain.send(&rich, cancel).await.is_err());
    Ok(())
}

/// Issues a token, mints, burns and closes it.
pub async fn issues_a_token(mut chain: Chain) -> Outcome<()> {
    let owner = chain.account(7)?;
    let issue = chain.zenon.embedded.token.issue_token(
        "A-token-of-the-tests",
        "TEST",
        "example.com",
        coins(100),
        coins(1_000),
        8,
        true,
        true,
        false,
    );
    let hash = chain.call(&owner, issue).await?;
    let id = TokenStandard::from_bytes(&Sha3_256::digest(hash.bytes())[..10])?;
    let token = chain.zenon.embedded.token.get_by_zts(&id).await?.ok_or("it exists")?;
    assert_eq!((token.name(), token.total_supply()), ("A-token-of-the-tests", &coins(100)));
    chain.receive_all(&owner).await?;
    assert_eq!(chain.balance(&owner, &id).await?, coins(100));

    let address = owner.address.clone();
    let mint = chain.zenon.embedded.token.mint_token(id.clone(), coins(50), address.clone());
    chain.call(&owner, mint).await?;
    chain.receive_all(&owner).await?;
    let burn = chain.zenon.embedded.token.burn_token(id.clone(), coins(30));
    chain.call(&owner, burn).await?;
    assert_eq!(chain.balance(&owner, &id).await?, coins(120));
    let more = chain.zenon.embedded.token.mint_token(id.clone(), coins(5_000), address.clone());
    chain.call_with(&owner, more, REFUSED).await?;
    let close = chain.zenon.embedded.token.update_token(id.clone(), address, false, false);
    chain.call(&owner, close).await?;
    let token = chain.zenon.embedded.token.get_by_zts(&id).await?.ok_or("it exists")?;
    assert_eq!(token.total_supply(), &coins(120));
    assert!(!token.is_mintable() && !token.is_burnable());
    Ok(())
}

/// Stakes, and delegates.
pub async fn stakes_and_delegates(mut chain: Chain) -> Outcome<()> {
    let staker = chain.account(8)?;
    let duration = 2 * stake_unit();
    let stake = chain.zenon.embedded.stake.stake(duration, coins(100));
    let id = chain.call(&staker, stake).await?;
    let all = PageQuery::default();
    let entries = chain.zenon.embedded.stake.get_entries_by_address(&staker.address, all).await?;
    assert_eq!((entries.count(), entries.total_amount()), (1, &coins(100)));
    let entry = &entries.list()[0];
    assert_eq!(entry.expiration_timestamp() - entry.start_timestamp(), duration);
    assert!(entry.weighted_amount() > entry.amount());
    let cancel = chain.zenon.embedded.stake.cancel(&id);
    chain.call_with(&staker, cancel, REFUSED).await?;

    let delegate = chain.zenon.embedded.pillar.delegate(PILLAR);
    chain.call(&staker, delegate).await?;
    let info = chain.zenon.embedded.pillar.get_delegated_pillar(&staker.address).await?;
    assert!(info.is_some_and(|info| info.name() == PILLAR && info.is_pillar_active()));
    let undelegate = chain.zenon.embedded.pillar.undelegate();
    chain.call(&staker, undelegate).await?;
    let info = chain.zenon.embedded.pillar.get_delegated_pillar(&staker.address).await?;
    assert!(info.is_none());
    Ok(())
}

/// Registers a sentinel.
pub async fn registers_a_sentinel(mut chain: Chain) -> Outcome<()> {
    let owner = chain.account(9)?;
    let deposit = chain.zenon.embedded.sentinel.deposit_qsr(coins(50_000));
    chain.call(&owner, deposit).await?;
    let deposited = chain.zenon.embedded.sentinel.get_deposited_qsr(&owner.address).await?;
    assert_eq!(deposited, coins(50_000));
    let register = chain.zenon.embedded.sentinel.register();
    chain.call(&owner, register).await?;
    let info = chain.zenon.embedded.sentinel.get_by_owner(&owner.address).await?;
    assert!(info.is_some_and(|info| info.active()));
    let revoke = chain.zenon.embedded.sentinel.revoke();
    chain.call_with(&owner, revoke, REFUSED).await?;
    Ok(())
}

/// Registers a pillar, and changes it.
pub async fn registers_a_pillar(mut chain: Chain) -> Outcome<()> {
    let (owner, producer) = (chain.account(3)?, Account::new_wallet()?);
    let name = "a-pillar-of-the-tests";
    assert!(chain.zenon.embedded.pillar.check_name_availability(name).await?);
    let cost = chain.zenon.embedded.pillar.get_qsr_registration_cost().await?;
    let deposit = chain.zenon.embedded.pillar.deposit_qsr(cost);
    chain.call(&owner, deposit).await?;
    let addresses = (producer.address.clone(), owner.address.clone());
    let pillar = &chain.zenon.embedded.pillar;
    let register = pillar.register(name, addresses.0.clone(), addresses.1.clone(), 10, 90);
    chain.call(&owner, register).await?;
    let pillar = &chain.zenon.embedded.pillar;
    assert!(!pillar.check_name_availability(name).await?);
    let change = pillar.update_pillar(name, addresses.0, addresses.1, 20, 80);
    chain.call(&owner, change).await?;
    let info = chain.zenon.embedded.pillar.get_by_name(name).await?.ok_or("it exists")?;
    assert_eq!(info.producer_address(), &producer.address);
    assert_eq!(info.give_momentum_reward_percentage(), 20);
    Ok(())
}

/// Locks tokens in an htlc and unlocks them.
pub async fn unlocks_an_htlc(mut chain: Chain) -> Outcome<()> {
    let (from, to) = (chain.account(4)?, chain.account(0)?);
    let preimage = vec![7; 32];
    let lock = Sha3_256::digest(&preimage).to_vec();
    let now = chain.zenon.ledger.get_frontier_momentum().await?.timestamp();
    let token = chain.zenon.embedded.token.get_by_zts(&znn()).await?.ok_or("ZNN exists")?;
    let end = i64::try_from(now)? + 3600;
    let htlc = &chain.zenon.embedded.htlc;
    let create = htlc.create(&token, coins(12), to.address.clone(), end, 0, 32, lock);
    let id = chain.call(&from, create).await?;
    let info = chain.rpc("embedded.htlc.getById", &[json!(id.to_string())]).await?;
    assert_eq!(info["hashLocked"], to.address.to_string());
    assert_eq!(info["amount"], coins(12).to_string());
    let reclaim = chain.zenon.embedded.htlc.reclaim(&id);
    chain.call_with(&from, reclaim, REFUSED).await?;
    let wrong = chain.zenon.embedded.htlc.unlock(&id, vec![8; 32]);
    chain.call_with(&to, wrong, REFUSED).await?;
    let before = chain.balance(&to, &znn()).await?;
    let unlock = chain.zenon.embedded.htlc.unlock(&id, preimage);
    chain.call(&to, unlock).await?;
    assert!(chain.rpc("embedded.htlc.getById", &[json!(id.to_string())]).await.is_err());
    chain.receive_all(&to).await?;
    assert_eq!(chain.balance(&to, &znn()).await?, before + coins(12));
    Ok(())
}

/// Asks the accelerator for funds, and the pillar's owner votes.
pub async fn asks_the_accelerator(mut chain: Chain) -> Outcome<()> {
    let author = chain.account(5)?;
    let create = chain.zenon.embedded.accelerator.create_project(
        "Test project",
        "Something to vote on",
        "example.com",
        coins(1_000),
        coins(10_000),
    );
    let id: Hash = chain.call(&author, create).await?;
    let projects = chain.zenon.embedded.accelerator.get_all(PageQuery::default()).await?;
    let project = projects.find_id(&id).ok_or("it is listed")?;
    assert_eq!(project.owner(), &author.address);
    assert_eq!(project.znn_funds_needed(), &coins(1_000));
    assert_eq!(project.status(), AcceleratorProjectStatus::Voting);
    // Not the pillar's owner.
    let vote = chain.zenon.embedded.accelerator.vote_by_name(PILLAR, &id, 0);
    chain.call_with(&author, vote, REFUSED).await?;
    let votes = chain.zenon.embedded.accelerator.get_vote_breakdown(&id).await?;
    assert_eq!((votes.total(), votes.yes(), votes.no()), (0, 0, 0));
    let info: Value = project.to_json();
    assert_eq!(info["id"], id.to_string());
    Ok(())
}
