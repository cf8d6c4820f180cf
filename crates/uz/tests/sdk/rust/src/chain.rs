//! What the cases share: the SDK connected to the network, its accounts, and waiting by momentums.

use crate::transport::Transport;
use num_bigint::BigUint;
use serde_json::{Value, json};
use std::error::Error;
use std::sync::Arc;
use tokio::sync::Mutex;
use znn_sdk_rust::api::subscribe::Subscription;
use znn_sdk_rust::client::interfaces::Client;
use znn_sdk_rust::model::nom::account_block::AccountBlock;
use znn_sdk_rust::primitives::token_standard::{qsr_token_standard, znn_token_standard};
use znn_sdk_rust::{
    AccountBlockTemplate, Address, Hash, KeyPair, KeyStore, PageQuery, PowFuture, PowProvider,
    TokenStandard, Zenon, pow,
};

/// The words of the development network's accounts.
const MNEMONIC: &str = "test test test test test test test test test test test junk";
const CHAIN_IDENTIFIER: u32 = 321;

/// What a contract's receive block says of a call that went well.
pub const DONE: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 1];
/// What it says of one that it refused.
pub const REFUSED: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 2];

/// Momentums after which something that should have happened will not happen.
const PATIENCE: u64 = 30;

/// What a step of a case gives.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// One connection of the SDK.
pub struct Chain {
    /// The SDK on the corrected connection.
    pub zenon: Zenon<Transport>,
    /// The SDK on its own connection; subscriptions need that.
    pub plain: Zenon,
    momentums: Subscription,
}

/// A key with its address.
pub struct Account {
    pub pair: KeyPair,
    pub address: Address,
    /// Held while a block is made and published: the next block names it as its previous.
    turn: Option<&'static Mutex<()>>,
}

/// One turn for each funded account, as cases share them.
static TURNS: [Mutex<()>; 10] = [const { Mutex::const_new(()) }; 10];

impl Account {
    /// The first key of a new wallet.
    pub fn new_wallet() -> Outcome<Account> {
        let store = KeyStore::new_random()?;
        let words = store.mnemonic().ok_or("a new key store has words")?;
        assert_eq!(words.split(' ').count(), 24);
        assert_eq!(KeyStore::from_mnemonic(words)?.entropy(), store.entropy());
        Account::of(store.get_key_pair(0)?, None)
    }

    fn of(pair: KeyPair, turn: Option<&'static Mutex<()>>) -> Outcome<Account> {
        let address = pair.address()?;
        Ok(Account { pair, address, turn })
    }
}

impl Chain {
    /// Connects, and subscribes to momentums.
    pub async fn connect(ws: &str) -> Outcome<Chain> {
        let plain = Zenon::connect(ws, false).await?;
        let mut zenon = Zenon::from_client(Arc::new(Transport(Arc::clone(plain.client()))));
        zenon.set_pow_provider(Box::new(Worker));
        let momentums = plain.subscribe.to_momentums_stream().await?;
        let mut chain = Chain { zenon, plain, momentums };
        // At genesis no spork holds yet, so some methods do not exist.
        chain
            .until("there are momentums besides genesis", async |chain| {
                let frontier = chain.zenon.ledger.get_frontier_momentum().await?;
                Ok((frontier.height() > 2).then_some(()))
            })
            .await?;
        Ok(chain)
    }

    /// The funded account with this index.
    pub fn account(&self, index: u32) -> Outcome<Account> {
        let pair = KeyStore::from_mnemonic(MNEMONIC)?.get_key_pair(index)?;
        Account::of(pair, TURNS.get(usize::try_from(index)?))
    }

    /// Any JSON-RPC method, through the SDK's connection.
    pub async fn rpc(&self, method: &str, params: &[Value]) -> Outcome<Value> {
        Ok(self.zenon.client().send_request(method, params).await?)
    }

    /// Completes, signs and publishes a block as the SDK does it.
    pub async fn send(&self, account: &Account, template: AccountBlockTemplate) -> Outcome<Hash> {
        // The SDK's templates are for the original network; the number can be set in JSON only.
        let mut form = template.to_json();
        form["chainIdentifier"] = json!(CHAIN_IDENTIFIER);
        let template = AccountBlockTemplate::from_json(&form)?;
        let _turn = match account.turn {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        let published = self.zenon.send_typed(&template, Some(&account.pair)).await?;
        Ok(published.hash().clone())
    }

    /// Asks again after each momentum until there is an answer.
    pub async fn until<T>(
        &mut self,
        what: &str,
        ask: impl AsyncFn(&Chain) -> Outcome<Option<T>>,
    ) -> Outcome<T> {
        let last = self.zenon.ledger.get_frontier_momentum().await?.height() + PATIENCE;
        let mut height = 0;
        while height <= last {
            if let Some(answer) = ask(self).await? {
                return Ok(answer);
            }
            // Momentums from before, which nobody has asked for yet, come first.
            let told = self.momentums.recv().await?.ok_or("the network ends the subscription")?;
            height = told[0]["height"].as_u64().ok_or("a momentum's height")?;
        }
        Err(format!("not within {PATIENCE} momentums: {what}").into())
    }

    /// The block, once a momentum confirms it.
    pub async fn confirmed(&mut self, hash: &Hash) -> Outcome<AccountBlock> {
        self.until("the block is confirmed", async |chain| {
            let block = chain.zenon.ledger.get_account_block_by_hash(hash).await?;
            Ok(block.filter(|block| block.confirmation_detail().is_some()))
        })
        .await
    }

    /// Sends a call to a contract and waits for the answer, which must be `expected`.
    pub async fn call_with(
        &mut self,
        account: &Account,
        template: AccountBlockTemplate,
        expected: &[u8],
    ) -> Outcome<Hash> {
        let hash = self.send(account, template).await?;
        let answer = self
            .until("the contract answers", async |chain| {
                let block = chain.zenon.ledger.get_account_block_by_hash(&hash).await?;
                Ok(block.and_then(|block| block.paired_account_block().cloned()))
            })
            .await?;
        assert_eq!(answer.template().data(), expected, "answer to {hash}");
        Ok(hash)
    }

    /// Sends a call that the contract is to execute.
    pub async fn call(
        &mut self,
        account: &Account,
        template: AccountBlockTemplate,
    ) -> Outcome<Hash> {
        self.call_with(account, template, DONE).await
    }

    /// What the account holds of a token.
    pub async fn balance(&self, account: &Account, token: &TokenStandard) -> Outcome<BigUint> {
        let info = self.zenon.ledger.get_account_info_by_address(&account.address).await?;
        Ok(info.get_balance(token))
    }

    /// Waits until something is sent to the account, and receives all of it.
    pub async fn receive_all(&mut self, account: &Account) -> Outcome<Vec<Hash>> {
        let waiting = self
            .until("something waits for the account", async |chain| {
                let ledger = &chain.zenon.ledger;
                let page = PageQuery::mempool();
                let list = ledger.get_unreceived_blocks_by_address(&account.address, page).await?;
                let list = list.to_json();
                let blocks = list["list"].as_array().ok_or("a list of blocks")?;
                Ok((!blocks.is_empty()).then(|| blocks.clone()))
            })
            .await?;
        let mut received = Vec::new();
        for block in waiting {
            let from = Hash::parse(block["hash"].as_str().ok_or("a hash")?)?;
            received.push(self.send(account, AccountBlockTemplate::receive(from)).await?);
        }
        Ok(received)
    }
}

/// The SDK's own search for a nonce, in a thread beside the one of all cases.
struct Worker;

impl PowProvider for Worker {
    fn generate_pow<'a>(&'a self, data_hash: &'a Hash, difficulty: u64) -> PowFuture<'a> {
        let data_hash = data_hash.clone();
        Box::pin(async move {
            tokio::task::spawn_blocking(move || pow::generate_pow(&data_hash, difficulty))
                .await
                .map_err(|error| znn_sdk_rust::Error::generic(error.to_string()))
        })
    }
}

/// Coins of ZNN or QSR in smallest units.
pub fn coins(count: u64) -> BigUint {
    BigUint::from(count * 100_000_000)
}

/// ZNN's id.
pub fn znn() -> TokenStandard {
    znn_token_standard()
}

/// QSR's id.
pub fn qsr() -> TokenStandard {
    qsr_token_standard()
}
