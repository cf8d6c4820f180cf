//! The disk under the store, which stands still at its first failure.
//!
//! Once a write, a change of length or a sync has failed, nothing reaches the device any more: what is
//! on it stays as a power cut at that moment would have left it, which is a state that opening knows to
//! recover. Later writes are kept in memory, so that readers of earlier snapshots go on; the store asks
//! [`Health`] after each commit and acknowledges nothing from then on.

use redb::{BackendError, StorageBackend};
use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// How a disk is: its first failure, if there was one, and its length.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    failure: OnceLock<String>,
    length: AtomicU64,
}

impl Health {
    /// What failed.
    pub fn failure(&self) -> Option<&str> {
        self.0.failure.get().map(String::as_str)
    }

    /// Length of the device in bytes.
    pub fn length(&self) -> u64 {
        self.0.length.load(Ordering::Relaxed)
    }

    fn note(&self, what: &str, error: &io::Error) {
        if self.0.failure.set(format!("{what}: {error}")).is_ok() {
            tracing::error!(%error, "{what} failed; nothing is written from now on");
        }
    }
}

/// A device that stands still at its first failure.
#[derive(Debug)]
pub struct Disk {
    device: Box<dyn StorageBackend>,
    health: Health,
    /// Whether the device has failed; set while `after` is locked.
    failed: AtomicBool,
    after: Mutex<After>,
}

/// What would be on the device had it not failed.
#[derive(Debug)]
struct After {
    length: u64,
    /// What was written after the failure, by offset. Writes that overlap agree where they do.
    writes: BTreeMap<u64, Vec<u8>>,
}

impl Disk {
    /// A disk on `device`.
    pub fn new(device: Box<dyn StorageBackend>) -> io::Result<Disk> {
        let after = After { length: device.len()?, writes: BTreeMap::new() };
        let health = Health::default();
        health.0.length.store(after.length, Ordering::Relaxed);
        Ok(Disk { device, health, failed: AtomicBool::new(false), after: Mutex::new(after) })
    }

    /// Where to ask how the disk is.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    // A thread that panicked while it held the lock left the lists whole.
    fn after(&self) -> MutexGuard<'_, After> {
        self.after.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the device, and nothing but what is kept in memory once it has failed.
    fn change(
        &self,
        what: &str,
        act: impl FnOnce(&dyn StorageBackend) -> io::Result<()>,
        note: impl FnOnce(&mut After, bool),
    ) {
        let mut after = self.after();
        if !self.failed.load(Ordering::Acquire)
            && let Err(error) = act(&*self.device)
        {
            self.health.note(what, &error);
            self.failed.store(true, Ordering::Release);
        }
        note(&mut after, self.failed.load(Ordering::Acquire));
        self.health.0.length.store(after.length, Ordering::Relaxed);
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.after().length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if !self.failed.load(Ordering::Acquire) {
            let read = self.device.read(offset, out);
            return read.inspect_err(|error| self.health.note("reading the store", error));
        }
        let after = self.after();
        let end = offset.saturating_add(out.len() as u64);
        if end > after.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let there = self.device.len()?.min(end).saturating_sub(offset);
        let there = usize::try_from(there).unwrap_or(usize::MAX).min(out.len());
        out[there..].fill(0);
        self.device.read(offset, &mut out[..there])?;
        for (start, bytes) in after.writes.range(..end) {
            overwrite(out, offset, *start, bytes);
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.change(
            "setting the store's length",
            |device| device.set_len(len),
            |after, _| after.length = len,
        );
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.change("syncing the store", |device| device.sync_data(), |_, _| {});
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.change(
            "writing the store",
            |device| device.write(offset, data),
            |after, keep| {
                after.length = after.length.max(offset.saturating_add(data.len() as u64));
                if keep {
                    after.put(offset, data);
                }
            },
        );
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.device.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.device.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.device.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.device.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.device.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.device.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.device.query_lock_range(start, end)
    }
}

impl After {
    /// Keeps a write.
    fn put(&mut self, offset: u64, data: &[u8]) {
        let end = offset + data.len() as u64;
        // Writes inside of this one are dropped, so that writing again takes no memory.
        let inside: Vec<u64> = self
            .writes
            .range(offset..end)
            .filter(|(start, bytes)| *start + bytes.len() as u64 <= end)
            .map(|(start, _)| *start)
            .collect();
        for start in inside {
            self.writes.remove(&start);
        }
        for (start, bytes) in self.writes.range_mut(..end) {
            overwrite(bytes, *start, offset, data);
        }
        // A write from this very offset that is still there is longer, and was overwritten just now.
        self.writes.entry(offset).or_insert_with(|| data.to_vec());
    }
}

/// Overwrites the part of `target` (beginning at `target_start`) that `data` (at `start`) covers.
fn overwrite(target: &mut [u8], target_start: u64, start: u64, data: &[u8]) {
    let from = start.max(target_start);
    let to = (start + data.len() as u64).min(target_start + target.len() as u64);
    if from >= to {
        return;
    }
    let index = |position: u64, base: u64| {
        usize::try_from(position - base).expect("within a slice, so it fits")
    };
    target[index(from, target_start)..index(to, target_start)]
        .copy_from_slice(&data[index(from, start)..index(to, start)]);
}
