//! Nodes on loopback, and peers that misbehave.

use super::*;
use crate::wire::{FRAME_BYTES_MAX, Frame, NodeId};
use libp2p::futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::identity::Keypair;
use libp2p::swarm::SwarmEvent;
use libp2p::{StreamProtocol, SwarmBuilder, noise, tcp, yamux};
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::time::timeout;

/// What never takes so long, unless it hangs.
const LONG: Duration = Duration::from_secs(60);
const PROTOCOL: StreamProtocol = streams::PROTOCOL;

struct Node {
    transport: Libp2p,
    inbound: mpsc::Receiver<Stream>,
}

impl Node {
    /// A node on a free port of loopback.
    async fn new(name: u8) -> Node {
        Node::with(name, |_| {}).await
    }

    async fn with(name: u8, change: impl FnOnce(&mut Settings)) -> Node {
        let mut settings = Settings {
            listen: vec![(Ipv4Addr::LOCALHOST, 0).into()],
            ..Settings::caller(identity(name), Budget::new(FRAME_BYTES_MAX))
        };
        change(&mut settings);
        let (sender, inbound) = mpsc::channel(4);
        let transport = open(settings, sender).await.unwrap();
        Node { transport, inbound }
    }

    fn endpoint(&self) -> Endpoint {
        self.transport.endpoints().first().cloned().expect("it listens")
    }

    /// Waits until the view is such.
    async fn until(&self, such: impl FnMut(&View) -> bool) -> View {
        let mut view = self.transport.view.clone();
        timeout(LONG, view.wait_for(such)).await.expect("in time").unwrap().clone()
    }

    async fn called(&mut self) -> Stream {
        timeout(LONG, self.inbound.recv()).await.expect("in time").unwrap()
    }
}

fn id_of(name: u8) -> NodeId {
    identity(name).id()
}

fn identity(name: u8) -> Identity {
    Identity::from_bytes([name; 32]).unwrap()
}

async fn next(stream: &mut Stream) -> Result<Frame, WireError> {
    timeout(LONG, stream.frames.recv()).await.expect("in time").expect("not after the end")
}

/// A bare swarm that is connected to a node and opens streams as it likes; an error if it is refused.
async fn stranger(key: Keypair, to: &Endpoint) -> Result<(libp2p_stream::Control, PeerId), String> {
    let (peer, address) = target(to).unwrap();
    let mut swarm = SwarmBuilder::with_existing_identity(key)
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
        .unwrap()
        .with_behaviour(|_| libp2p_stream::Behaviour::new())
        .unwrap()
        .with_swarm_config(|config| config.with_idle_connection_timeout(LONG))
        .build();
    swarm.dial(address).unwrap();
    let control = swarm.behaviour().new_control();
    loop {
        match timeout(LONG, swarm.select_next_some()).await.expect("in time") {
            SwarmEvent::ConnectionEstablished { .. } => break,
            SwarmEvent::OutgoingConnectionError { error, .. } => return Err(error.to_string()),
            _ => {}
        }
    }
    let (closed, refused) = oneshot::channel();
    tokio::spawn(async move {
        let mut closed = Some(closed);
        loop {
            if let SwarmEvent::ConnectionClosed { .. } = swarm.select_next_some().await {
                closed.take().map(|closed| closed.send(()));
            }
        }
    });
    // Whoever is refused learns it after the handshake, as soon as it wants something.
    let mut opener = control.clone();
    tokio::select! {
        opened = opener.open_stream(peer, PROTOCOL) => match opened {
            Ok(stream) => drop(stream),
            Err(error) => return Err(error.to_string()),
        },
        _ = refused => return Err("closed".into()),
    }
    Ok((control, peer))
}

#[tokio::test]
async fn frames_go_both_ways() {
    let (one, mut two) = (Node::new(1).await, Node::new(2).await);
    let mut caller = one.transport.dial(two.endpoint()).await.unwrap();
    let mut called = two.called().await;
    assert_eq!((caller.remote, called.remote), (id_of(2), id_of(1)));
    assert_eq!((caller.inbound, called.inbound), (false, true));
    assert!(called.address.starts_with("127.0.0.1:"), "{}", called.address);
    for (code, length) in [(0, 3), (16, 0), (22, 100_000)] {
        caller.out.send(Frame::new(code, vec![1; length])).await.unwrap();
        let frame = next(&mut called).await.unwrap();
        assert_eq!((frame.code, frame.payload.len()), (code, length));
        called.out.send(Frame::new(code, vec![2; length])).await.unwrap();
        let frame = next(&mut caller).await.unwrap();
        assert_eq!((frame.code, frame.payload.len()), (code, length));
    }
    // What waits is sent before the end.
    caller.out.send(Frame::new(1, vec![0xc0])).await.unwrap();
    drop(caller);
    assert_eq!(next(&mut called).await.unwrap().code, 1);
    assert_eq!(next(&mut called).await.unwrap_err(), WireError::Closed);
    assert!(called.frames.recv().await.is_none());
    drop(called);
    // And both can meet again.
    let again = timeout(LONG, async {
        loop {
            if let Ok(stream) = one.transport.dial(two.endpoint()).await {
                break stream;
            }
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(again.await.expect("in time").remote, id_of(2));
}

#[tokio::test]
async fn large_frames_both_ways_at_once_do_not_block_each_other() {
    let (one, mut two) = (Node::new(1).await, Node::new(2).await);
    let caller = one.transport.dial(two.endpoint()).await.unwrap();
    let called = two.called().await;
    let exchange = |mut stream: Stream| async move {
        let out = stream.out.clone();
        let sending = async {
            for _ in 0..3 {
                out.send(Frame::new(22, vec![5; FRAME_BYTES_MAX])).await.unwrap();
            }
        };
        let receiving = async {
            for _ in 0..3 {
                let frame = next(&mut stream).await.unwrap();
                assert_eq!(frame.payload.len(), FRAME_BYTES_MAX);
            }
        };
        tokio::join!(sending, receiving);
        stream
    };
    let both = async { tokio::join!(exchange(caller), exchange(called)) };
    timeout(LONG, both).await.expect("no deadlock");
}

#[tokio::test]
async fn whoever_answers_must_be_the_one_that_was_called() {
    let (one, two) = (Node::new(1).await, Node::new(2).await);
    let Endpoint::Multiaddr { address, .. } = two.endpoint() else { panic!("a multiaddr") };
    let mut address: Multiaddr = address.parse().unwrap();
    address.pop();
    let three = id_of(3).peer_id().unwrap();
    let wrong = address::endpoint(three, address).unwrap();
    let error = one.transport.dial(wrong).await.unwrap_err();
    assert_eq!(error, WireError::OtherNode { expected: id_of(3), found: id_of(2) });
}

#[tokio::test]
async fn dials_that_can_not_succeed_say_why() {
    let one = Node::new(1).await;
    let error = one.transport.dial(one.endpoint()).await.unwrap_err();
    assert!(error.to_string().contains("itself"), "{error}");
    let gone = Node::new(2).await;
    let endpoint = gone.endpoint();
    gone.transport.close().await;
    let error = one.transport.dial(endpoint).await.unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
    let enode = Endpoint::Enode { id: id_of(3), ip: Ipv4Addr::LOCALHOST.into(), tcp: 1, udp: 1 };
    assert!(!one.transport.reaches(&enode));
    assert!(matches!(one.transport.dial(enode).await, Err(WireError::Unreachable(_))));
}

#[tokio::test]
async fn a_peer_with_another_kind_of_key_is_refused() {
    let one = Node::new(1).await;
    let refused = stranger(Keypair::generate_ed25519(), &one.endpoint()).await;
    assert!(refused.is_err(), "it got a stream");
    let taken = stranger(Keypair::generate_secp256k1(), &one.endpoint()).await;
    assert!(taken.is_ok(), "{:?}", taken.err());
}

#[tokio::test]
async fn a_second_stream_is_reset_and_the_first_goes_on() {
    let mut one = Node::new(1).await;
    let (mut control, peer) =
        stranger(Keypair::generate_secp256k1(), &one.endpoint()).await.unwrap();
    // The one by which it came in.
    drop(one.called().await);
    let mut first = control.open_stream(peer, PROTOCOL).await.unwrap();
    let mut called = one.called().await;
    let mut second = control.open_stream(peer, PROTOCOL).await.unwrap();
    let mut byte = [0];
    let ended = timeout(LONG, second.read(&mut byte)).await.expect("in time");
    assert!(!matches!(ended, Ok(1)), "{ended:?}");
    first.write_all(&[0, 0, 0, 2, 0, 0, 0, 1, 0xc0]).await.unwrap();
    first.flush().await.unwrap();
    assert_eq!(next(&mut called).await.unwrap().code, 2);
    assert!(one.inbound.try_recv().is_err(), "no second stream");
}

#[tokio::test]
async fn a_frame_that_is_too_long_ends_the_stream() {
    let mut one = Node::new(1).await;
    let (mut control, peer) =
        stranger(Keypair::generate_secp256k1(), &one.endpoint()).await.unwrap();
    drop(one.called().await);
    let mut raw = control.open_stream(peer, PROTOCOL).await.unwrap();
    let mut called = one.called().await;
    raw.write_all(&[0, 0, 0, 16, 0, 0xa0, 0, 1]).await.unwrap();
    raw.flush().await.unwrap();
    let error = next(&mut called).await.unwrap_err();
    assert!(matches!(error, WireError::Protocol(_)), "{error}");
    drop(called);
    let mut byte = [0];
    let ended = timeout(LONG, raw.read(&mut byte)).await.expect("in time");
    assert!(!matches!(ended, Ok(1)), "{ended:?}");
}

#[tokio::test]
async fn nodes_that_call_each_other_at_once_keep_one_stream() {
    let (mut one, mut two) = (Node::new(1).await, Node::new(2).await);
    for _ in 0..5 {
        let (there, back) =
            tokio::join!(one.transport.dial(two.endpoint()), two.transport.dial(one.endpoint()));
        // Each side says something on what it has; exactly one stream carries it.
        let mut ones: Vec<Stream> = there.into_iter().chain(one.inbound.try_recv()).collect();
        let mut twos: Vec<Stream> = back.into_iter().chain(two.inbound.try_recv()).collect();
        let mut heard = 0;
        for stream in &ones {
            let _ = stream.out.send(Frame::new(2, vec![0xc0])).await;
        }
        if twos.is_empty() {
            twos.push(two.called().await);
        }
        for stream in &mut twos {
            heard += usize::from(next(stream).await.is_ok());
        }
        while let Ok(stream) = two.inbound.try_recv() {
            let mut stream = stream;
            heard += usize::from(next(&mut stream).await.is_ok());
            twos.push(stream);
        }
        assert_eq!(heard, 1);
        ones.clear();
        twos.clear();
        while one.inbound.try_recv().is_ok() {}
    }
}

#[tokio::test]
async fn nodes_find_each_other_through_one_that_both_know() {
    let mut boot = Node::new(1).await;
    let known = boot.endpoint();
    let bootnodes = |settings: &mut Settings| settings.bootnodes = vec![known.clone()];
    let (two, three) = (Node::with(2, bootnodes).await, Node::with(3, bootnodes).await);
    let finds = |id: NodeId| move |view: &View| view.discovered.iter().any(|one| one.id() == id);
    two.until(finds(id_of(3))).await;
    three.until(finds(id_of(2))).await;
    boot.until(finds(id_of(2))).await;
    let found = two.transport.discovered(10);
    assert_eq!(found.len(), 2);
    assert_eq!(two.transport.discovered(1).len(), 1);
    let third = found.into_iter().find(|one| one.id() == id_of(3)).unwrap();
    let stream = two.transport.dial(third).await.unwrap();
    assert_eq!(stream.remote, id_of(3));
    assert!(boot.inbound.try_recv().is_err(), "discovery opens no streams");
}

#[tokio::test]
async fn a_node_without_a_port_is_reached_through_a_relay() {
    let relay = Node::with(1, |settings| settings.relay_server = true).await;
    let known = relay.endpoint();
    let mut hidden = Node::with(2, |settings| {
        settings.listen = vec![];
        settings.bootnodes = vec![known.clone()];
    })
    .await;
    let view = hidden.until(|view| !view.endpoints.is_empty()).await;
    let Endpoint::Multiaddr { address, .. } = &view.endpoints[0] else { panic!("a multiaddr") };
    assert!(address.contains("/p2p-circuit/p2p/16Uiu2HA"), "{address}");
    let three = Node::with(3, |settings| settings.bootnodes = vec![known.clone()]).await;
    // Discovery tells the same address.
    three.until(|view| view.discovered.contains(&hidden.endpoint())).await;
    let mut caller = three.transport.dial(hidden.endpoint()).await.unwrap();
    let mut called = hidden.called().await;
    assert_eq!((caller.remote, called.remote), (id_of(2), id_of(3)));
    caller.out.send(Frame::new(22, vec![1; 1 << 20])).await.unwrap();
    assert_eq!(next(&mut called).await.unwrap().payload.len(), 1 << 20);
    called.out.send(Frame::new(22, vec![1; 1 << 20])).await.unwrap();
    assert_eq!(next(&mut caller).await.unwrap().payload.len(), 1 << 20);
}

#[tokio::test]
async fn the_port_is_free_after_the_end() {
    let mut one = Node::new(1).await;
    let two = Node::new(2).await;
    let mut caller = two.transport.dial(one.endpoint()).await.unwrap();
    let mut called = one.called().await;
    let (_, address) = target(&one.endpoint()).unwrap();
    one.transport.close().await;
    assert_eq!(next(&mut caller).await.unwrap_err(), WireError::Closed);
    assert_eq!(next(&mut called).await.unwrap_err(), WireError::Closed);
    let port: SocketAddr = address::display(&address).parse().unwrap();
    let again = Node::with(1, |settings| settings.listen = vec![port]).await;
    assert_eq!(
        again.endpoint(),
        address::endpoint(target(&again.endpoint()).unwrap().0, address).unwrap()
    );
    let error = open(
        Settings { listen: vec![port], ..Settings::caller(identity(4), Budget::new(0)) },
        mpsc::channel(1).0,
    )
    .await;
    assert!(matches!(error, Err(StartError::Listen { .. })), "the port is taken");
}
