//! A whole node under a simulated clock, disk and network.
//!
//! | file | what it shows |
//! |---|---|
//! | `publish` | blocks are accepted, confirmed, kept over restarts |
//! | `produce` | slots, contracts' answers, updates, on demand |
//! | `forks` | rollbacks, longer and shorter forks |
//! | `checkpoints` | ledgers that signers vouch for, in pieces |
//! | `copies` | copies of blocks with other unhashed bytes |
//! | `history` | earlier states are what the chain had then |
//! | `levers` | the levers of a development network |
//! | `network` | several nodes come to one chain |
//! | `signing` | no slot is signed twice |
//! | `faults` | a disk that fails stops the node and loses nothing |
//! | `cuts` | power cuts at random points lose nothing that was acknowledged |
//! | `stalled` | a contract that can not answer holds up nothing else |
//! | `transfer` | export, import, backup, check |
//! | `shell` | the node in its thread |

mod checkpoints;
mod copies;
mod cuts;
#[allow(dead_code, reason = "shared with the simulation")]
mod disk;
mod faults;
mod forks;
mod founding;
mod history;
mod levers;
mod network;
mod produce;
mod publish;
mod random;
mod shell;
mod signing;
mod stalled;
mod transfer;
mod world;
