//! What a contract's method can see and do.
//!
//! It reads the ledger as of the momentum that confirmed the call, reads pillar statistics of the
//! chain, and reads and writes its own account. Sources: go-zenon `vm/vm_context/*.go`.

use crate::consensus::PillarReader;
use crate::refusal::{Fault, Refusal};
use crate::rules::Rules;
use crate::state::{Account, View, Visit, keys};
use crate::types::{Address, Amount, TokenStandard};

/// Reads of one contract's storage; keys without the account key prefix.
pub trait Storage {
    /// The value under a storage key; an empty value counts as none.
    fn load(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;

    /// Visits the entries whose storage keys begin with `prefix`, in key order.
    fn each(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault>;
}

impl Storage for Account<'_> {
    fn load(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.get(&keys::storage(key))?.filter(|value| !value.is_empty()))
    }

    fn each(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault> {
        self.scan(&keys::storage(prefix), &mut |key, value| {
            value.is_empty() || visit(&key[keys::STORAGE.len()..], value)
        })
    }
}

/// A running method's world.
pub struct Context<'a> {
    moment: &'a View<'a>,
    account: Account<'a>,
    pillars: &'a dyn PillarReader,
}

impl<'a> Context<'a> {
    /// A context on `account`, as of `moment`.
    pub fn new(
        moment: &'a View<'a>,
        account: Account<'a>,
        pillars: &'a dyn PillarReader,
    ) -> Context<'a> {
        Context { moment, account, pillars }
    }

    /// The network's rules.
    pub fn rules(&self) -> &'a Rules {
        self.moment.rules()
    }

    /// The ledger as of the momentum that confirmed the call.
    pub fn moment(&self) -> &'a View<'a> {
        self.moment
    }

    /// Pillar statistics.
    pub fn pillars(&self) -> &'a dyn PillarReader {
        self.pillars
    }

    /// The contract's own account.
    pub fn account(&mut self) -> &mut Account<'a> {
        &mut self.account
    }

    /// Gives the account back.
    pub fn into_account(self) -> Account<'a> {
        self.account
    }

    /// The contract's address.
    pub fn address(&self) -> Address {
        self.account.address()
    }

    /// "Now": the momentum's timestamp in unix seconds.
    pub fn now(&self) -> Result<i64, Fault> {
        let timestamp = self.moment.frontier()?.timestamp;
        i64::try_from(timestamp).map_err(|_| Fault(format!("timestamp {timestamp} is too large")))
    }

    /// The momentum's height.
    pub fn height(&self) -> Result<u64, Fault> {
        Ok(self.moment.frontier()?.height)
    }

    /// Writes a storage entry.
    pub fn store(&mut self, key: &[u8], value: Vec<u8>) {
        self.account.put(keys::storage(key), value);
    }

    /// Deletes a storage entry.
    pub fn remove(&mut self, key: &[u8]) {
        self.account.delete(keys::storage(key));
    }

    /// The contract's balance of a token.
    pub fn balance(&self, token: &TokenStandard) -> Result<Amount, Fault> {
        self.account.balance(token)
    }

    /// Adds to the contract's balance.
    pub fn add_balance(&mut self, token: &TokenStandard, amount: &Amount) -> Result<(), Refusal> {
        self.account.add_balance(token, amount)
    }

    /// Takes from the contract's balance; short of it the call can't be received at all.
    pub fn sub_balance(&mut self, token: &TokenStandard, amount: &Amount) -> Result<(), Refusal> {
        self.account.sub_balance(token, amount)
    }
}

impl Storage for Context<'_> {
    fn load(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.account.load(key)
    }

    fn each(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault> {
        self.account.each(prefix, visit)
    }
}
