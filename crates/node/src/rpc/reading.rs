//! The ledger of one moment, as the methods read it.

use super::Namespace;
use super::failure::Failure;
use super::pillar::Standing;
use crate::service::{Moment, Service};
use ledger::Momentum;
use ledger::state::{Account, Chain, View};
use ledger::types::Address;
use std::sync::Arc;

/// What a method sees: one moment of the ledger, and the node.
pub struct Reading<'a> {
    /// The node.
    pub service: &'a Arc<dyn Service>,
    /// The namespaces that are served.
    pub namespaces: &'a [&'static Namespace],
    /// What is known of the pillars from the last question about them.
    pub standing: &'a Standing,
    /// Whether the administrator asks.
    pub administers: bool,
    moment: &'a dyn Moment,
    view: View<'a>,
}

impl<'a> Reading<'a> {
    /// The ledger at `moment`.
    pub fn new(
        service: &'a Arc<dyn Service>,
        namespaces: &'a [&'static Namespace],
        standing: &'a Standing,
        administers: bool,
        moment: &'a dyn Moment,
    ) -> Reading<'a> {
        let view = View::frontier_of(moment.chain());
        Reading { service, namespaces, standing, administers, moment, view }
    }

    /// The moment itself.
    pub fn moment(&self) -> &'a dyn Moment {
        self.moment
    }

    /// The chain.
    pub fn chain(&self) -> &'a dyn Chain {
        self.moment.chain()
    }

    /// The confirmed ledger.
    pub fn view(&self) -> &View<'a> {
        &self.view
    }

    /// The newest momentum.
    pub fn frontier(&self) -> Result<&Momentum, Failure> {
        Ok(self.view.frontier()?)
    }

    /// Time of the newest momentum.
    pub fn now(&self) -> Result<i64, Failure> {
        Ok(self.view.frontier()?.timestamp.cast_signed())
    }

    /// An account with its unconfirmed blocks: what the methods show unless they say otherwise.
    pub fn account(&self, address: &Address) -> Account<'a> {
        Account::new(*address, self.view.state(), self.moment.pending().top(address))
    }

    /// An account without its unconfirmed blocks.
    pub fn confirmed(&self, address: &Address) -> Account<'a> {
        self.view.account(address)
    }
}
