//! Frames on one long-lived stream: `u32be code ‖ u32be length ‖ payload`, both ways at once.
//!
//! A length is checked, and its part of the [`Budget`] taken, before anything is allocated for it.
//! Source: go-zenon `p2p/libp2p/stream_rw.go` (testnet branch).

use crate::wire::{
    Budget, FRAME_BYTES_FREE, FRAME_BYTES_MAX, FRAMES_WAITING_MAX, Frame, NodeId, Stream,
    WireError, reading_time,
};
use libp2p::futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Bytes before a payload.
const HEADER_BYTES: usize = 8;
/// Most bytes of the first frame, hello.
const HELLO_BYTES_MAX: usize = 2 * 1024;
/// Time for a frame to come, from the end of the one before.
const READ_TIME: Duration = Duration::from_secs(30);
/// Time for a frame to go.
const WRITE_TIME: Duration = Duration::from_secs(20);
/// Time to say that no more will come.
const CLOSE_TIME: Duration = Duration::from_secs(1);

const _: () = assert!(FRAME_BYTES_MAX <= u32::MAX as usize);

/// A stream that is served: it ends when this is dropped, and [`Serving::has_ended`] says when it did.
#[derive(Debug)]
pub(super) struct Serving {
    stop: oneshot::Sender<()>,
    heard: Arc<AtomicBool>,
    inbound: bool,
}

impl Serving {
    /// Whether we opened it.
    pub fn is_outbound(&self) -> bool {
        !self.inbound
    }

    /// Whether its frames flow no more.
    pub fn has_ended(&self) -> bool {
        self.stop.is_closed()
    }

    /// Whether a frame has come.
    pub fn has_heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed)
    }
}

/// Turns a stream of bytes into a [`Stream`] of frames, served by a task of its own.
pub(super) fn serve<S>(
    io: S,
    remote: NodeId,
    address: String,
    inbound: bool,
    budget: Budget,
) -> (Stream, Serving)
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (to_session, frames) = mpsc::channel(FRAMES_WAITING_MAX);
    let (out, from_session) = mpsc::channel(FRAMES_WAITING_MAX);
    let (stop, stopped) = oneshot::channel();
    let heard = Arc::new(AtomicBool::new(false));
    let serving = Serving { stop, heard: heard.clone(), inbound };
    tokio::spawn(async move {
        let (input, output) = io.split();
        let mut last_word = Some(to_session.clone());
        let work = async {
            let mut reading = std::pin::pin!(read_all(input, to_session, budget, &heard));
            let mut writing = std::pin::pin!(write_all(output, from_session));
            // What is to be said is said even if nothing comes any more; but when nothing will be said
            // any more, the session is over.
            tokio::select! {
                written = &mut writing => written,
                () = &mut reading => {
                    last_word = None;
                    writing.await
                }
            }
        };
        let ended = tokio::select! {
            ended = work => ended,
            _ = stopped => Err(WireError::Closed),
        };
        if let (Err(error), Some(last_word)) = (ended, last_word) {
            // If the session is behind, it sees the end of the channel.
            let _ = last_word.try_send(Err(error));
        }
    });
    (Stream { remote, address, inbound, frames, out }, serving)
}

/// Reads frames until the stream ends or nobody wants them.
async fn read_all(
    mut input: impl AsyncRead + Unpin,
    frames: mpsc::Sender<Result<Frame, WireError>>,
    budget: Budget,
    heard: &AtomicBool,
) {
    loop {
        let frame = tokio::select! {
            frame = read_frame(&mut input, &budget) => frame,
            () = frames.closed() => return,
        };
        let last = frame.is_err();
        heard.store(true, Ordering::Relaxed);
        if frames.send(frame).await.is_err() || last {
            return;
        }
    }
}

/// Writes frames until there will be no more, then closes.
async fn write_all(
    mut output: impl AsyncWrite + Unpin,
    mut frames: mpsc::Receiver<Frame>,
) -> Result<(), WireError> {
    while let Some(frame) = frames.recv().await {
        within(WRITE_TIME, "a frame to go", write_frame(&mut output, &frame)).await?;
    }
    within(CLOSE_TIME, "the end", async { output.close().await.map_err(broken) }).await
}

/// Reads one frame. Waiting for the budget is our own affair and costs the peer no time.
pub(super) async fn read_frame(
    input: &mut (impl AsyncRead + Unpin),
    budget: &Budget,
) -> Result<Frame, WireError> {
    let start = tokio::time::Instant::now();
    let mut header = [0; HEADER_BYTES];
    within(READ_TIME, "a frame", async { input.read_exact(&mut header).await.map_err(broken) })
        .await?;
    let used = start.elapsed();
    let (code, length) = parse_header(header).map_err(WireError::Protocol)?;
    let held = budget.take(length).await;
    let mut payload = vec![0; length];
    within(reading_time(length).saturating_sub(used), "the rest of a frame", async {
        input.read_exact(&mut payload).await.map_err(broken)
    })
    .await?;
    Ok(Frame { code, payload: payload.into(), held })
}

/// Code and length of a frame, if both are possible; why not otherwise.
fn parse_header(header: [u8; HEADER_BYTES]) -> Result<(u64, usize), String> {
    let [a, b, c, d, e, f, g, h] = header;
    let code = u32::from_be_bytes([a, b, c, d]);
    let length = u32::from_be_bytes([e, f, g, h]) as usize;
    let most = if code == 0 { HELLO_BYTES_MAX } else { FRAME_BYTES_MAX };
    match length <= most {
        true => Ok((u64::from(code), length)),
        false => Err(format!("frame {code} of {length} bytes is larger than {most}")),
    }
}

/// Writes one frame. Small ones go as one piece.
pub(super) async fn write_frame(
    output: &mut (impl AsyncWrite + Unpin),
    frame: &Frame,
) -> Result<(), WireError> {
    let code = u32::try_from(frame.code)
        .map_err(|_| WireError::Protocol(format!("code {} does not fit", frame.code)))?;
    let length = u32::try_from(frame.payload.len())
        .ok()
        .filter(|length| *length as usize <= FRAME_BYTES_MAX)
        .ok_or_else(|| {
            WireError::Protocol(format!("{} bytes do not fit a frame", frame.payload.len()))
        })?;
    let mut head = Vec::with_capacity(HEADER_BYTES + frame.payload.len().min(FRAME_BYTES_FREE));
    head.extend_from_slice(&code.to_be_bytes());
    head.extend_from_slice(&length.to_be_bytes());
    let mut rest: &[u8] = &frame.payload;
    if rest.len() <= FRAME_BYTES_FREE {
        head.extend_from_slice(rest);
        rest = &[];
    }
    output.write_all(&head).await.map_err(broken)?;
    output.write_all(rest).await.map_err(broken)?;
    output.flush().await.map_err(broken)
}

async fn within<T>(
    time: Duration,
    what: &'static str,
    work: impl Future<Output = Result<T, WireError>>,
) -> Result<T, WireError> {
    timeout(time, work).await.unwrap_or(Err(WireError::Timeout(what)))
}

fn broken(error: io::Error) -> WireError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::WriteZero => WireError::Closed,
        _ => WireError::Io(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use libp2p::futures::io::Cursor;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use tokio::time::Instant;

    /// Neither gives nor takes anything.
    struct Stuck;

    impl AsyncRead for Stuck {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Stuck {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    fn budget() -> Budget {
        Budget::new(FRAME_BYTES_MAX)
    }

    async fn read(bytes: &[u8]) -> Result<Frame, WireError> {
        read_frame(&mut Cursor::new(bytes), &budget()).await
    }

    #[tokio::test]
    async fn a_ping_is_nine_bytes() {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, &Frame::new(2, vec![0xc0])).await.unwrap();
        assert_eq!(hex::encode(&bytes), "0000000200000001c0");
        let frame = read(&bytes).await.unwrap();
        assert_eq!((frame.code, &frame.payload[..]), (2, &[0xc0][..]));
    }

    #[tokio::test]
    async fn frames_of_all_sizes_come_back() {
        for length in [0, 1, FRAME_BYTES_FREE, FRAME_BYTES_FREE + 1, FRAME_BYTES_MAX] {
            let mut bytes = Vec::new();
            write_frame(&mut bytes, &Frame::new(22, vec![7; length])).await.unwrap();
            assert_eq!(bytes.len(), HEADER_BYTES + length);
            let frame = read(&bytes).await.unwrap();
            assert_eq!((frame.code, frame.payload.len()), (22, length));
            assert_eq!(frame.held.is_some(), length > FRAME_BYTES_FREE);
        }
    }

    #[tokio::test]
    async fn what_is_cut_off_is_closed() {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, &Frame::new(22, vec![7; 9])).await.unwrap();
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]).await.unwrap_err(), WireError::Closed);
        }
    }

    /// The budget is all taken: whoever gets as far as asking for memory waits for ever.
    #[tokio::test(start_paused = true)]
    async fn too_long_is_refused_before_memory_is_asked_for() {
        let budget = budget();
        let all = budget.take(FRAME_BYTES_MAX).await;
        let refused = [
            [0, 0, 0, 16, 0, 0xa0, 0, 1],
            [0, 0, 0, 16, 0xff, 0xff, 0xff, 0xff],
            // A hello is shorter.
            [0, 0, 0, 0, 0, 0, 8, 1],
        ];
        for header in refused {
            let mut input = Cursor::new(header).chain(Stuck);
            let error = read_frame(&mut input, &budget).await.unwrap_err();
            assert!(matches!(error, WireError::Protocol(_)), "{error}");
        }
        let mut input = Cursor::new([0, 0, 0, 16, 0, 0xa0, 0, 0]).chain(Stuck);
        let waiting = timeout(READ_TIME * 10, read_frame(&mut input, &budget)).await;
        assert!(waiting.is_err(), "10 MiB wait for the budget");
        drop(all);
        assert_eq!(
            read_frame(&mut Stuck, &budget).await.unwrap_err(),
            WireError::Timeout("a frame")
        );
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_after_its_time() {
        let start = Instant::now();
        let error = read_frame(&mut Stuck, &budget()).await.unwrap_err();
        assert_eq!((error, start.elapsed()), (WireError::Timeout("a frame"), READ_TIME));
        let mut half = Cursor::new([0, 0, 0, 16, 0, 0, 0, 2, 1]).chain(Stuck);
        let error = read_frame(&mut half, &budget()).await.unwrap_err();
        assert_eq!(error, WireError::Timeout("the rest of a frame"));
        assert_eq!(start.elapsed(), READ_TIME * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_nothing_is_given_up() {
        let id = NodeId([1; 64]);
        let (mut stream, serving) = serve(Stuck, id, String::new(), false, budget());
        let start = Instant::now();
        stream.out.send(Frame::new(2, vec![0xc0])).await.unwrap();
        let error = stream.frames.recv().await.unwrap().unwrap_err();
        assert_eq!((error, start.elapsed()), (WireError::Timeout("a frame to go"), WRITE_TIME));
        assert!(stream.frames.recv().await.is_none());
        assert!(serving.has_ended());
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_is_let_go_ends() {
        let id = NodeId([1; 64]);
        let (mut stream, serving) = serve(Stuck, id, String::new(), true, budget());
        assert!(!serving.has_ended());
        drop(serving);
        assert_eq!(stream.frames.recv().await.unwrap().unwrap_err(), WireError::Closed);
    }

    #[tokio::test]
    async fn what_does_not_fit_is_not_written() {
        let mut bytes = Vec::new();
        let long = Frame::new(16, vec![0; FRAME_BYTES_MAX + 1]);
        assert!(write_frame(&mut bytes, &long).await.is_err());
        assert!(write_frame(&mut bytes, &Frame::new(1 << 32, vec![])).await.is_err());
        assert!(bytes.is_empty());
    }
}
