//! A disk in memory that can lose power and fail.
//!
//! What is written is in the live image at once, as in a page cache, and in the durable image after a
//! sync. A power cut leaves the durable image with any part of the writes that were not synced: in any
//! order, and torn at sectors.

use crate::random::Random;
use redb::{BackendError, StorageBackend};
use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard};

const SECTOR: usize = 512;

/// What goes wrong, and at which operation (writes, changes of length, syncs).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The power goes.
    Cut,
    /// A write is refused.
    Write,
    /// A write is done in part, and refused.
    Torn,
    /// The disk is full: it does not grow any more.
    Full,
    /// A sync fails, and what was written may or may not be durable.
    Sync,
}

#[derive(Clone, Debug)]
enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
}

#[derive(Debug, Default)]
struct Inner {
    live: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
    operations: u64,
    plan: Option<(u64, Fault)>,
    random: Random,
    /// What the power cut left.
    left: Option<Vec<u8>>,
    /// Whether the fault has happened.
    struck: bool,
}

/// The disk. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<Inner>>);

impl Disk {
    /// A disk that holds an image, all of it durable.
    pub fn of(image: Vec<u8>) -> Disk {
        let inner = Inner { live: image.clone(), durable: image, ..Inner::default() };
        Disk(Arc::new(Mutex::new(inner)))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// Plans a fault some operations from now.
    pub fn plan(&self, after: u64, fault: Fault, seed: u64) {
        let mut inner = self.inner();
        inner.plan = Some((inner.operations + after, fault));
        inner.random = Random::new(seed);
    }

    /// Lets no planned fault happen any more.
    pub fn plan_nothing(&self) {
        self.inner().plan = None;
    }

    /// Whether the planned fault has happened.
    pub fn struck(&self) -> bool {
        self.inner().struck
    }

    /// Number of operations so far.
    pub fn operations(&self) -> u64 {
        self.inner().operations
    }

    /// What a process finds that starts on the same machine: all that was written.
    pub fn live(&self) -> Disk {
        Disk::of(self.inner().live.clone())
    }

    /// All that was written.
    pub fn image(&self) -> Vec<u8> {
        self.inner().live.clone()
    }

    /// What is there after a power cut: that of the planned cut, or one now.
    pub fn after_cut(&self) -> Disk {
        let mut inner = self.inner();
        if inner.left.is_none() {
            inner.cut();
        }
        Disk::of(inner.left.clone().expect("cut just now"))
    }

    /// The durable image.
    pub fn durable(&self) -> Disk {
        Disk::of(self.inner().durable.clone())
    }
}

impl Inner {
    /// Counts an operation. Gives the fault if it is due.
    fn step(&mut self) -> Option<Fault> {
        self.operations += 1;
        let (at, fault) = self.plan?;
        if self.operations < at {
            return None;
        }
        self.struck = true;
        if fault == Fault::Cut {
            self.plan = None;
            self.cut();
            return None;
        }
        Some(fault)
    }

    /// Leaves what a power cut leaves.
    fn cut(&mut self) {
        let mut left = self.durable.clone();
        let mut changes = self.unsynced.clone();
        self.random.shuffle(&mut changes);
        // From nothing to everything that was not synced reaches the disk.
        let share = self.random.below(5);
        for change in changes {
            let whole = self.random.below(4) < share;
            match change {
                Change::Length(length) if whole => left.resize(length as usize, 0),
                Change::Length(_) => {}
                Change::Write(offset, data) => {
                    for (index, sector) in data.chunks(SECTOR).enumerate() {
                        if whole || self.random.below(8) < share {
                            put(&mut left, offset as usize + index * SECTOR, sector);
                        }
                    }
                }
            }
        }
        self.left = Some(left);
    }

    fn write(&mut self, offset: u64, data: &[u8]) {
        put(&mut self.live, offset as usize, data);
        self.unsynced.push(Change::Write(offset, data.to_vec()));
    }
}

fn put(image: &mut Vec<u8>, offset: usize, data: &[u8]) {
    if image.len() < offset + data.len() {
        image.resize(offset + data.len(), 0);
    }
    image[offset..offset + data.len()].copy_from_slice(data);
}

fn apply(image: &mut Vec<u8>, change: Change) {
    match change {
        Change::Write(offset, data) => put(image, offset as usize, &data),
        Change::Length(length) => image.resize(length as usize, 0),
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.inner().live.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let inner = self.inner();
        let offset = offset as usize;
        let bytes =
            inner.live.get(offset..offset + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut inner = self.inner();
        match inner.step() {
            Some(Fault::Full) if len > inner.live.len() as u64 => {
                return Err(io::ErrorKind::StorageFull.into());
            }
            Some(Fault::Write | Fault::Torn) => return Err(io::Error::other("injected")),
            _ => {}
        }
        inner.live.resize(len as usize, 0);
        inner.unsynced.push(Change::Length(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut inner = self.inner();
        if inner.step() == Some(Fault::Sync) {
            return Err(io::Error::other("injected"));
        }
        for change in std::mem::take(&mut inner.unsynced) {
            apply(&mut inner.durable, change);
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut inner = self.inner();
        match inner.step() {
            Some(Fault::Write) => return Err(io::Error::other("injected")),
            Some(Fault::Torn) => {
                let part = inner.random.below(data.len() as u64) as usize;
                inner.write(offset, &data[..part]);
                return Err(io::Error::other("injected"));
            }
            Some(Fault::Full) if offset as usize + data.len() > inner.live.len() => {
                return Err(io::ErrorKind::StorageFull.into());
            }
            _ => {}
        }
        inner.write(offset, data);
        Ok(())
    }

    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn try_lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(false)
    }
}
