//! Export, import, backup, check.

use crate::disk::Disk;
use crate::world::{Setup, Sim, genesis, key};
use ledger::contracts::Args;
use ledger::types::contract;
use node::backup::{self, BackupError};
use node::chainfile::{self, FileError};
use node::check::{self, CheckError};
use node::export::{TransferError, export, import};
use node::service::ServiceError;
use node::store::{OpenError, Reader, Store};

/// A chain with transfers, calls and answers.
fn busy() -> Sim {
    let mut sim = Sim::new(Setup::single());
    for round in 0..30u8 {
        let from = round % 4;
        sim.publish(sim.send(from, (from + 1) % 4, 1)).unwrap();
        if round % 5 == 0 {
            let call = sim.call((from + 2) % 4, contract::STAKE, "CollectReward", Args(vec![]));
            sim.publish(call).unwrap();
        }
        sim.run_slots(1);
    }
    sim
}

fn exported(sim: &Sim) -> Vec<u8> {
    let store = sim.setup.store(&sim.disk.live());
    let mut file = Vec::new();
    let count = export(&store.snapshot().unwrap(), None, &mut file, |_| {}).unwrap();
    assert_eq!(count, sim.height() - 1);
    file
}

/// A node that follows, started now.
fn follower(sim: &Sim) -> Sim {
    Sim::on(Setup { pillars: vec![], ..Setup::single() }, Disk::default(), sim.now)
}

#[test]
fn a_chain_goes_to_a_file_and_back() {
    let sim = busy();
    let file = exported(&sim);
    assert_eq!(chainfile::read_all(&file).unwrap(), sim.height() - 1);
    let mut other = follower(&sim);
    let mut heights = Vec::new();
    let added = import(&mut other.node, &sim.setup.genesis, other.now, &file[..], |height| {
        heights.push(height)
    });
    assert_eq!(added.unwrap(), sim.height() - 1);
    assert_eq!(heights.last(), Some(&sim.height()));
    assert_eq!(other.node.identifier(), sim.node.identifier());
    assert_eq!(other.check(), sim.check());
}

#[test]
fn an_import_goes_on_behind_what_is_there() {
    let mut sim = busy();
    let file = exported(&sim);
    let mut other = follower(&sim);
    import(&mut other.node, &sim.setup.genesis, other.now, &file[..], |_| {}).unwrap();
    assert_eq!(
        import(&mut other.node, &sim.setup.genesis, other.now, &file[..], |_| {}).unwrap(),
        0
    );
    sim.run_slots(3);
    let longer = exported(&sim);
    other.now = sim.now;
    assert_eq!(
        import(&mut other.node, &sim.setup.genesis, other.now, &longer[..], |_| {}).unwrap(),
        3
    );
    assert_eq!(other.node.identifier(), sim.node.identifier());
    other.check();
}

#[test]
fn every_changed_byte_of_a_file_is_noticed() {
    let sim = busy();
    let file = exported(&sim);
    for position in (0..file.len()).step_by(7) {
        let mut changed = file.clone();
        changed[position] ^= 0x20;
        assert!(chainfile::read_all(&changed).is_err(), "byte {position}");
    }
    for length in (0..file.len()).step_by(11) {
        assert!(chainfile::read_all(&file[..length]).is_err(), "cut to {length}");
    }
    let cut = chainfile::read_all(&file[..file.len() - 1]);
    assert!(matches!(cut, Err(FileError::Cut { .. })), "{cut:?}");
    assert!(matches!(chainfile::read_all(b"not a chain at all"), Err(FileError::Magic(_))));
}

#[test]
fn a_file_of_another_network_or_chain_is_refused() {
    let sim = busy();
    let file = exported(&sim);
    let setup = Setup { genesis: genesis(2, 4), ..Setup::single() };
    let mut other = Sim::on(setup, Disk::default(), sim.now);
    let answer = import(&mut other.node, &other.setup.genesis, other.now, &file[..], |_| {});
    assert!(matches!(answer, Err(TransferError::OtherGenesis { .. })), "{answer:?}");
    // The same network, another chain.
    let mut other = Sim::new(Setup::single());
    other.publish(other.send(3, 2, 77)).unwrap();
    other.run_slots(3);
    let answer = import(&mut other.node, &other.setup.genesis, other.now, &file[..], |_| {});
    assert!(matches!(answer, Err(TransferError::Differs(4))), "{answer:?}");
}

#[test]
fn a_file_with_an_invalid_momentum_is_applied_up_to_it() {
    let sim = busy();
    let mut momentums = sim.momentums_above(1);
    momentums[9].momentum.signature[0] ^= 1;
    let header = chainfile::Header {
        chain_identifier: 321,
        genesis: sim.setup.genesis.momentum.hash,
        first: 2,
        last: sim.node.identifier(),
    };
    let mut writer = chainfile::Writer::new(Vec::new(), &header).unwrap();
    for momentum in &momentums {
        writer.add(momentum).unwrap();
    }
    let file = writer.finish().unwrap();
    let mut other = follower(&sim);
    let answer = import(&mut other.node, &sim.setup.genesis, other.now, &file[..], |_| {});
    assert!(
        matches!(answer, Err(TransferError::Refused(ServiceError::Momentum { height: 11, .. }))),
        "{answer:?}"
    );
    assert_eq!(other.height(), 10);
    other.check();
}

/// A node on real files that has done something, and its folder.
fn on_files(folder: &std::path::Path) -> ledger::types::HashHeight {
    let setup = Setup::single();
    let sim = busy();
    let file = exported(&sim);
    let store = Store::open(folder, &setup.genesis).unwrap();
    let options = node::node::Options {
        production: setup.production,
        dev: false,
        alone: true,
        limits: setup.limits,
    };
    let mut node =
        node::node::Node::new(store, Vec::new(), options, sim.now, Default::default()).unwrap();
    import(&mut node, &setup.genesis, sim.now, &file[..], |_| {}).unwrap();
    node.identifier()
}

#[test]
fn a_backup_is_made_beside_a_running_node_and_restored() {
    let folder = tempfile::tempdir().unwrap();
    let genesis = Setup::single().genesis;
    let newest = on_files(folder.path());
    let running = Store::open(folder.path(), &genesis).unwrap();
    let copy = folder.path().join("copy.uzb");
    assert_eq!(backup::back_up(folder.path(), &genesis, &copy).unwrap(), newest);
    let again = backup::back_up(folder.path(), &genesis, &copy);
    assert!(matches!(again, Err(BackupError::Exists(_))), "{again:?}");
    drop(running);

    let other = tempfile::tempdir().unwrap();
    let data = other.path().join("new");
    assert_eq!(backup::restore(&copy, &genesis, &data).unwrap(), newest);
    assert!(matches!(backup::restore(&copy, &genesis, &data), Err(BackupError::Exists(_))));
    let store = Store::open(&data, &genesis).unwrap();
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.identifier(), newest);
    check::replay(&snapshot, &genesis, |_| {}).unwrap();
}

#[test]
fn a_store_is_opened_once_and_for_its_own_network() {
    let folder = tempfile::tempdir().unwrap();
    let genesis = Setup::single().genesis;
    let missing = Reader::open(folder.path(), &genesis);
    assert!(matches!(missing, Err(OpenError::Missing(_))));
    let open = Store::open(folder.path(), &genesis).unwrap();
    let second = Store::open(folder.path(), &genesis);
    assert!(matches!(second, Err(OpenError::InUse(_))));
    Reader::open(folder.path(), &genesis).unwrap();
    drop(open);
    let other = Store::open(folder.path(), &crate::world::genesis(3, 2));
    let Err(error @ OpenError::OtherGenesis { .. }) = other else { panic!("another network's") };
    assert!(error.to_string().starts_with(
        "The genesis state is incorrect. You can fix the problem by removing the database manually."
    ));
}

#[test]
fn files_that_are_no_store_are_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(node::store::FILE);
    for bytes in [&b"not a store"[..], &[0; 5000][..]] {
        std::fs::write(&path, bytes).unwrap();
        let opened = Store::open(folder.path(), &Setup::single().genesis);
        assert!(matches!(opened, Err(OpenError::Damaged { .. })), "{:?}", opened.err());
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn a_check_finds_a_changed_key() {
    use redb::ReadableTable;
    let folder = tempfile::tempdir().unwrap();
    let genesis = Setup::single().genesis;
    on_files(folder.path());
    let change = |key: Vec<u8>| {
        let database = redb::Database::open(folder.path().join(node::store::FILE)).unwrap();
        let transaction = database.begin_write().unwrap();
        {
            let mut state = transaction.open_table(node::store::tables::STATE).unwrap();
            let mut value = state.get(&key[..]).unwrap().unwrap().value().to_vec();
            let last = value.len() - 1;
            value[last] ^= 1;
            state.insert(&key[..], &value[..]).unwrap();
        }
        transaction.commit().unwrap();
    };
    let znn = ledger::state::keys::balance(&ledger::types::TokenStandard::ZNN);
    let account = ledger::state::keys::account(&key(2).address());
    change([&account[..], &znn].concat());
    let reader = Reader::open(folder.path(), &genesis).unwrap();
    let snapshot = reader.snapshot().unwrap();
    check::links(&snapshot, &genesis, |_| {}).unwrap();
    let found = check::replay(&snapshot, &genesis, |_| {});
    assert!(matches!(found, Err(CheckError::State { .. })), "{found:?}");
}
