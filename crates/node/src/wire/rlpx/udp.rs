//! The socket of discovery.

use crate::node::Millis;
use crate::wire::Endpoint;
use crate::wire::discovery::packet::PACKET_BYTES_MAX;
use crate::wire::discovery::{Discovery, Send, Settings};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::UdpSocket;
use tokio::time::timeout;
use tracing::debug;

/// Shortest pause between two ticks.
const PAUSE_MIN: Duration = Duration::from_millis(10);
/// Longest; the system's clock may have been put back.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// Discovery, for its task and for whoever wants to know what it found.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<Discovery>>);

impl Shared {
    pub(super) fn new(settings: Settings) -> Shared {
        Shared(Arc::new(Mutex::new(Discovery::new(settings, now()))))
    }

    pub(super) fn found(&self, most: usize) -> Vec<Endpoint> {
        self.lock().found(most)
    }

    fn packet(&self, from: SocketAddr, bytes: &[u8], out: &mut Vec<Send>) {
        self.lock().packet(now(), from, bytes, out);
    }

    fn tick(&self, out: &mut Vec<Send>) {
        let mut discovery = self.lock();
        if discovery.deadline() <= now() {
            discovery.tick(now(), out);
        }
    }

    fn pause(&self) -> Duration {
        let due = self.lock().deadline().saturating_sub(now());
        Duration::from_millis(due).clamp(PAUSE_MIN, PAUSE_MAX)
    }

    fn lock(&self) -> MutexGuard<'_, Discovery> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Carries packets for ever.
pub(super) async fn run(socket: UdpSocket, discovery: Shared) {
    let over_ipv6 = socket.local_addr().is_ok_and(|address| address.is_ipv6());
    let mut bytes = [0; PACKET_BYTES_MAX];
    let mut out = Vec::new();
    loop {
        let pause = discovery.pause();
        match timeout(pause, socket.recv_from(&mut bytes)).await {
            Ok(Ok((length, from))) => {
                discovery.packet(from, &bytes[..length], &mut out);
            }
            // The system tells here that a packet of ours found nobody.
            Ok(Err(error)) => debug!(%error, "nothing came"),
            Err(_) => {}
        }
        discovery.tick(&mut out);
        for Send { to, bytes } in out.drain(..) {
            if let Some(to) = sendable(to, over_ipv6)
                && let Err(error) = socket.send_to(&bytes, to).await
            {
                debug!(%to, %error, "a packet could not be sent");
            }
        }
    }
}

/// The address as the socket wants it, if it can send there.
fn sendable(to: SocketAddr, over_ipv6: bool) -> Option<SocketAddr> {
    match (to.ip(), over_ipv6) {
        (IpAddr::V4(ip), true) => Some((ip.to_ipv6_mapped(), to.port()).into()),
        (IpAddr::V6(_), false) => None,
        _ => Some(to),
    }
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}
