//! A node's side of the peer protocol, driven event by event by scripts that play its peers.
//!
//! | file | what it shows |
//! |---|---|
//! | `desk` | the node, its protocol and its peers; used by all others |
//! | `greeting` | status messages, and the pool for a new peer |
//! | `answers` | answers to peers' questions |
//! | `fetching` | a longer chain is fetched, from whatever peers |
//! | `liars` | peers that lie, stall, forge, vanish |
//! | `spreading` | momentums and blocks go on to those who don't know them |
//! | `blocks` | account blocks on their way into the pool |
//! | `recorded` | sessions with the reference, played back |
//! | `standing` | scores, bans, and whether producers may go on |

// Shared with other test binaries; this one uses a part.
#[path = "../node/disk.rs"]
#[allow(dead_code)]
mod disk;
#[path = "../node/founding.rs"]
mod founding;
#[path = "../node/random.rs"]
#[allow(dead_code)]
mod random;
#[path = "../node/world.rs"]
#[allow(dead_code, unused_imports)]
mod world;

mod answers;
mod blocks;
mod desk;
mod fetching;
mod greeting;
mod liars;
mod recorded;
mod spreading;
mod standing;
