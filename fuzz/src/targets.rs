//! The targets.

use crate::{Target, wire};
use ledger::abi;
use ledger::codec::{json, protobuf, rlp};
use ledger::contracts::CONTRACTS;
use ledger::genesis::{Genesis, GenesisConfig};
use ledger::types::{Address, Hash, TokenStandard};
use ledger::{AccountBlock, DetailedMomentum, Momentum, Rules};
use node::network::Network;
use node::rpc::NAMESPACES;
use node::rpc::json::{Raw, append_compact, first_value};
use node::rpc::params::Args;
use node::rpc::request::{Request, Requests};
use node::wire::{Endpoint, NodeId};
use wallet::{KeyFile, Mnemonic, derive};

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "abi", bytes_max: 4096, run: abi_call },
    Target { name: "block", bytes_max: 8192, run: published_block },
    Target { name: "chainfile", bytes_max: 16_384, run: chain_file },
    Target { name: "discovery", bytes_max: 1184, run: wire::discovery },
    Target { name: "frames", bytes_max: 2048, run: wire::frames },
    Target { name: "genesis", bytes_max: 16_384, run: genesis_file },
    Target { name: "handshake", bytes_max: 310, run: wire::handshakes },
    Target { name: "keyfile", bytes_max: 8192, run: key_file },
    Target { name: "message", bytes_max: 16_384, run: wire::messages },
    Target { name: "mnemonic", bytes_max: 1100, run: words_and_paths },
    Target { name: "network", bytes_max: 16_384, run: network_file },
    Target { name: "piece", bytes_max: 4096, run: wire::piece },
    Target { name: "protobuf", bytes_max: 16_384, run: protobuf_messages },
    Target { name: "rlp", bytes_max: 16_384, run: wire_messages },
    Target { name: "rpc", bytes_max: 16_384, run: rpc_body },
    Target { name: "text", bytes_max: 256, run: text_forms },
];

/// A call's data, tried on every method that its selector may name, and on every table of arguments.
fn abi_call(data: &[u8]) {
    for contract in CONTRACTS {
        for method in contract.methods {
            let Ok(args) = abi::decode_call(method.params, data) else { continue };
            let again = abi::encode_call(method.name, method.params, &args);
            let back = abi::decode_call(method.params, &again);
            assert_eq!(back.as_ref(), Ok(&args), "{} reads what it wrote", method.name);
        }
    }
}

/// An account block as a client hands it in.
fn published_block(data: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(data) {
        let _ = json::decode_published(&value);
        let _ = json::decode::<AccountBlock>(&value);
    }
}

/// An exported chain: whole files, and the payload that its checksums guard.
fn chain_file(data: &[u8]) {
    let _ = node::chainfile::read_all(data);
}

/// A network file, and the names of nodes that it may hold.
fn network_file(data: &[u8]) {
    if let Ok(network) = Network::parse(data) {
        let text = network.to_json();
        let again = Network::parse(text.as_bytes()).expect("a file reads what it wrote");
        assert_eq!(again.to_json(), text);
        let _ = network.build();
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(endpoint) = text.parse::<Endpoint>() {
        assert_eq!(endpoint.to_string().parse(), Ok(endpoint));
    }
    if let Ok(id) = text.parse::<NodeId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
        if let Some(peer) = id.peer_id() {
            assert_eq!(peer.to_string().parse(), Ok(id));
        }
    }
}

fn genesis_file(data: &[u8]) {
    if let Ok(config) = GenesisConfig::from_json(data) {
        let again = GenesisConfig::from_json(config.to_json().as_bytes());
        assert_eq!(again.as_ref().ok(), Some(&config));
        let _ = Genesis::from_config(&config, Rules::default());
    }
}

fn key_file(data: &[u8]) {
    if let Ok(file) = KeyFile::parse(data) {
        let again = KeyFile::parse(file.to_json().as_bytes());
        assert_eq!(again.ok(), Some(file));
    }
}

/// Seeds take milliseconds each and decode nothing, so none is made.
fn words_and_paths(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    if let Ok(mnemonic) = text.parse::<Mnemonic>() {
        let again = Mnemonic::from_entropy(mnemonic.entropy().expose()).expect("it was spelled");
        assert_eq!(again.phrase().expose(), mnemonic.phrase().expose());
    }
    if let Ok(path) = text.parse::<derive::Path>() {
        assert_eq!(path.to_string().parse(), Ok(path));
    }
}

/// The body of a JSON-RPC request, its arguments tried on every method.
fn rpc_body(data: &[u8]) {
    let Ok(value) = first_value(data) else { return };
    let value = Raw::of_checked(value);
    let mut compact = Vec::new();
    append_compact(&mut compact, value);
    assert_eq!(first_value(&compact), Ok(&compact[..]), "what is written back is JSON");
    match Requests::of(value, 16) {
        Requests::Single(request) => try_arguments(&request),
        Requests::Batch(batch) => batch.iter().for_each(try_arguments),
        Requests::TooMany(length) => assert!(length > 16),
    }
}

fn try_arguments(request: &Request<'_>) {
    let _ = request.sense();
    for namespace in NAMESPACES {
        for method in namespace.methods {
            let _ = Args::read(request.params, method.params);
        }
    }
}

fn protobuf_messages(data: &[u8]) {
    if let Ok(block) = protobuf::decode_account_block(data) {
        let again = protobuf::encode_account_block(&block);
        assert_eq!(protobuf::decode_account_block(&again).as_ref(), Ok(&block));
    }
    if let Ok(momentum) = protobuf::decode_momentum(data) {
        let again = protobuf::encode_momentum(&momentum);
        assert_eq!(protobuf::decode_momentum(&again).as_ref(), Ok(&momentum));
    }
    if let Ok(header) = protobuf::decode_account_header(data) {
        let again = protobuf::encode_account_header(&header);
        assert_eq!(protobuf::decode_account_header(&again).as_ref(), Ok(&header));
    }
    if let Ok(name) = protobuf::decode_hash_height(data) {
        let again = protobuf::encode_hash_height(&name);
        assert_eq!(protobuf::decode_hash_height(&again).as_ref(), Ok(&name));
    }
}

/// What peers send.
fn wire_messages(data: &[u8]) {
    if let Ok(block) = rlp::decode::<AccountBlock>(data) {
        assert_eq!(rlp::decode(&rlp::encode(&block)).as_ref(), Ok(&block));
    }
    if let Ok(momentum) = rlp::decode::<Momentum>(data) {
        assert_eq!(rlp::decode(&rlp::encode(&momentum)).as_ref(), Ok(&momentum));
    }
    let _ = rlp::decode::<DetailedMomentum>(data);
}

fn text_forms(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    // Two checksums are read, and one is written.
    if let Ok(address) = text.parse::<Address>() {
        assert_eq!(address.to_string().parse().ok(), Some(address));
    }
    if let Ok(token) = text.parse::<TokenStandard>() {
        assert_eq!(token.to_string().parse().ok(), Some(token));
    }
    if let Ok(hash) = text.parse::<Hash>() {
        assert_eq!(hash.to_string(), text.to_lowercase());
    }
}
