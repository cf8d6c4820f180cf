//! How much an address may ask of us.

use crate::node::Millis;
use std::collections::HashMap;
use std::net::IpAddr;

/// Addresses that are remembered.
const ADDRESSES_MAX: usize = 1024;
/// Packets of an address: so many a second, and so many at once.
const ADDRESS_RATE: u64 = 10;
const ADDRESS_BURST: u64 = 50;
/// Packets of all addresses, which bounds what checking signatures costs.
const ALL_RATE: u64 = 500;
const ALL_BURST: u64 = 1000;

/// Limits of packets. This machine's own addresses have none of their own.
#[derive(Debug)]
pub struct Rates {
    all: Bucket,
    addresses: HashMap<[u8; 8], Bucket>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Thousandths of packets.
    left: u64,
    at: Millis,
}

impl Bucket {
    fn full(burst: u64, now: Millis) -> Bucket {
        Bucket { left: burst * 1000, at: now }
    }

    fn fill(&mut self, rate: u64, burst: u64, now: Millis) {
        let gained = now.saturating_sub(self.at).saturating_mul(rate);
        self.left = self.left.saturating_add(gained).min(burst * 1000);
        self.at = now;
    }

    fn take(&mut self, rate: u64, burst: u64, now: Millis) -> bool {
        self.fill(rate, burst, now);
        let enough = self.left >= 1000;
        if enough {
            self.left -= 1000;
        }
        enough
    }
}

impl Rates {
    /// Nothing was taken yet.
    pub fn new(now: Millis) -> Rates {
        Rates { all: Bucket::full(ALL_BURST, now), addresses: HashMap::new() }
    }

    /// Whether one more packet of this address may be looked at.
    pub fn take(&mut self, now: Millis, ip: IpAddr) -> bool {
        if !ip.is_loopback() && !self.take_address(now, ip) {
            return false;
        }
        self.all.take(ALL_RATE, ALL_BURST, now)
    }

    fn take_address(&mut self, now: Millis, ip: IpAddr) -> bool {
        let key = key(ip);
        if !self.addresses.contains_key(&key) && self.addresses.len() >= ADDRESSES_MAX {
            // Whoever has its whole allowance back is as good as new.
            self.addresses.retain(|_, bucket| {
                bucket.fill(ADDRESS_RATE, ADDRESS_BURST, now);
                bucket.left < ADDRESS_BURST * 1000
            });
            if self.addresses.len() >= ADDRESSES_MAX {
                return false;
            }
        }
        let bucket = self.addresses.entry(key).or_insert_with(|| Bucket::full(ADDRESS_BURST, now));
        bucket.take(ADDRESS_RATE, ADDRESS_BURST, now)
    }
}

/// An IPv4 address, or the first half of an IPv6 one, whose other half its owner chooses freely.
fn key(ip: IpAddr) -> [u8; 8] {
    let mut key = [0xff; 8];
    match ip.to_canonical() {
        IpAddr::V4(ip) => key[..4].copy_from_slice(&ip.octets()),
        IpAddr::V6(ip) => key.copy_from_slice(&ip.octets()[..8]),
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_one_address_does_not_starve_another() {
        let mut rates = Rates::new(0);
        let (loud, quiet) = (IpAddr::from([9, 9, 9, 9]), IpAddr::from([9, 9, 9, 8]));
        let taken = (0..10_000).filter(|_| rates.take(0, loud)).count() as u64;
        assert_eq!(taken, ADDRESS_BURST);
        assert!(rates.take(0, quiet));
        let taken = (0..100).filter(|_| rates.take(1000, loud)).count() as u64;
        assert_eq!(taken, ADDRESS_RATE);
        for index in 0..2 * ADDRESSES_MAX as u32 {
            rates.take(2000, IpAddr::from(index.to_be_bytes()));
        }
        assert!(rates.addresses.len() <= ADDRESSES_MAX);
    }
}
