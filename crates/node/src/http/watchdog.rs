//! Ends connections that wait too long: for a request's first byte, or for its last.
//!
//! The socket notes when a request begins, the request's handler when it is read and answered; one
//! timer for each connection looks at the notes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::limits::Limits;

/// What a connection waits for, and until when.
#[derive(Debug)]
pub struct Watch {
    began: Instant,
    limits: Limits,
    /// Milliseconds after `began`, shifted by one; the lowest bit tells that the connection is idle.
    deadline: AtomicU64,
}

/// No deadline: the server itself is at work.
const NEVER: u64 = u64::MAX - 1;
const IDLE: u64 = 1;

impl Watch {
    /// A connection that was just opened.
    pub fn new(limits: Limits) -> Arc<Watch> {
        let watch = Watch { began: Instant::now(), limits, deadline: AtomicU64::new(NEVER) };
        watch.idle();
        Arc::new(watch)
    }

    fn set(&self, within: Duration, flag: u64) {
        let millis = (self.began.elapsed() + within).as_millis();
        let deadline = u64::try_from(millis).unwrap_or(u64::MAX >> 2) << 1;
        self.deadline.store(deadline | flag, Ordering::Relaxed);
    }

    /// The next request may take its time.
    pub fn idle(&self) {
        self.set(self.limits.idle, IDLE);
    }

    /// Bytes came: if they begin a request, its end must follow.
    fn received(&self) {
        if self.deadline.load(Ordering::Relaxed) & IDLE != 0 {
            self.set(self.limits.receive, 0);
        }
    }

    /// A request was read, and the server works on it.
    pub fn working(&self) {
        self.deadline.store(NEVER, Ordering::Relaxed);
    }

    /// Returns once the connection has waited too long.
    pub async fn expired(&self) {
        // Looked at seldom, so that a request costs no timer.
        let pause = self.limits.receive.min(self.limits.idle) / 4;
        loop {
            tokio::time::sleep(pause).await;
            let deadline = self.deadline.load(Ordering::Relaxed);
            let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX >> 2);
            if deadline != NEVER && deadline >> 1 <= now {
                return;
            }
        }
    }
}

/// A socket that notes when a request begins.
pub struct Watched<S> {
    socket: S,
    watch: Arc<Watch>,
}

impl<S> Watched<S> {
    /// Watches `socket`.
    pub fn new(socket: S, watch: Arc<Watch>) -> Watched<S> {
        Watched { socket, watch }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.socket).poll_read(context, buffer);
        if polled.is_ready() {
            self.watch.received();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}
