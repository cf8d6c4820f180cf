//! The eleven embedded contracts: one table each, and the frame that runs their methods.
//!
//! A call is a send to an embedded address whose data is a selector and its arguments. The sender's
//! side runs the method's static check ([`Method::check`]); the contract's side runs the check again
//! and then the method ([`Method::receive`]) on the contract's account, and may answer with sends of its
//! own ([`Send`]). Which methods exist depends on the sporks ([`Era`]). Sources: go-zenon
//! `vm/embedded/embedded.go`, `vm/vm.go`.

pub mod accelerator;
pub mod bridge;
pub mod deposit;
pub mod donate;
pub mod guardians;
pub mod htlc;
pub mod liquidity;
pub mod pillar;
pub mod plasma;
pub mod rewards;
pub mod sentinel;
pub mod spork;
pub mod stake;
pub mod swap;
pub mod token;
pub mod votes;

mod args;
mod context;
mod record;

pub use args::Args;
pub use context::{Context, Storage};
pub(crate) use record::{Record, load_record};

use crate::abi::{self, Param};
use crate::block::AccountBlock;
use crate::refusal::{Fault, Refusal};
use crate::rules::{Era, Rules};
use crate::state::View;
use crate::types::{Address, Amount, TokenStandard, contract};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Plasma of a call without an answer.
pub const SIMPLE: u64 = 52_500;
/// Plasma of a call that sends once.
pub const WITHDRAW: u64 = 73_500;
/// Plasma of a call that sends twice.
pub const DOUBLE_WITHDRAW: u64 = 94_500;

/// A call as a method sees it.
pub struct Call<'a> {
    /// The send block.
    pub send: &'a AccountBlock,
    /// Its decoded arguments.
    pub args: &'a Args,
    /// The network's rules.
    pub rules: &'a Rules,
}

impl Call<'_> {
    /// `invalid token or amount` unless nothing is sent along.
    pub fn no_amount(&self) -> Result<(), Refusal> {
        match self.send.amount.is_zero() {
            true => Ok(()),
            false => Err(Refusal::InvalidTokenOrAmount),
        }
    }
}

/// A method's static check where only "nothing is sent along" is asked.
pub(crate) fn no_amount(call: &Call<'_>) -> Result<(), Refusal> {
    call.no_amount()
}

/// What a contract sends in answer to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Send {
    /// Receiver.
    pub to: Address,
    /// Amount, out of the contract's balance.
    pub amount: Amount,
    /// Token; zero in some calls that carry no amount.
    pub token: TokenStandard,
    /// A call of another contract, or a note.
    pub data: Vec<u8>,
}

impl Send {
    /// Plain tokens.
    pub fn tokens(to: Address, amount: Amount, token: TokenStandard) -> Send {
        Send { to, amount, token, data: Vec::new() }
    }

    /// A call of the token contract's `Mint`; `carried` is the token that the send itself names.
    pub fn mint(token: TokenStandard, amount: Amount, to: Address, carried: TokenStandard) -> Send {
        Send {
            to: contract::TOKEN,
            amount: Amount::ZERO,
            token: carried,
            data: token::encode_mint(token, amount, to),
        }
    }

    /// A call of the token contract's `Burn`.
    pub fn burn(token: TokenStandard, amount: Amount) -> Send {
        Send { to: contract::TOKEN, amount, token, data: token::encode_burn() }
    }
}

/// What a method does with a call.
pub type Receive = fn(&mut Context<'_>, &Call<'_>) -> Result<Vec<Send>, Refusal>;

/// A check of the send block alone, before its arguments are read.
pub type Guard = fn(&Rules, &AccountBlock) -> Result<(), Refusal>;

/// A method's static check of a call.
pub type Check = fn(&Call<'_>) -> Result<(), Refusal>;

/// Which refusal arguments that do not decode get.
#[derive(Clone, Copy)]
enum Malformed {
    Unpack,
    Forbidden,
}

impl Malformed {
    fn refusal(self) -> Refusal {
        match self {
            Malformed::Unpack => Refusal::UnpackError,
            Malformed::Forbidden => Refusal::ForbiddenParam,
        }
    }
}

/// One method of a contract, from the era `since` on; a later entry of the same name replaces it.
pub struct Method {
    /// Name in the ABI.
    pub name: &'static str,
    /// Arguments in the ABI.
    pub params: &'static [Param],
    /// Plasma that a call needs.
    pub plasma: u64,
    /// First era in which it exists in this form.
    pub since: Era,
    /// What is checked before the arguments are read, if anything is.
    guard: Option<Guard>,
    /// The refusal of arguments that do not decode.
    malformed: Malformed,
    /// Static check of a call, on the sender's side and again on the contract's.
    check: Check,
    /// Runs the call on the contract's account.
    receive: Receive,
}

impl Method {
    /// A method that exists from genesis on.
    pub const fn new(
        name: &'static str,
        params: &'static [Param],
        plasma: u64,
        check: Check,
        receive: Receive,
    ) -> Method {
        Method {
            name,
            params,
            plasma,
            since: Era::Origin,
            guard: None,
            malformed: Malformed::Unpack,
            check,
            receive,
        }
    }

    /// The same method, from `era` on.
    pub const fn since(mut self, era: Era) -> Method {
        self.since = era;
        self
    }

    /// The same method with a check that comes before the arguments are read.
    pub const fn guarded(mut self, guard: Guard) -> Method {
        self.guard = Some(guard);
        self
    }

    /// The same method with `forbidden parameter` for arguments that do not decode.
    pub const fn forbids_malformed(mut self) -> Method {
        self.malformed = Malformed::Forbidden;
        self
    }

    /// The call's data for these arguments.
    pub fn encode(&self, args: &Args) -> Vec<u8> {
        abi::encode_call(self.name, self.params, &args.0)
    }

    /// The arguments in a call's data.
    pub fn decode(&self, data: &[u8]) -> Result<Args, Refusal> {
        abi::decode_call(self.params, data).map(Args).map_err(|_| self.malformed.refusal())
    }

    fn checked(&self, rules: &Rules, send: &AccountBlock) -> Result<Args, Refusal> {
        if let Some(guard) = self.guard {
            guard(rules, send)?;
        }
        let args = self.decode(&send.data)?;
        (self.check)(&Call { send, args: &args, rules })?;
        Ok(args)
    }

    /// The static check, then the data as the ledger keeps it: encoded anew from its arguments.
    ///
    /// Bytes that no argument covers vanish, so a block with such bytes fails its hash check later.
    pub fn validate_send(&self, rules: &Rules, send: &mut AccountBlock) -> Result<(), Refusal> {
        let args = self.checked(rules, send)?;
        send.data = self.encode(&args);
        Ok(())
    }

    /// Checks and runs a call.
    pub fn run(
        &self,
        context: &mut Context<'_>,
        send: &AccountBlock,
    ) -> Result<Vec<Send>, Refusal> {
        let args = self.checked(context.rules(), send)?;
        (self.receive)(context, &Call { send, args: &args, rules: context.rules() })
    }
}

/// One embedded contract.
pub struct Contract {
    /// Short name, as commands and RPC namespaces use it.
    pub name: &'static str,
    /// Where it lives.
    pub address: Address,
    /// First era in which any call is accepted.
    pub since: Era,
    /// Its methods, all eras.
    pub methods: &'static [Method],
}

impl Contract {
    /// The method that a call's data selects in `era`.
    pub fn method(&self, era: Era, data: &[u8]) -> Option<&'static Method> {
        let selector = data.first_chunk::<{ abi::SELECTOR_LEN }>()?;
        SELECTORS
            .get(&(self.address, *selector))?
            .iter()
            .rev()
            .find(|method| method.since <= era)
            .copied()
    }

    /// The newest form of the method called `name`.
    pub fn named(&self, name: &str) -> Option<&'static Method> {
        self.methods.iter().rev().find(|method| method.name == name)
    }
}

/// All contracts, in the order of [`crate::types::contract::ALL`].
pub static CONTRACTS: [&Contract; 11] = [
    &plasma::CONTRACT,
    &pillar::CONTRACT,
    &token::CONTRACT,
    &sentinel::CONTRACT,
    &swap::CONTRACT,
    &stake::CONTRACT,
    &spork::CONTRACT,
    &liquidity::CONTRACT,
    &accelerator::CONTRACT,
    &htlc::CONTRACT,
    &bridge::CONTRACT,
];

/// A contract and a selector.
type Selected = (Address, [u8; abi::SELECTOR_LEN]);

/// The methods by contract and selector, oldest form first.
static SELECTORS: LazyLock<BTreeMap<Selected, Vec<&'static Method>>> = LazyLock::new(|| {
    let mut table: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for contract in CONTRACTS {
        for method in contract.methods {
            let selector = abi::selector(method.name, method.params);
            table.entry((contract.address, selector)).or_default().push(method);
        }
    }
    table
});

/// The contract at `address`.
pub fn contract_at(address: &Address) -> Option<&'static Contract> {
    CONTRACTS.iter().copied().find(|contract| contract.address == *address)
}

/// The era that the sporks of a state give.
pub fn era_of(view: &View<'_>) -> Result<Era, Fault> {
    let height = view.frontier()?.height;
    // The first momentum's state counts as before any spork, whatever genesis says.
    if height == 1 {
        return Ok(Era::Origin);
    }
    let ids = view.rules().sporks;
    let mut era = Era::Origin;
    for spork in spork::all(&view.account(&contract::SPORK))? {
        if spork.activated && spork.enforcement_height <= height {
            era = era.max(match spork.id {
                id if id == ids.htlc => Era::Htlc,
                id if id == ids.bridge => Era::Bridge,
                id if id == ids.accelerator => Era::Accelerator,
                _ => Era::Origin,
            });
        }
    }
    Ok(era)
}

/// The method that a send to `to` calls: `None` if `to` is no contract.
pub fn method_of(
    view: &View<'_>,
    to: &Address,
    data: &[u8],
) -> Result<Option<&'static Method>, Refusal> {
    if !to.is_embedded() {
        return Ok(None);
    }
    let era = era_of(view)?;
    let contract = contract_at(to)
        .filter(|contract| contract.since <= era)
        .ok_or(Refusal::ContractDoesntExist)?;
    contract.method(era, data).map(Some).ok_or(Refusal::ContractMethodNotFound)
}
