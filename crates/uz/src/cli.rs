//! The table of commands: verbs, arguments, groups and examples.
//!
//! Help, man pages, completions and `docs/cli.md` are made from it. Flags of settings come from
//! [`settings::TABLE`], the contracts' verbs from the ABI ([`contract::command`]).

pub mod faucet;
pub mod network;

use crate::contract;
use crate::outcome;
use crate::settings;
use clap::{Arg, ArgAction, Args, Command, CommandFactory, Parser, Subcommand, ValueHint};
use ledger::contracts::CONTRACTS;
use std::path::PathBuf;

/// Heading of the flags that every command has.
pub const EVERYWHERE: &str = "Options of every command";

/// The whole command line, but for the contracts' verbs.
#[derive(Debug, Parser)]
#[command(
    name = "uz",
    version,
    about = "A node of the Network of Momentum, its development network, and a wallet",
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What every command takes besides settings.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Print one JSON object: {"ok":true,"result":…} or {"ok":false,"error":{…}}
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub json: bool,
    /// Say nothing on standard error but errors
    #[arg(long, short, global = true, help_heading = EVERYWHERE)]
    pub quiet: bool,
    /// Configuration file: TOML, or znnd's config.json [env: UZ_CONFIG]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = EVERYWHERE)]
    pub config: Option<PathBuf>,
}

/// The commands that are not generated.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Start a local development network: one pillar, ten funded accounts, all sporks active
    Up(Up),
    /// Run a node of any network
    Node(NodeArgs),
    /// Networks: make one, know one, look after the node's peers
    #[command(subcommand)]
    Network(network::Network),
    /// Coins of a test network: give them away, or ask for some
    #[command(subcommand)]
    Faucet(faucet::Faucet),
    /// Levers of a development network: snapshots, mining, time travel
    #[command(subcommand)]
    Devnet(Devnet),
    /// How a node is doing
    Status(Status),
    /// Look for what is wrong, and say how to mend it
    Doctor,
    /// Chains in files: export, import, replay, check
    #[command(subcommand)]
    Ledger(Ledger),
    /// Save keys, configuration and chain to one file
    Backup(Backup),
    /// Bring back what a backup saved
    Restore(Restore),
    /// Run the node as a service of this machine
    #[command(subcommand)]
    Service(Service),
    /// Settings: what holds, and why
    #[command(subcommand)]
    Config(Config),
    /// Key files: make, import, list, sign
    #[command(subcommand)]
    Wallet(Wallet),
    /// Send tokens
    Send(Send),
    /// Receive what was sent to an account
    Receive(Receive),
    /// What an account holds
    Balance(Account),
    /// An account: its height, its balances, its newest blocks
    Account(AccountLookup),
    /// An account block, by its hash
    Block(BlockLookup),
    /// A momentum, by height or hash; the newest if none is named
    Momentum(MomentumLookup),
    /// Any JSON-RPC method
    Rpc(RpcCall),
    /// Print a shell's completions
    Completions(Completions),
    /// Write the manual's pages into a folder
    Man(Man),
    /// Parts of the documentation that are made from the program
    #[command(hide = true)]
    Docs(Docs),
}

/// `uz up`
#[derive(Debug, Args)]
pub struct Up {
    /// Throw the old chain away and start a new one
    #[arg(long)]
    pub fresh: bool,
    /// A network of N pillars: N nodes that talk to each other, each at ports of its own
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10))]
    pub pillars: Option<u32>,
}

/// `uz node`
#[derive(Debug, Args)]
pub struct NodeArgs {
    /// Offer the levers of a development network by RPC: snapshots, time travel, mining
    #[arg(long)]
    pub dev: bool,
}

/// `uz status`
#[derive(Debug, Args)]
pub struct Status {
    /// Wait until the node answers and has its network's newest momentum; at most so long
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "2m")]
    pub wait: Option<String>,
}

/// `uz devnet …`
#[derive(Debug, Subcommand)]
pub enum Devnet {
    /// Print the accounts with their keys
    Accounts,
    /// Make momentums now
    Mine {
        /// How many
        #[arg(default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
        count: u64,
        /// Print what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Remember the chain as it is now; prints the snapshot's number
    Snapshot {
        /// Print what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Return to a snapshot; it and later ones are gone
    Revert {
        /// The snapshot's number
        snapshot: u64,
        /// Print what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Move the network's clock forward and make a momentum there
    IncreaseTime {
        /// How far: 90s, 5m, 2h, 30d, 1mo
        duration: String,
        /// Print what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Whether a momentum is made as soon as a block waits
    OnDemand {
        /// on or off
        #[arg(value_parser = ["on", "off"])]
        state: String,
        /// Print what would be done
        #[arg(long)]
        dry_run: bool,
    },
}

/// `uz ledger …`
#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Write the chain to a file
    Export {
        /// The file
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Print what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Read a chain from an export or a recording, verifying all of it
    Import {
        /// The file
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Print what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Replay recorded chains and compare every hash
    Replay {
        /// The files
        #[arg(required = true, value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
        /// For each contract method: how many recorded blocks call it, how many were refused
        #[arg(long)]
        table: bool,
    },
    /// Check a chain on disk, or a genesis file
    Check {
        /// Check this genesis file (JSON, also .xz, .zst or .gz) and print its hash
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        genesis: Option<PathBuf>,
    },
    /// Make a checkpoint for new nodes to begin with, and sign it
    Checkpoint(Checkpoint),
}

/// `uz ledger checkpoint`
#[derive(Debug, Args)]
pub struct Checkpoint {
    /// Check, copy and sign the one in this folder, which another signer made, instead
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub adopt: Option<PathBuf>,
    /// Leave the signature to others
    #[arg(long)]
    pub unsigned: bool,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
}

/// `uz backup`
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to write
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Leave the chain out
    #[arg(long)]
    pub keys_only: bool,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
}

/// `uz restore`
#[derive(Debug, Args)]
pub struct Restore {
    /// The file to read
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Leave the chain out
    #[arg(long)]
    pub keys_only: bool,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
}

/// `uz service …`
#[derive(Debug, Subcommand)]
pub enum Service {
    /// Install a sandboxed systemd unit that runs `uz node`
    Install {
        /// For this user instead of the machine
        #[arg(long)]
        user: bool,
        /// Print the unit and install nothing
        #[arg(long)]
        print: bool,
        /// Print what would be done
        #[arg(long)]
        dry_run: bool,
    },
}

/// `uz config …`
#[derive(Debug, Subcommand)]
pub enum Config {
    /// All settings with their values and where they come from
    Show {
        /// The command for which defaults are shown
        #[arg(long = "for", value_name = "COMMAND", default_value = "node", value_parser = ["node", "up"])]
        verb: String,
    },
    /// One setting: what it is, what it may be, what it is now and why
    Explain {
        /// Its key
        key: String,
        /// The command for which the default is shown
        #[arg(long = "for", value_name = "COMMAND", default_value = "node", value_parser = ["node", "up"])]
        verb: String,
    },
}

/// `uz wallet …`
#[derive(Debug, Subcommand)]
pub enum Wallet {
    /// Make a new key file
    New {
        /// Its name; its address if none is given
        #[arg(long)]
        name: Option<String>,
        /// Words of the mnemonic
        #[arg(long, default_value = "24", value_parser = ["12", "15", "18", "21", "24"])]
        words: String,
        /// Print the mnemonic as well: write it down, and nowhere else
        #[arg(long)]
        show_mnemonic: bool,
        /// Print what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Make a key file from a mnemonic, or from another wallet's key file
    Import {
        /// A key file; without one, a mnemonic is read from standard input or asked for
        #[arg(value_hint = ValueHint::FilePath)]
        file: Option<PathBuf>,
        /// Its name here; its address if none is given
        #[arg(long)]
        name: Option<String>,
        /// Print what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// The key files that there are
    List,
    /// Addresses of a key file
    Address {
        /// Index of the first address
        #[arg(default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..0x8000_0000))]
        index: u32,
        /// How many addresses
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
        count: u32,
    },
    /// Print the mnemonic of a key file, or a private key
    Export {
        /// Print the private key of this index instead
        #[arg(long, value_name = "INDEX", value_parser = clap::value_parser!(u32).range(0..0x8000_0000))]
        private_key: Option<u32>,
    },
    /// Sign a message
    Sign {
        /// The message: text, or 0x and hex digits
        message: String,
    },
    /// Check a signature
    Verify {
        /// The message: text, or 0x and hex digits
        message: String,
        /// The signature: 128 hex digits
        #[arg(long)]
        signature: String,
        /// The public key: 64 hex digits
        #[arg(long)]
        public_key: String,
        /// The address that must be the key's
        #[arg(long)]
        address: Option<String>,
    },
}

/// `uz send`
#[derive(Debug, Args)]
pub struct Send {
    /// Receiver: an address, the name of a key file, or dev:N of a devnet
    pub to: String,
    /// Amount in coins
    pub amount: String,
    /// Token: ZNN, QSR or an id
    #[arg(default_value = "ZNN")]
    pub token: String,
    /// A note to go with it: text:…, hex or base64
    #[arg(long)]
    pub data: Option<String>,
    /// How it is signed and published.
    #[command(flatten)]
    pub signing: Signing,
}

/// `uz receive`
#[derive(Debug, Args)]
pub struct Receive {
    /// The send block; the oldest one that waits if none is named
    pub hash: Option<String>,
    /// All that waits
    #[arg(long, conflicts_with = "hash")]
    pub all: bool,
    /// Go on receiving until stopped
    #[arg(long, conflicts_with = "hash")]
    pub watch: bool,
    /// How it is signed and published.
    #[command(flatten)]
    pub signing: Signing,
}

/// How a block is signed and published.
#[derive(Clone, Debug, Default, Args)]
pub struct Signing {
    /// Sign with a devnet's account N (0 to 9)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=10), conflicts_with = "from")]
    pub dev: Option<u32>,
    /// Do proof of work if fused plasma is not enough
    #[arg(long)]
    pub pow: bool,
    /// Wait until the block is confirmed and a contract has answered; at most so long
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "2m")]
    pub wait: Option<String>,
    /// Print the block and publish nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// An account that is looked at.
#[derive(Clone, Debug, Default, Args)]
pub struct Account {
    /// The account: an address, the name of a key file, or dev:N; the one of --from if none is named
    pub address: Option<String>,
    /// A devnet's account N
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=10), conflicts_with = "address")]
    pub dev: Option<u32>,
}

/// `uz account`
#[derive(Debug, Args)]
pub struct AccountLookup {
    /// The account.
    #[command(flatten)]
    pub account: Account,
    /// How many of its newest blocks to show
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=1024))]
    pub blocks: u32,
}

/// `uz block`
#[derive(Debug, Args)]
pub struct BlockLookup {
    /// Its hash
    pub hash: String,
}

/// `uz momentum`
#[derive(Debug, Args)]
pub struct MomentumLookup {
    /// Height or hash
    pub which: Option<String>,
}

/// `uz rpc`
#[derive(Debug, Args)]
pub struct RpcCall {
    /// The method, as ledger.getFrontierMomentum
    pub method: String,
    /// Its parameters: JSON, or text that is no JSON
    pub params: Vec<String>,
}

/// `uz completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `uz man`
#[derive(Debug, Args)]
pub struct Man {
    /// The folder
    #[arg(value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
}

/// `uz docs`
#[derive(Debug, Args)]
pub struct Docs {
    /// Which part
    #[arg(value_parser = ["cli", "config", "scaling", "exit-codes", "devnet", "rpc", "contracts"])]
    pub part: String,
}

/// The verbs on the manual's first page, in groups.
pub const GROUPS: &[(&str, &[&str])] = &[
    (
        "Networks and nodes",
        &["up", "node", "network", "faucet", "devnet", "status", "doctor", "service"],
    ),
    ("Keys and tokens", &["wallet", "send", "receive", "balance"]),
    ("Looking at the ledger", &["account", "block", "momentum", "rpc"]),
    (
        "Contracts",
        &[
            "plasma",
            "pillar",
            "token",
            "stake",
            "sentinel",
            "accelerator",
            "htlc",
            "liquidity",
            "bridge",
            "spork",
            "swap",
        ],
    ),
    ("Files and settings", &["ledger", "backup", "restore", "config", "completions", "man"]),
];

const EXAMPLES: &str = "\
Examples:
  uz up                                     a local network; prints its accounts
  uz balance --dev 0                        what its first account holds
  uz send --dev 0 dev:1 12.5                send 12.5 ZNN to its second
  uz receive --dev 1 --all                  and receive them there
  uz stake stake --dev 1 --amount 5 --duration 1mo --wait
  uz wallet new --name mine                 a key file of one's own
  uz up --pillars 3                         a local network of three nodes
  uz network new --pillars 3 -o net         a network of one's own
  uz node --network net/network.json        join one
  uz token list --json | jq .result         everything also as JSON";

/// The whole command line.
pub fn command() -> Command {
    let mut command = Cli::command().args(settings::flags(""));
    for verb in
        ["up", "node", "ledger", "backup", "restore", "doctor", "service", "network", "faucet"]
    {
        command = command.mut_subcommand(verb, |sub| {
            // Below a group of verbs the flags are each verb's.
            let below = sub.has_subcommands();
            sub.args(settings::flags(verb).map(|arg| arg.global(below)))
        });
    }
    for verb in ["send", "receive"] {
        command = command.mut_subcommand(verb, |sub| sub.args(settings::flags("sign")));
    }
    command = command.mut_subcommand("ledger", |sub| {
        sub.mut_subcommand("checkpoint", |sub| sub.args(settings::flags("sign")))
    });
    for verb in ["balance", "account"] {
        command = command.mut_subcommand(verb, |sub| sub.args(from_alone()));
    }
    for verb in ["wallet", "faucet"] {
        command = command.mut_subcommand(verb, |sub| {
            sub.args(settings::flags("sign").map(|arg| arg.global(true)))
        });
    }
    for contract in CONTRACTS {
        command = command.subcommand(contract::command(contract));
    }
    let groups = groups(&command);
    command
        .help_template(format!(
            "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}\n\nOptions:\n{{options}}{{after-help}}"
        ))
        .after_help(EXAMPLES)
        .after_long_help(format!("{EXAMPLES}\n\nExit codes:\n{}", outcome::exit_codes()))
}

/// The verbs by group, each with what it does.
fn groups(command: &Command) -> String {
    let about = |verb: &str| {
        let found = command.get_subcommands().find(|sub| sub.get_name() == verb);
        found.and_then(Command::get_about).map(ToString::to_string).unwrap_or_default()
    };
    let group = |(title, verbs): &(&str, &[&str])| {
        let lines: Vec<String> =
            verbs.iter().map(|verb| format!("  {verb:<12} {}", about(verb))).collect();
        format!("{title}:\n{}", lines.join("\n"))
    };
    GROUPS.iter().map(group).collect::<Vec<_>>().join("\n\n")
}

/// A verb that signs: whose key, how it is paid, whether to wait.
pub fn signing(command: Command) -> Command {
    Signing::augment_args(command).args(settings::flags("sign"))
}

/// A verb that looks at an account.
pub fn looking(command: Command) -> Command {
    let dev = Arg::new("dev")
        .long("dev")
        .value_name("N")
        .help("A devnet's account N (0 to 9)")
        .value_parser(clap::value_parser!(u32).range(0..=10))
        .action(ArgAction::Set);
    let looks_at_account = command.get_arguments().any(|arg| arg.get_id() == "address");
    if looks_at_account { command.arg(dev).args(from_alone()) } else { command }
}

/// The setting `from` without the password, which looking needs no more.
fn from_alone() -> impl Iterator<Item = Arg> {
    settings::flags("sign").filter(|arg| arg.get_id() == "from")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_verb_is_in_one_group() {
        let command = command();
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            let groups = GROUPS.iter().filter(|(_, verbs)| verbs.contains(&sub.get_name()));
            assert_eq!(groups.count(), 1, "{}", sub.get_name());
            assert!(sub.get_about().is_some(), "{}", sub.get_name());
        }
        for verb in GROUPS.iter().flat_map(|(_, verbs)| *verbs) {
            assert!(command.find_subcommand(verb).is_some(), "{verb}");
        }
    }

    #[test]
    fn every_verb_and_flag_says_what_it_is() {
        fn walk(command: &Command, path: &str) {
            assert!(command.get_about().is_some(), "{path} says nothing");
            for sub in command.get_subcommands() {
                walk(sub, &format!("{path} {}", sub.get_name()));
            }
        }
        walk(&command(), "uz");
    }
}
