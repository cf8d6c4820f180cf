//! Whether this machine's clock is right: by NTP servers, and by when others' momentums come.
//!
//! Momentums are made at the start of their slot, so those of many producers that arrive before it, or
//! long after it every one, tell that the clock here is wrong. A producer whose clock is off by seconds
//! misses its slots, so a warning names the offset and what to do.

use crate::config::Peers;
use ledger::Momentum;
use rsntp::AsyncSntpClient;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Time between two looks at the servers.
const ASK_EVERY: Duration = Duration::from_secs(600);
/// How long a server may take.
const ASK_TIME: Duration = Duration::from_secs(5);
/// Port of NTP.
const NTP_PORT: u16 = 123;
/// Offsets from which on a warning is due, in milliseconds: momentums that are late by 3 s are dropped.
const WARN_MS: i64 = 1_000;
/// Momentums that are looked at.
const ARRIVALS_MAX: usize = 20;
/// Producers of which some are to be among them: one alone may have the wrong clock.
const PRODUCERS_MIN: usize = 2;
/// What the way from a producer takes at most, in milliseconds.
const WAY_MS: i64 = 3_000;

/// What is known of the clock.
#[derive(Debug, Default)]
pub struct Clock(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// What it is ahead of the servers' median.
    by_servers: Option<i64>,
    /// How long after the start of their slots momentums came, and whose they were.
    arrivals: VecDeque<(i64, Vec<u8>)>,
    warned: bool,
}

impl Clock {
    /// What the clock is ahead, in milliseconds: by the servers, or else by the momentums if they tell.
    pub fn ahead_ms(&self) -> Option<i64> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.by_servers.or_else(|| known.by_momentums())
    }

    /// A momentum of another node came in its slot, at `now` in milliseconds.
    pub fn note(&self, momentum: &Momentum, now: u64) {
        let late = i128::from(now) - i128::from(momentum.timestamp) * 1000;
        let late = i64::try_from(late).unwrap_or(i64::MAX);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.arrivals.push_back((late, momentum.public_key.clone()));
        if known.arrivals.len() > ARRIVALS_MAX {
            known.arrivals.pop_front();
        }
        if known.by_servers.is_none()
            && let Some(ahead) = known.by_momentums()
        {
            known.warn(ahead, "the momentums of other nodes");
        }
    }

    /// Asks the servers now and then, until stopped.
    pub async fn ask(&self, settings: &Peers, mut stop: watch::Receiver<bool>) {
        if settings.ntp.is_empty() {
            return;
        }
        let mut due = interval(ASK_EVERY);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = super::told_to_stop(&mut stop) => return,
                _ = due.tick() => {}
            }
            let asked = settings.ntp.iter().map(|server| offset(server));
            let mut offsets: Vec<i64> =
                futures_util::future::join_all(asked).await.into_iter().flatten().collect();
            offsets.sort_unstable();
            let Some(median) = offsets.get(offsets.len() / 2).copied() else {
                tracing::debug!("no NTP server answers");
                continue;
            };
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            known.by_servers = Some(median);
            known.warn(median, "NTP servers");
        }
    }
}

impl Known {
    /// What the clock is ahead, if the momentums tell that it is wrong.
    fn by_momentums(&self) -> Option<i64> {
        let producers: BTreeSet<&[u8]> =
            self.arrivals.iter().map(|(_, producer)| producer.as_slice()).collect();
        if self.arrivals.len() < ARRIVALS_MAX || producers.len() < PRODUCERS_MIN {
            return None;
        }
        let mut late: Vec<i64> = self.arrivals.iter().map(|(late, _)| *late).collect();
        late.sort_unstable();
        let (first, median) = (late[0], late[late.len() / 2]);
        match (first, median) {
            // None came in time: it is not that many who are late, but our clock that is early.
            (first, _) if first > WAY_MS => Some(first),
            // Most came before they were made.
            (_, median) if median < -WARN_MS => Some(median),
            _ => Some(0),
        }
    }

    fn warn(&mut self, ahead_ms: i64, whom: &str) {
        let wrong = ahead_ms.abs() >= WARN_MS;
        if wrong && !self.warned {
            let direction = if ahead_ms > 0 { "ahead of" } else { "behind" };
            tracing::warn!(
                offset_ms = ahead_ms,
                "this machine's clock is {:.1} s {direction} {whom}: set it, for example with chrony \
                 or systemd-timesyncd, or momentums made here come at the wrong time",
                ahead_ms.unsigned_abs() as f64 / 1000.0
            );
        } else if !wrong && self.warned {
            tracing::info!(offset_ms = ahead_ms, "this machine's clock is right again");
        }
        self.warned = wrong;
    }
}

/// What our clock is ahead of a server's, in milliseconds.
async fn offset(server: &str) -> Option<i64> {
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().ok()?)
        }
        _ => (server, NTP_PORT),
    };
    let client = AsyncSntpClient::new();
    let asked = client.synchronize(format!("{}:{port}", host));
    match timeout(ASK_TIME, asked).await {
        // The client tells what our clock is behind.
        Ok(Ok(result)) => Some(-(result.clock_offset().as_secs_f64() * 1000.0).round() as i64),
        Ok(Err(error)) => {
            tracing::debug!(server, %error, "an NTP server does not answer");
            None
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    fn momentum(timestamp: u64, producer: u8) -> Momentum {
        Momentum { timestamp, public_key: vec![producer; 32], ..Momentum::default() }
    }

    fn ahead(lateness: impl Fn(u64) -> i64, producers: u8) -> Option<i64> {
        let clock = Clock::default();
        for number in 0..ARRIVALS_MAX as u64 {
            let slot = 1_000_000 + number * 10;
            let now = (slot * 1000).saturating_add_signed(lateness(number));
            clock.note(&momentum(slot, (number % u64::from(producers)) as u8), now);
        }
        clock.ahead_ms()
    }

    #[test]
    fn momentums_tell_of_a_wrong_clock() {
        assert_eq!(ahead(|number| 200 + number as i64, 3), Some(0));
        // Some are late, which says nothing of our clock.
        assert_eq!(ahead(|number| if number == 3 { 100 } else { 8_000 }, 3), Some(0));
        assert_eq!(ahead(|_| 6_000, 3), Some(6_000));
        assert_eq!(ahead(|_| -2_500, 3), Some(-2_500));
        // One producer alone may be the one that is wrong.
        assert_eq!(ahead(|_| -2_500, 1), None);
    }

    /// A server whose clock is ahead of ours by some seconds.
    fn server(seconds_ahead: u64, answers: usize) -> String {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            for _ in 0..answers {
                let mut packet = [0; 48];
                let (_, from) = socket.recv_from(&mut packet).unwrap();
                let now = crate::runner::system_millis() + seconds_ahead * 1000;
                // Seconds since 1900, and their fraction.
                let seconds = u32::try_from(now / 1000 + 2_208_988_800).unwrap();
                let fraction = u32::try_from(((now % 1000) << 32) / 1000).unwrap();
                let mut answer = [0; 48];
                (answer[0], answer[1]) = (0x24, 1);
                answer[24..32].copy_from_slice(&packet[40..48]);
                for at in [16, 32, 40] {
                    answer[at..at + 4].copy_from_slice(&seconds.to_be_bytes());
                    answer[at + 4..at + 8].copy_from_slice(&fraction.to_be_bytes());
                }
                socket.send_to(&answer, from).unwrap();
            }
        });
        address
    }

    #[tokio::test]
    async fn a_server_tells_of_a_wrong_clock() {
        let offset = offset(&server(5, 1)).await.unwrap();
        assert!((-5_500..=-4_500).contains(&offset), "{offset}");
    }
}
