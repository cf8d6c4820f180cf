//! The program as people and scripts use it: run, with its answers, failures and exit codes.

mod contracts;
mod faucets;
mod files;
mod levers;
mod money;
mod networks;
mod plain;
mod wallets;
mod world;
