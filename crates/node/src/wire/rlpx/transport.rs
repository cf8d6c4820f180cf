//! The older transport's sockets: takes calls, makes calls, carries frames, all with the reference's
//! deadlines.
//!
//! A called side hands a connection over only once the first frame was read, for only that proves that
//! the caller holds its key: a recorded handshake can be repeated by anyone. So handshakes that are
//! garbage, repeated or slow are just closed, and nobody above hears of them. Source: go-zenon
//! `p2p/server.go`, `p2p/rlpx.go`.

use super::ecies::Chance;
use super::frame::{FrameError, HEADER_BYTES, Reader, Writer};
use super::handshake::{
    self, ACK_BYTES, AUTH_BYTES, Answer, Caller, Draw, HandshakeError, Secrets,
};
use super::udp;
use crate::service::Later;
use crate::wire::discovery;
use crate::wire::identity::Identity;
use crate::wire::{
    Budget, Circle, Endpoint, FRAME_BYTES_FREE, FRAMES_WAITING_MAX, Frame, NodeId, Stream,
    Transport, WireError, reading_time,
};
use k256::SecretKey;
use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::debug;

/// How long a connection may take to be made.
const DIAL_TIME: Duration = Duration::from_secs(15);
/// How long both packets of a handshake may take, and with a caller its first frame too.
const HANDSHAKE_TIME: Duration = Duration::from_secs(5);
/// How long a frame may take to come, idle time before it included.
const READ_TIME: Duration = Duration::from_secs(30);
/// How long a frame may take to go.
const WRITE_TIME: Duration = Duration::from_secs(20);
/// How long the last frame's way is kept open for the other side to read it.
const LINGER_TIME: Duration = Duration::from_secs(1);
/// Ports of the system's choice that are tried.
const PORTS_TRIED_MAX: usize = 16;
/// Pause after the system refused to take a call.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Callers in their handshakes (go-zenon `maxAcceptConns`).
const HANDSHAKES_MAX: usize = 50;
/// Callers of one address in their handshakes; this machine's own are not counted.
const HANDSHAKES_PER_ADDRESS_MAX: usize = 8;
/// Bytes that are read at once, and of a payload that are enciphered at once.
const PART_BYTES: usize = 32 << 10;
/// Buffers of a quiet connection.
const QUIET_BYTES: usize = 2 << 10;
/// What is thrown away while a connection lingers.
const LINGER_BYTES_MAX: u64 = 1 << 20;

/// What the transport is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The node's key.
    pub key: Identity,
    /// Where to take calls, and the port of discovery; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Whom to ask for nodes.
    pub bootnodes: Vec<Endpoint>,
    /// The address by which others reach us, if it is another than that of `listen`.
    pub advertise: Option<IpAddr>,
    /// Whom to deal with. Within a closed circle nobody is looked for, and nobody finds us.
    pub circle: Circle,
    /// Bounds what payloads take.
    pub budget: Budget,
}

impl Settings {
    /// A node on this machine, at any port, that knows nobody.
    pub fn local(key: Identity, budget: Budget) -> Settings {
        Settings {
            key,
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            bootnodes: Vec::new(),
            advertise: None,
            circle: Circle::default(),
            budget,
        }
    }
}

/// Why the transport can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is in use, or is none of this machine.
    #[error("can't listen for peers on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// The older transport, running.
pub struct Rlpx {
    local: Arc<Local>,
    /// What the system gave us.
    listen: SocketAddr,
    advertise: Option<IpAddr>,
    discovery: Option<udp::Shared>,
    /// Until it is closed.
    tasks: Mutex<Option<JoinSet<()>>>,
}

/// What every connection needs.
struct Local {
    key: SecretKey,
    id: NodeId,
    circle: Circle,
    budget: Budget,
}

/// Listens, and sends those who call to `inbound`.
pub async fn start(
    settings: Settings,
    inbound: mpsc::Sender<Stream>,
) -> Result<Arc<Rlpx>, StartError> {
    let refused = |source| StartError::Listen { address: settings.listen, source };
    let (listener, socket) = bind(settings.listen).await.map_err(refused)?;
    let listen = listener.local_addr().map_err(refused)?;
    let key = SecretKey::from_slice(&settings.key.secret_bytes()).expect("an identity is a scalar");
    let id = settings.key.id();
    let mut tasks = JoinSet::new();
    let discovery = (!settings.circle.is_closed()).then(|| {
        let discovery = udp::Shared::new(discovery::Settings {
            key: (&key).into(),
            us: discovery::Node {
                id,
                ip: settings.advertise.unwrap_or(listen.ip()),
                udp: listen.port(),
                tcp: listen.port(),
            },
            bootnodes: settings.bootnodes.iter().filter_map(enode).collect(),
            private: settings.circle.private.clone(),
            seed: u64::from_le_bytes(random()),
        });
        tasks.spawn(udp::run(socket, discovery.clone()));
        discovery
    });
    let local = Arc::new(Local { key, id, circle: settings.circle, budget: settings.budget });
    tasks.spawn(take_calls(local.clone(), listener, inbound));
    let advertise = settings.advertise;
    Ok(Arc::new(Rlpx { local, listen, advertise, discovery, tasks: Mutex::new(Some(tasks)) }))
}

/// Listens at one port with both protocols.
async fn bind(address: SocketAddr) -> io::Result<(TcpListener, UdpSocket)> {
    for _ in 0..PORTS_TRIED_MAX {
        let listener = TcpListener::bind(address).await?;
        match UdpSocket::bind(listener.local_addr()?).await {
            // Of the ports that the system chose for connections, this one was taken for packets.
            Err(error) if address.port() == 0 && error.kind() == ErrorKind::AddrInUse => {}
            socket => return Ok((listener, socket?)),
        }
    }
    Err(ErrorKind::AddrInUse.into())
}

fn enode(endpoint: &Endpoint) -> Option<discovery::Node> {
    match *endpoint {
        Endpoint::Enode { id, ip, tcp, udp } => Some(discovery::Node { id, ip, udp, tcp }),
        Endpoint::Multiaddr { .. } => None,
    }
}

impl Transport for Rlpx {
    fn dial(&self, endpoint: Endpoint) -> Later<Result<Stream, WireError>> {
        let local = self.local.clone();
        Box::pin(async move {
            match endpoint {
                Endpoint::Enode { id, ip, tcp, .. } => call(&local, id, (ip, tcp).into()).await,
                Endpoint::Multiaddr { address, .. } => Err(WireError::Unreachable(address)),
            }
        })
    }

    fn reaches(&self, endpoint: &Endpoint) -> bool {
        matches!(endpoint, Endpoint::Enode { .. })
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let ip = self.advertise.unwrap_or(self.listen.ip());
        match ip.is_unspecified() {
            true => Vec::new(),
            false => vec![Endpoint::of_legacy(self.local.id, (ip, self.listen.port()).into())],
        }
    }

    fn discovered(&self, most: usize) -> Vec<Endpoint> {
        self.discovery.as_ref().map(|discovery| discovery.found(most)).unwrap_or_default()
    }

    fn close(&self) -> Later<()> {
        let tasks = self.tasks.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        Box::pin(async move {
            if let Some(mut tasks) = tasks {
                tasks.shutdown().await;
            }
        })
    }
}

impl Rlpx {
    /// Where it listens.
    pub fn listen(&self) -> SocketAddr {
        self.listen
    }
}

/// Takes calls for ever. Each handshake is a task of its own that gives the caller's address back.
async fn take_calls(local: Arc<Local>, listener: TcpListener, inbound: mpsc::Sender<Stream>) {
    let mut handshakes: JoinSet<IpAddr> = JoinSet::new();
    let mut callers: HashMap<IpAddr, usize> = HashMap::new();
    loop {
        tokio::select! {
            Some(ended) = handshakes.join_next() => {
                // A handshake that panicked would keep its place; none does.
                if let Ok(ip) = ended
                    && let Some(count) = callers.get_mut(&ip)
                {
                    *count -= 1;
                    if *count == 0 {
                        callers.remove(&ip);
                    }
                }
            }
            taken = listener.accept(), if handshakes.len() < HANDSHAKES_MAX => match taken {
                Ok((socket, address)) => {
                    let address = canonical(address);
                    let count = callers.entry(address.ip()).or_default();
                    if *count >= HANDSHAKES_PER_ADDRESS_MAX && !address.ip().is_loopback() {
                        continue;
                    }
                    *count += 1;
                    let (local, inbound) = (local.clone(), inbound.clone());
                    handshakes.spawn(async move {
                        let welcomed = timeout(HANDSHAKE_TIME, welcome(&local, socket, address, &inbound));
                        match welcomed.await {
                            Ok(Ok(())) => {}
                            Ok(Err(error)) => debug!(%address, %error, "a caller was not understood"),
                            Err(_) => debug!(%address, "a caller was too slow"),
                        }
                        address.ip()
                    });
                }
                Err(error) => {
                    debug!(%error, "a call could not be taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
}

/// The called side's part of a handshake, up to the caller's first frame.
async fn welcome(
    local: &Local,
    mut socket: TcpStream,
    address: SocketAddr,
    inbound: &mpsc::Sender<Stream>,
) -> Result<(), WireError> {
    socket.set_nodelay(true).map_err(io_error)?;
    let mut auth = [0; AUTH_BYTES];
    socket.read_exact(&mut auth).await.map_err(io_error)?;
    let Answer { remote, ack, secrets } = handshake::answer(&local.key, &auth, &draw())?;
    if !local.circle.admits(&remote) {
        return Err(WireError::Protocol("it is not of our circle".to_owned()));
    }
    socket.write_all(&ack).await.map_err(io_error)?;
    let (reader, writer) = secrets.split();
    let (read_half, write_half) = socket.into_split();
    let mut incoming = Incoming::new(read_half, reader);
    let first = incoming.next(&local.budget, FRAME_BYTES_FREE).await?;
    let outgoing = Outgoing::new(write_half, writer);
    let stream = carry(local, incoming, outgoing, Ends { remote, address, first: Some(first) });
    inbound.send(stream).await.map_err(|_| WireError::Closed)
}

/// The caller's part.
async fn call(local: &Local, id: NodeId, address: SocketAddr) -> Result<Stream, WireError> {
    if !local.circle.admits(&id) {
        return Err(WireError::Unreachable(format!("{id}, which is not of our circle")));
    }
    let mut socket = timeout(DIAL_TIME, TcpStream::connect(address))
        .await
        .map_err(|_| WireError::Timeout("the connection"))?
        .map_err(io_error)?;
    socket.set_nodelay(true).map_err(io_error)?;
    let secrets = timeout(HANDSHAKE_TIME, introduce(local, &id, &mut socket))
        .await
        .map_err(|_| WireError::Timeout("the handshake"))??;
    let (reader, writer) = secrets.split();
    let (read_half, write_half) = socket.into_split();
    let ends = Ends { remote: id, address: canonical(address), first: None };
    let (incoming, outgoing) =
        (Incoming::new(read_half, reader), Outgoing::new(write_half, writer));
    Ok(carry(local, incoming, outgoing, ends))
}

async fn introduce(
    local: &Local,
    id: &NodeId,
    socket: &mut TcpStream,
) -> Result<Secrets, WireError> {
    let caller = Caller::new(&local.key, id, draw())?;
    socket.write_all(caller.auth()).await.map_err(io_error)?;
    let mut ack = [0; ACK_BYTES];
    // Whoever holds another key than `id` can't read the call, and hangs up.
    socket.read_exact(&mut ack).await.map_err(io_error)?;
    Ok(caller.finish(&local.key, &ack)?)
}

/// Who is at the other end, and what it has said.
struct Ends {
    remote: NodeId,
    address: SocketAddr,
    /// The frame that proved a caller.
    first: Option<Frame>,
}

/// Lets a task carry frames until the stream's owner drops its end.
fn carry(local: &Local, incoming: Incoming, outgoing: Outgoing, ends: Ends) -> Stream {
    let (frames_in, frames) = mpsc::channel(FRAMES_WAITING_MAX);
    let (out, frames_out) = mpsc::channel(FRAMES_WAITING_MAX);
    let inbound = ends.first.is_some();
    if let Some(first) = ends.first {
        frames_in.try_send(Ok(first)).expect("a new channel has room");
    }
    tokio::spawn(run(local.budget.of(inbound), incoming, outgoing, frames_in, frames_out));
    Stream { remote: ends.remote, address: ends.address.to_string(), inbound, frames, out }
}

async fn run(
    budget: Budget,
    mut incoming: Incoming,
    mut outgoing: Outgoing,
    frames_in: mpsc::Sender<Result<Frame, WireError>>,
    mut frames_out: mpsc::Receiver<Frame>,
) {
    // Nothing comes after an error of the reader; only if there was none, there may be one of the writer.
    let mut last_word = Some(frames_in.clone());
    let sent = {
        let reading = read_all(&mut incoming, &budget, frames_in);
        let writing = outgoing.all(&mut frames_out);
        tokio::pin!(reading, writing);
        tokio::select! {
            sent = &mut writing => sent,
            // What is wrong with what comes does not keep a last word from going out.
            () = &mut reading => {
                last_word = None;
                writing.await
            }
        }
    };
    match sent {
        Ok(()) => {
            let lingering = async {
                outgoing.socket.shutdown().await?;
                let mut rest = (&mut incoming.socket).take(LINGER_BYTES_MAX);
                tokio::io::copy(&mut rest, &mut tokio::io::sink()).await
            };
            // If the socket is closed while something waits to be read in it, the system breaks the
            // connection, and the other side may lose our last frame.
            let _ = timeout(LINGER_TIME, lingering).await;
        }
        Err(error) => {
            drop((incoming, outgoing));
            if let Some(frames_in) = last_word {
                let _ = frames_in.send(Err(error)).await;
            }
        }
    }
}

/// Passes on what comes, until nobody listens or something is wrong.
async fn read_all(
    incoming: &mut Incoming,
    budget: &Budget,
    frames: mpsc::Sender<Result<Frame, WireError>>,
) {
    loop {
        let read = tokio::select! {
            read = incoming.next(budget, usize::MAX) => read,
            () = frames.closed() => return,
        };
        let last = read.is_err();
        if frames.send(read).await.is_err() || last {
            return;
        }
    }
}

/// What comes.
struct Incoming {
    socket: BufReader<OwnedReadHalf>,
    reader: Reader,
}

impl Incoming {
    fn new(socket: OwnedReadHalf, reader: Reader) -> Incoming {
        Incoming { socket: BufReader::with_capacity(QUIET_BYTES, socket), reader }
    }

    /// The next frame, of at most `bytes_max` bytes. Waiting for the budget is not the peer's fault and
    /// has no deadline.
    async fn next(&mut self, budget: &Budget, bytes_max: usize) -> Result<Frame, WireError> {
        const SLOW: WireError = WireError::Timeout("its next frame");
        let mut header = [0; HEADER_BYTES];
        let read = timeout(READ_TIME, self.socket.read_exact(&mut header));
        read.await.map_err(|_| SLOW)?.map_err(io_error)?;
        let size = self.reader.header(&header)?;
        if size.content_bytes() > bytes_max {
            return Err(FrameError::TooLong(size.content_bytes()).into());
        }
        let held = budget.take(size.content_bytes()).await;
        let mut wire = vec![0; size.wire_bytes()];
        let read = timeout(reading_time(size.content_bytes()), self.socket.read_exact(&mut wire));
        read.await.map_err(|_| SLOW)?.map_err(io_error)?;
        let (code, payload) = self.reader.content(size, wire)?;
        Ok(Frame { code, payload, held })
    }
}

/// What goes.
struct Outgoing {
    socket: OwnedWriteHalf,
    writer: Writer,
    /// Enciphered bytes; kept so that not every frame allocates.
    buffer: Vec<u8>,
}

impl Outgoing {
    fn new(socket: OwnedWriteHalf, writer: Writer) -> Outgoing {
        Outgoing { socket, writer, buffer: Vec::new() }
    }

    async fn all(&mut self, frames: &mut mpsc::Receiver<Frame>) -> Result<(), WireError> {
        while let Some(frame) = frames.recv().await {
            timeout(WRITE_TIME, self.one(&frame))
                .await
                .map_err(|_| WireError::Timeout("taking a frame"))??;
        }
        Ok(())
    }

    async fn one(&mut self, frame: &Frame) -> Result<(), WireError> {
        self.writer.begin(frame.code, frame.payload.len(), &mut self.buffer)?;
        for part in frame.payload.chunks(PART_BYTES) {
            if self.buffer.len() >= PART_BYTES {
                self.flush().await?;
            }
            self.writer.part(part, &mut self.buffer);
        }
        self.writer.end(&mut self.buffer);
        self.flush().await?;
        self.buffer.shrink_to(QUIET_BYTES);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), WireError> {
        self.socket.write_all(&self.buffer).await.map_err(io_error)?;
        self.buffer.clear();
        Ok(())
    }
}

/// Everything a handshake needs of chance.
fn draw() -> Draw {
    Draw {
        ephemeral: secret_key(),
        nonce: random(),
        ecies: Chance { key: secret_key(), block: random() },
    }
}

fn secret_key() -> SecretKey {
    loop {
        // All but one of 2^128 numbers of this size are scalars.
        if let Ok(key) = SecretKey::from_slice(&random::<32>()) {
            return key;
        }
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// An IPv4 address in its IPv6 form is the same address.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn io_error(error: io::Error) -> WireError {
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            WireError::Closed
        }
        _ => WireError::Io(error.to_string()),
    }
}

impl From<HandshakeError> for WireError {
    fn from(error: HandshakeError) -> WireError {
        WireError::Protocol(error.to_string())
    }
}

impl From<FrameError> for WireError {
    fn from(error: FrameError) -> WireError {
        WireError::Protocol(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Node {
        transport: Arc<Rlpx>,
        calls: mpsc::Receiver<Stream>,
        endpoint: Endpoint,
    }

    async fn node() -> Node {
        node_that_asks(Vec::new()).await
    }

    async fn node_that_asks(bootnodes: Vec<Endpoint>) -> Node {
        let (inbound, calls) = mpsc::channel(1);
        let local = Settings::local(Identity::generate(), Budget::new(0));
        let settings = Settings { bootnodes, ..local };
        let transport = start(settings, inbound).await.unwrap();
        let endpoint = transport.endpoints().remove(0);
        Node { transport, calls, endpoint }
    }

    #[tokio::test]
    async fn two_nodes_exchange_frames_of_any_size() {
        let (one, mut other) = (node().await, node().await);
        let mut out = one.transport.dial(other.endpoint.clone()).await.unwrap();
        out.out.send(Frame::new(0, vec![0xc0])).await.unwrap();
        let mut back = other.calls.recv().await.unwrap();
        assert_eq!((back.remote, back.inbound), (one.endpoint.id(), true));
        assert_eq!((out.remote, out.inbound), (other.endpoint.id(), false));
        assert_eq!(&back.frames.recv().await.unwrap().unwrap().payload[..], [0xc0]);
        let large = vec![7; crate::wire::FRAME_BYTES_MAX];
        for size in [0, 1, 15, 16, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, large.len()] {
            for (from, to) in [(&out.out, &mut back.frames), (&back.out, &mut out.frames)] {
                from.send(Frame::new(20, large[..size].to_vec())).await.unwrap();
                let frame = to.recv().await.unwrap().unwrap();
                assert_eq!((frame.code, frame.payload.len()), (20, size));
                assert_eq!(frame.payload, large[..size]);
                assert_eq!(frame.held.is_some(), size + 1 > FRAME_BYTES_FREE);
            }
        }
    }

    #[tokio::test]
    async fn what_waits_is_sent_before_the_connection_ends() {
        let (one, mut other) = (node().await, node().await);
        let out = one.transport.dial(other.endpoint.clone()).await.unwrap();
        for code in 0..FRAMES_WAITING_MAX {
            out.out.send(Frame::new(code as u64, vec![1; 100_000 * code])).await.unwrap();
        }
        drop(out);
        let mut back = other.calls.recv().await.unwrap();
        for code in 0..FRAMES_WAITING_MAX {
            assert_eq!(back.frames.recv().await.unwrap().unwrap().code, code as u64);
        }
        assert_eq!(back.frames.recv().await.unwrap().unwrap_err(), WireError::Closed);
        assert!(back.frames.recv().await.is_none());
    }

    #[tokio::test]
    async fn somebody_else_is_not_taken_for_whom_we_call() {
        let (one, mut other) = (node().await, node().await);
        let Endpoint::Enode { ip, tcp, udp, .. } = other.endpoint else { panic!("an enode") };
        let wrong = Endpoint::Enode { id: Identity::generate().id(), ip, tcp, udp };
        assert_eq!(one.transport.dial(wrong).await.unwrap_err(), WireError::Closed);
        let none = Endpoint::Enode { id: NodeId([1; 64]), ip, tcp, udp };
        assert!(matches!(one.transport.dial(none).await, Err(WireError::Protocol(_))));
        assert!(other.calls.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_repeated_handshake_reaches_nobody() {
        let (caller, mut called) = (Identity::generate(), node().await);
        let key = SecretKey::from_slice(&caller.secret_bytes()).unwrap();
        let recorded = Caller::new(&key, &called.endpoint.id(), draw()).unwrap();
        let mut socket = TcpStream::connect(called.transport.listen()).await.unwrap();
        socket.write_all(recorded.auth()).await.unwrap();
        let mut ack = [0; ACK_BYTES];
        socket.read_exact(&mut ack).await.unwrap();
        // Without the ephemeral key no frame can be made.
        socket.write_all(&[0; 256]).await.unwrap();
        let mut rest = Vec::new();
        let _ = socket.read_to_end(&mut rest).await;
        assert!(rest.is_empty());
        assert!(called.calls.try_recv().is_err());
        // Garbage is not even answered.
        let mut socket = TcpStream::connect(called.transport.listen()).await.unwrap();
        socket.write_all(&[0; AUTH_BYTES]).await.unwrap();
        let _ = socket.read_to_end(&mut rest).await;
        assert!(rest.is_empty());
        // The one who made it is heard.
        let one = node().await;
        let stream = one.transport.dial(called.endpoint.clone()).await.unwrap();
        stream.out.send(Frame::new(0, vec![0xc0])).await.unwrap();
        assert_eq!(called.calls.recv().await.unwrap().remote, one.endpoint.id());
    }

    #[tokio::test]
    async fn nodes_find_each_other_by_one_that_both_know() {
        let boot = node().await;
        let one = node_that_asks(vec![boot.endpoint.clone()]).await;
        let other = node_that_asks(vec![boot.endpoint.clone()]).await;
        let mut tries = tokio::time::interval(Duration::from_millis(50));
        while !one.transport.discovered(9).contains(&other.endpoint)
            || !other.transport.discovered(9).contains(&one.endpoint)
        {
            tries.tick().await;
        }
    }

    #[tokio::test]
    async fn strangers_stay_outside_a_closed_circle() {
        let (inbound, mut calls) = mpsc::channel(1);
        let (friend, stranger) = (node().await, node().await);
        let circle =
            Circle { only: Some([friend.endpoint.id()].into()), private: Default::default() };
        let local = Settings::local(Identity::generate(), Budget::new(0));
        let settings = Settings { circle, ..local };
        let closed = start(settings, inbound).await.unwrap();
        let endpoint = closed.endpoints().remove(0);
        let refused = stranger.transport.dial(endpoint.clone()).await.unwrap_err();
        assert_eq!(refused, WireError::Closed);
        let refused = closed.dial(stranger.endpoint.clone()).await.unwrap_err();
        assert!(matches!(refused, WireError::Unreachable(_)));
        let stream = friend.transport.dial(endpoint).await.unwrap();
        stream.out.send(Frame::new(0, vec![0xc0])).await.unwrap();
        assert_eq!(calls.recv().await.unwrap().remote, friend.endpoint.id());
    }

    #[tokio::test]
    async fn a_closed_transport_frees_its_port() {
        let one = node().await;
        let address = one.transport.listen();
        one.transport.close().await;
        TcpListener::bind(address).await.unwrap();
    }
}
