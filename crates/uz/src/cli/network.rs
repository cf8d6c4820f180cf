//! `uz network …`: make networks, know them, and look after the node's place in one.

use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// `uz network …`
#[derive(Debug, Subcommand)]
pub enum Network {
    /// Make a network of one's own: network file, pillars with keys and configuration, treasury
    New(New),
    /// Know a network by name from now on: uz node --network NAME
    Add {
        /// Its network file
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Its name here; the file's if none is given
        #[arg(long, value_name = "NAME")]
        called: Option<String>,
        /// Print what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// The networks that are known by name
    Ls,
    /// The node's place in its network
    Info,
    /// The node's connections
    Peers,
    /// Bans that hold
    Bans,
    /// Keep a connection with a node from now on
    AddPeer {
        /// Its address: /ip4/…/tcp/…/p2p/… or enode://…
        endpoint: String,
        /// Print what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Forget a node, and end the connection with it
    RemovePeer {
        /// Its id, peer id or address
        whom: String,
        /// Print what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// End connections with a node or an IP address, and let none stand
    Ban {
        /// IP address, id, peer id or address of a node
        whom: String,
        /// How long: 90s, 5m, 2h, 30d; for good if nothing is said
        #[arg(long = "for", value_name = "DURATION")]
        duration: Option<String>,
        /// Print what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// End a ban
    Unban {
        /// IP address, id, peer id or address of a node
        whom: String,
        /// Print what would be done
        #[arg(long)]
        dry_run: bool,
    },
}

/// `uz network new`
#[derive(Clone, Debug, Args)]
pub struct New {
    /// The folder to write; it must be empty, or not there
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output: PathBuf,
    /// How many pillars
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub pillars: u16,
    /// Name of the network
    #[arg(long, default_value = "testnet")]
    pub name: String,
    /// Seconds between two momentums
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub block_time: u64,
    /// Number that blocks carry to name the network; a random one if none is given
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub chain_id: Option<u64>,
    /// Fund an account that gives coins away
    #[arg(long)]
    pub faucet: bool,
    /// Where the faucet will answer, for the network file
    #[arg(long, value_name = "URL", requires = "faucet")]
    pub faucet_url: Option<String>,
    /// Where others reach the pillars: IP or IP:PORT, once for all or once for each
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub host: Vec<String>,
    /// Port of the first pillar; JSON-RPC is two above, further pillars of a host ten above each
    #[arg(long, default_value_t = 35_995, value_parser = clap::value_parser!(u16).range(1024..=60_000))]
    pub port: u16,
    /// Let znnd take part: the original network's rules, 10 s, the older transport
    #[arg(long)]
    pub znnd: bool,
    /// Put a sentry before each pillar: others reach the sentries alone
    #[arg(long, conflicts_with = "znnd")]
    pub sentries: bool,
    /// File with the password of all key files; without it each folder gets one of its own
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub keys_password_file: Option<PathBuf>,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
}
