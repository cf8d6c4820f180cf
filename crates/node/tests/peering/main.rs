//! Whole nodes with sockets, side by side on the loopback.

#[path = "../node/founding.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod founding;
#[path = "../node/random.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod random;

mod checkpoint;
mod follow;
mod machine;
mod operate;
