//! A newcomer begins with a checkpoint, and follows from there.

use crate::founding::key;
use crate::machine::{Machine, Setup};
use ledger::state::View;
use node::checkpoint::Signature;
use node::checkpoint::folder::Folder;
use node::network::Checkpoints;
use node::peering::bootstrap;

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_begins_with_what_two_of_three_have_signed() {
    let mut setup = Setup::pillar(1, 0);
    setup.peers.min_peers = 0;
    let pillar = Machine::start(setup).await;
    pillar.until_height(5).await;
    let genesis = Setup::pillar(1, 0).genesis;
    let mut made = Folder::make(pillar.folder(), &genesis).unwrap();
    let newest = made.checkpoint().newest;
    assert!(newest.height >= 5);
    let digest = made.checkpoint().digest(&genesis);
    for signer in [0, 2] {
        let key = key(signer);
        let signature = key.sign(digest.as_bytes()).to_vec();
        let by = Signature { public_key: key.public_key().to_vec(), signature };
        made.sign(&genesis, by).unwrap();
    }
    let signers = (0..3).map(|index| key(index).address()).collect();
    let rule = Checkpoints { signers, threshold: 2 };
    let setup = Setup::plain(1).knowing(&[&pillar]);
    let folder = tempfile::tempdir().unwrap();
    let config = Machine::config(&setup, folder.path());
    let fetched = bootstrap::fetch(&config, &setup.peers, &rule).await.unwrap();
    assert_eq!(fetched, Some(newest));
    // With a ledger there is nothing to fetch.
    assert_eq!(bootstrap::fetch(&config, &setup.peers, &rule).await.unwrap(), None);
    let newcomer = Machine::start_in(setup, folder).await;
    assert!(newcomer.newest().height >= newest.height);
    newcomer.until_height(newest.height + 2).await;
    let moment = newcomer.service().moment();
    let view = View::frontier_of(moment.chain());
    assert_eq!(view.momentum_height(&newest.hash).unwrap(), Some(newest.height));
    newcomer.stop().await;
    pillar.stop().await;
}
