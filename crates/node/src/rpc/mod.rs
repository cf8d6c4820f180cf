//! JSON-RPC as the reference answers it: the table of methods, and what is generated from it.
//!
//! Read in this order:
//!
//! 1. [`NAMESPACES`]: every method, in one file for each namespace;
//! 2. [`answer`](Api::answer): a message in, an answer out;
//! 3. [`json`]: JSON in the reference's dialect;
//! 4. [`session`]: subscriptions of one connection;
//! 5. [`openrpc`], [`reference`](mod@reference): the table as a document and as a page.

pub mod failure;
pub mod json;
pub mod openrpc;
pub mod params;
pub mod reference;
pub mod request;
pub mod session;
pub mod shape;

mod accelerator;
mod answer;
mod block_form;
mod bridge;
mod bridge_form;
mod dev;
mod guardians;
mod htlc;
mod ledger;
mod liquidity;
mod meta;
mod network;
mod page;
mod pillar;
mod plasma;
mod reading;
mod remembered;
mod rewards;
mod sentinel;
mod spork;
mod stake;
mod stats;
mod swap;
mod tally;
mod token;

pub use answer::{Api, Caller};
pub use tally::{BOUNDS_US, Tally};

use self::failure::Failure;
use self::params::{Args, Param};
use self::reading::Reading;
use self::shape::Shape;
use crate::service::Later;
use serde::Serialize;

/// A namespace: what stands before the last dot of its methods' names.
pub struct Namespace {
    /// Its name.
    pub name: &'static str,
    /// What its methods are about.
    pub doc: &'static str,
    /// Its methods.
    pub methods: &'static [Method],
    /// Where it is served.
    pub served: Served,
}

impl Namespace {
    /// Whether results depend on the ledger and the arguments alone.
    fn is_pure(&self) -> bool {
        self.name == "ledger" || self.name.starts_with("embedded.")
    }
}

/// Where a namespace is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// Wherever it is not left out by configuration.
    Everywhere,
    /// Everywhere, whatever the configuration says.
    Always,
    /// By development networks alone.
    Development,
}

/// A method.
pub struct Method {
    /// Its name behind the namespace.
    pub name: &'static str,
    /// What it gives or does.
    pub doc: &'static str,
    /// Its parameters, in order.
    pub params: &'static [Param],
    /// Its result.
    pub result: Shape,
    /// Arguments that work on a development network.
    pub example: &'static str,
    /// How much work it is.
    pub cost: Cost,
    /// How it runs.
    pub run: Run,
}

/// How much work a method is, which decides where it runs.
#[derive(Clone, Copy, Debug)]
pub enum Cost {
    /// Some reads: runs where the request was read.
    Cheap,
    /// Grows with a number among the arguments: above [`Cost::CHEAP_MAX`] it runs aside.
    ByArgument(usize),
    /// Reads all of something: runs aside.
    Heavy,
}

impl Cost {
    /// Entries that are read where the request was read.
    const CHEAP_MAX: u64 = 50;

    /// Whether a call is to run aside.
    fn is_heavy(self, args: &Args) -> bool {
        match self {
            Cost::Cheap => false,
            Cost::ByArgument(index) => args.number(index) > Cost::CHEAP_MAX,
            Cost::Heavy => true,
        }
    }
}

/// How a method runs.
#[derive(Clone, Copy)]
pub enum Run {
    /// It reads the ledger of one moment.
    Read(fn(&Reading<'_>, &Args, &mut Answer<'_>) -> Result<(), Failure>),
    /// It changes something, and is answered later with the JSON of its result.
    Write(fn(&Reading<'_>, &Args) -> Result<Written, Failure>),
    /// As [`Run::Write`], for the administrator alone.
    Administer(fn(&Reading<'_>, &Args) -> Result<Written, Failure>),
}

/// The later answer of a method that changes something: the JSON of its result.
pub type Written = Later<Result<Vec<u8>, Failure>>;

/// Where a method's result goes.
pub struct Answer<'a>(&'a mut Vec<u8>);

impl Answer<'_> {
    /// Gives the result.
    pub fn give<T: Serialize + ?Sized>(&mut self, result: &T) -> Result<(), Failure> {
        json::append(self.0, result)?;
        Ok(())
    }
}

/// All namespaces.
pub static NAMESPACES: &[&Namespace] = &[
    &ledger::NAMESPACE,
    &pillar::NAMESPACE,
    &plasma::NAMESPACE,
    &token::NAMESPACE,
    &sentinel::NAMESPACE,
    &stake::NAMESPACE,
    &swap::NAMESPACE,
    &spork::NAMESPACE,
    &accelerator::NAMESPACE,
    &liquidity::NAMESPACE,
    &bridge::NAMESPACE,
    &htlc::NAMESPACE,
    &stats::NAMESPACE,
    &network::NAMESPACE,
    &dev::NAMESPACE,
    &meta::NAMESPACE,
];
