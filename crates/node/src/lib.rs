//! A running Network of Momentum node: the ledger with a disk, a clock and sockets around it.
//!
//! Read in this order:
//!
//! 1. [`service`]: what the outside asks of a node;
//! 2. [`config`]: what a node is told at its start.

pub mod config;
pub mod service;
