//! What peers must not do, done to a node that listens: bytes that are no handshake, handshakes that are no
//! hello, messages that are wrong, too many or too large.
//!
//! Each attack costs the peer its connection or its score. Meanwhile an honest peer that knows only the
//! attacked node keeps following a pillar through it, JSON-RPC answers, and memory stays bounded.
//!
//! - [`world`]: the pillar, the attacked node and its honest follower;
//! - [`attacker`]: peers with keys, and what they can do wrong;
//! - [`crowd`]: many calls from a process of its own;
//! - [`bytes`], [`hello`], [`messages`], [`floods`]: the attacks, from the outermost layer inwards.

mod attacker;
mod bytes;
mod crowd;
mod floods;
mod hello;
mod messages;
mod world;

use world::{Carrier, World};

/// Something that a peer does; it panics if the node puts up with it.
type Attack = fn(&World);

/// Does one thing after the other to a new node. After each the node is as good as before.
fn against(carrier: Carrier, attacks: &[(&str, Attack)]) {
    let world = World::new(carrier);
    let before = world::memory();
    for (name, attack) in attacks {
        eprintln!("{carrier:?}: {name}");
        attack(&world);
        world.is_well();
    }
    world.stays_within(before);
}

#[test]
fn bytes_that_are_no_handshake() {
    let attacks: &[(&str, Attack)] = &[
        ("garbage", bytes::garbage),
        ("half of a handshake", bytes::half_a_handshake),
        ("a byte now and then", bytes::slowly),
        ("a thousand calls that say nothing", bytes::a_thousand_calls),
    ];
    against(Carrier::Legacy, attacks);
    against(Carrier::Libp2p, attacks);
}

#[test]
fn handshakes_of_the_older_transport() {
    against(
        Carrier::Legacy,
        &[
            ("a recorded handshake", bytes::recorded_handshake),
            ("a frame of 16 MiB", bytes::too_long_a_frame),
        ],
    );
}

#[test]
fn those_who_do_not_introduce_themselves() {
    let attacks: &[(&str, Attack)] = &[
        ("no hello", hello::none),
        ("wrong hellos", hello::wrong),
        ("no status", hello::no_status),
        ("another network", hello::wrong_status),
        ("a message before the status", hello::too_early),
        ("a second status", hello::twice),
    ];
    against(Carrier::Legacy, attacks);
    against(Carrier::Libp2p, attacks);
}

#[test]
fn messages_that_are_wrong() {
    let attacks: &[(&str, Attack)] = &[
        ("malformed", messages::malformed),
        ("questions for what there is not", messages::impossible_questions),
        ("answers that nobody asked for", messages::unasked),
        ("blocks that nobody signed", messages::forged_blocks),
        ("momentums that nobody made", messages::forged_momentums),
        ("news of what there is not", messages::false_news),
        ("a height that is a lie", messages::false_height),
    ];
    against(Carrier::Legacy, attacks);
    against(Carrier::Libp2p, attacks);
}

#[test]
fn too_much() {
    let attacks: &[(&str, Attack)] = &[
        ("questions, and the answers are not read", floods::questions),
        ("pings, and the pongs are not read", floods::pings),
        ("frames of 10 MiB from many peers", floods::large_frames),
        ("unread news", floods::news),
    ];
    against(Carrier::Legacy, attacks);
    against(Carrier::Libp2p, attacks);
}
