//! `uz ledger checkpoint`: a ledger that signers vouch for, for new nodes to begin with.

use super::ledger::data_dir;
use crate::chain::of_open;
use crate::cli::Checkpoint as Options;
use crate::context::Context;
use crate::daemon::plan::of_network;
use crate::outcome::{Answer, Code, Failure, Outcome};
use crate::{folders, keys, show};
use ledger::genesis::Genesis;
use ledger::state::View;
use node::backup;
use node::check;
use node::checkpoint::Signature;
use node::checkpoint::folder::{FOLDER, Folder, FolderError};
use node::network::{Checkpoints, Network};
use serde_json::json;
use std::fs;
use std::path::Path;
use wallet::KeyPair;

/// Makes a checkpoint of the ledger, or takes over another signer's, and signs it.
pub fn run(context: &Context, options: &Options) -> Outcome {
    let data = data_dir(context);
    let network = Network::load(&data).map_err(of_network)?.ok_or_else(|| {
        Failure::new(Code::NotFound, format!("{} holds no chain", data.display()))
            .fix("name its folder with --data-dir")
    })?;
    let genesis = network.build().map_err(of_network)?;
    let rule = network.checkpoints.as_ref();
    if options.dry_run {
        let text = match &options.adopt {
            Some(folder) => format!("would check, copy and sign {}", folder.display()),
            None => format!("would make a checkpoint of the ledger in {}", data.display()),
        };
        return Ok(Answer::new(json!({ "dryRun": true, "plan": text }), text));
    }
    let key = match options.unsigned {
        true => None,
        false => Some(signer(context, rule)?),
    };
    let mut folder = match &options.adopt {
        Some(from) => adopt(&data, &genesis, from)?,
        None => Folder::make(&data, &genesis).map_err(of_folder)?,
    };
    if let Some(key) = key {
        let digest = folder.checkpoint().digest(&genesis);
        let signature = key.sign(digest.as_bytes()).to_vec();
        let by = Signature { public_key: key.public_key().to_vec(), signature };
        folder.sign(&genesis, by).map_err(of_folder)?;
    }
    Ok(told(&folder, &genesis, rule))
}

/// The key that signs, which must be one of a signer.
fn signer(context: &Context, rule: Option<&Checkpoints>) -> Result<KeyPair, Failure> {
    let key = keys::signing(context, None)?;
    match rule {
        Some(rule) if rule.signers.contains(&key.address()) => Ok(key),
        Some(_) => {
            let text = format!("{} signs no checkpoints of this network", key.address());
            Err(Failure::usage(text).fix("name a signer's key with --from, or give --unsigned"))
        }
        None => Err(Failure::usage("this network's file names no signers of checkpoints")
            .fix("add \"checkpoints\" to its network file, or give --unsigned")),
    }
}

/// Takes over another signer's checkpoint: its ledger must be what executing its chain gives, and on
/// the chain of this node.
fn adopt(data: &Path, genesis: &Genesis, from: &Path) -> Result<Folder, Failure> {
    let theirs = Folder::open(from, genesis).map_err(of_folder)?;
    let newest = theirs.checkpoint().newest;
    {
        let ours = backup::open(data, genesis).map_err(of_open)?;
        let ours = ours.snapshot().map_err(|error| wrong(&error))?;
        let height = View::frontier_of(&ours).momentum_height(&newest.hash);
        if height.map_err(|error| wrong(&error))? != Some(newest.height) {
            let text = format!("momentum {newest} is not on the chain of {}", data.display());
            return Err(Failure::new(Code::Check, text)
                .fix("let the node catch up first, if the checkpoint is newer than its ledger"));
        }
    }
    let trial = data.join(FOLDER).join("trial");
    // One that was left by a check that was cut off.
    let _ = fs::remove_dir_all(&trial);
    fs::create_dir_all(&trial).map_err(|error| Failure::io("write", &trial, error))?;
    theirs.build(&trial, genesis).map_err(of_folder)?;
    {
        let built = backup::open(&trial, genesis).map_err(of_open)?;
        let built = built.snapshot().map_err(|error| wrong(&error))?;
        check::replay(&built, genesis, |_| {}).map_err(|error| wrong(&error))?;
    }
    fs::remove_dir_all(&trial).map_err(|error| Failure::io("remove", &trial, error))?;
    let checkpoint = theirs.checkpoint().clone();
    let pieces = checkpoint.pieces.len();
    let folder = Folder::begin(data, genesis, checkpoint).map_err(of_folder)?;
    for index in 0..pieces {
        let piece = theirs.piece(index).ok_or_else(|| of_folder(FolderError::Piece(index)))?;
        folder.keep(index, &piece).map_err(of_folder)?;
    }
    Ok(folder)
}

fn wrong(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Code::Check, "the checkpoint is not as it should be").because(error)
}

fn of_folder(error: FolderError) -> Failure {
    Failure::new(Code::Io, "the checkpoint can't be used").because(error)
}

fn told(folder: &Folder, genesis: &Genesis, rule: Option<&Checkpoints>) -> Answer {
    let checkpoint = folder.checkpoint();
    let holds = rule.is_some_and(|rule| checkpoint.holds(genesis, rule));
    let needed = rule.map_or(0, |rule| rule.threshold);
    let signed = checkpoint.signatures.len();
    let text = show::pairs([
        ("height", checkpoint.newest.height.to_string()),
        ("hash", checkpoint.newest.hash.to_string()),
        ("pieces", checkpoint.pieces.len().to_string()),
        ("all pieces", checkpoint.manifest().to_string()),
        ("signed by", format!("{signed} of {needed} that are needed")),
        ("folder", folders::show(folder.path())),
    ]);
    let value = json!({
        "height": checkpoint.newest.height,
        "hash": checkpoint.newest.hash.to_string(),
        "pieces": checkpoint.pieces.len(),
        "manifest": checkpoint.manifest().to_string(),
        "signatures": signed,
        "needed": needed,
        "holds": holds,
        "folder": folder.path(),
    });
    Answer::new(value, text)
}
