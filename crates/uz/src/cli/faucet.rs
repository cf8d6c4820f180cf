//! `uz faucet …`: give coins away, and ask for some.

use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// `uz faucet …`
#[derive(Debug, Subcommand)]
pub enum Faucet {
    /// Give coins of an account to whoever asks and does some work for it
    Serve(Serve),
    /// Ask a faucet for coins: solves its puzzle, and waits until they are sent
    Request(Request),
    /// What a faucet gives, and how busy it is
    Status {
        /// The faucet; the one that the network file names if none is given
        #[arg(long)]
        url: Option<String>,
    },
}

/// `uz faucet serve`
#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// Key file of the account that gives; that of --from if none is named
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub key: Option<PathBuf>,
    /// Where it answers by HTTP: IP:PORT, or a port of this machine alone
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:35990")]
    pub addr: String,
    /// ZNN that each request gets
    #[arg(long, value_name = "COINS", default_value = "10")]
    pub amount: String,
    /// QSR that each request gets
    #[arg(long, value_name = "COINS", default_value = "100")]
    pub qsr: String,
    /// QSR to fuse for the receiver besides, so that it has plasma: 0, or 10 and more
    #[arg(long, value_name = "COINS", default_value = "0")]
    pub fuse: String,
    /// How hard the puzzle is: tries that it takes on average
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000_000))]
    pub difficulty: u64,
    /// Time in which an address gets coins once
    #[arg(long, value_name = "DURATION", default_value = "24h")]
    pub every: String,
    /// Requests from one IP address in that time
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub per_ip: u32,
    /// Requests that may wait
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub queue: u32,
    /// File that remembers requests over restarts; one in the data folder of this user if none is named
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub journal: Option<PathBuf>,
    /// Take the client's address from X-Forwarded-For: only behind a proxy that sets it
    #[arg(long)]
    pub behind_proxy: bool,
    /// PEM file of a certificate chain: serve https
    #[arg(long, value_name = "FILE", requires = "tls_key", value_hint = ValueHint::FilePath)]
    pub tls_cert: Option<PathBuf>,
    /// PEM file of its private key
    #[arg(long, value_name = "FILE", requires = "tls_cert", value_hint = ValueHint::FilePath)]
    pub tls_key: Option<PathBuf>,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
}

/// `uz faucet request`
#[derive(Clone, Debug, Args)]
pub struct Request {
    /// Who gets the coins: an address, the name of a key file, or dev:N of a devnet
    pub address: String,
    /// The faucet; the one that the network file names if none is given
    #[arg(long)]
    pub url: Option<String>,
    /// Wait at most so long until the coins are sent
    #[arg(long, value_name = "DURATION", default_value = "2m")]
    pub wait: String,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
}
