//! What a client may ask of the server: sizes, numbers and times.

use std::time::Duration;

/// Largest body of a request, in bytes; the reference's.
pub const BODY_BYTES_MAX: u64 = 5 << 20;
/// Largest WebSocket message, in bytes; the reference's.
pub const MESSAGE_BYTES_MAX: usize = 15 << 20;
/// Largest head of a request, in bytes.
pub const HEAD_BYTES_MAX: usize = 64 << 10;
/// Most header fields of a request.
pub const HEADERS_MAX: usize = 64;
/// Smallest answer that is worth compressing, in bytes.
pub const GZIP_BYTES_MIN: usize = 1_024;
/// Calls of one WebSocket connection that may be under way.
pub const IN_FLIGHT_MAX: usize = 64;
/// Announcements of momentums that may wait for a WebSocket connection to take them.
pub const ANNOUNCEMENTS_MAX: usize = 256;

/// Limits that a test sets lower.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time, both ports together.
    pub connections: usize,
    /// From the first byte of a request to its last.
    pub receive: Duration,
    /// Between an answer and the next request.
    pub idle: Duration,
    /// A TLS handshake.
    pub handshake: Duration,
    /// Until a client takes what is sent to it.
    pub send: Duration,
    /// Between two pings of a WebSocket connection that is quiet.
    pub ping: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1_024,
            receive: Duration::from_secs(30),
            idle: Duration::from_secs(120),
            handshake: Duration::from_secs(10),
            send: Duration::from_secs(10),
            ping: Duration::from_secs(60),
        }
    }
}
