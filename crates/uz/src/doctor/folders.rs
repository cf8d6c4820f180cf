//! Folders and files: configuration, data, key files, certificates.

use super::Finding;
use super::machine::output;
use crate::context::Context;
use crate::settings::{Origin, TABLE};
use crate::{folders, keys};
use node::network::Network;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Disk that should be free, in KiB.
const DISK_KIB_MIN: u64 = 1024 * 1024;
/// File systems that lose what is on them, or that a store can't trust.
const UNFIT: &[&str] = &["tmpfs", "ramfs", "nfs", "cifs", "fuseblk", "overlayfs"];

/// All checks of folders and files.
pub fn examine(context: &Context) -> Vec<Finding> {
    let data = context.settings.path("data-dir").unwrap_or_default();
    let mut findings = vec![
        configuration(context),
        data_folder(&data),
        disk(&data),
        file_system(&data),
        network(&data),
    ];
    findings.extend(key_files(context));
    findings.extend(producer(context));
    findings.extend(certificate(context));
    findings
}

fn configuration(context: &Context) -> Finding {
    let files: BTreeSet<PathBuf> = TABLE
        .iter()
        .filter_map(|setting| match &context.settings.get(setting.key)?.origin {
            Origin::File(path) => Some(path.clone()),
            Origin::Default | Origin::Env(_) | Origin::Flag(_) => None,
        })
        .collect();
    match files.into_iter().next() {
        Some(path) => Finding::good("configuration", folders::show(path)),
        None => Finding::good("configuration", "no file; defaults, variables and flags hold"),
    }
}

fn data_folder(data: &Path) -> Finding {
    let check = "data folder";
    let shown = folders::show(data);
    match fs::metadata(data) {
        Err(_) => Finding::good(check, format!("{shown} comes into being with the first start")),
        Ok(found) if !found.is_dir() => {
            Finding::bad(check, format!("{shown} is no folder"), "name another with --data-dir")
        }
        Ok(found) if found.permissions().mode() & 0o022 != 0 => Finding::warning(
            check,
            format!("others may write in {shown}"),
            format!("chmod go-w {shown}"),
        ),
        Ok(_) => match tempfile_in(data) {
            Ok(()) => Finding::good(check, shown),
            Err(error) => Finding::bad(
                check,
                format!("{shown} can't be written: {error}"),
                "run as the user who owns it, or name another with --data-dir",
            ),
        },
    }
}

/// Makes a file and takes it away.
fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".doctor-{}", std::process::id()));
    fs::write(&path, b"")?;
    fs::remove_file(&path)
}

/// The folder itself, or the first one above it that is there.
fn existing(path: &Path) -> &Path {
    path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"))
}

fn disk(data: &Path) -> Finding {
    let folder = folders::show(existing(data));
    let table = output("df", &["-Pk", &folder]);
    let free = table
        .as_deref()
        .and_then(|table| table.lines().nth(1)?.split_whitespace().nth(3)?.parse::<u64>().ok());
    match free {
        Some(kib) if kib >= DISK_KIB_MIN => {
            Finding::good("disk", format!("{} GiB free", kib / 1024 / 1024))
        }
        Some(kib) => Finding::warning(
            "disk",
            format!("{} MiB free at {folder}", kib / 1024),
            "make room, or name another disk with --data-dir",
        ),
        None => Finding::warning("disk", "df does not say how much is free", "install coreutils"),
    }
}

fn file_system(data: &Path) -> Finding {
    let check = "file system";
    match output("stat", &["-f", "-c", "%T", &folders::show(existing(data))]) {
        Some(kind) if UNFIT.contains(&kind.as_str()) => Finding::warning(
            check,
            format!("{kind}: may lose what the node has acknowledged"),
            "keep the data folder on a local disk: --data-dir",
        ),
        Some(kind) => Finding::good(check, kind),
        None => Finding::good(check, "unknown"),
    }
}

fn network(data: &Path) -> Finding {
    match Network::load(data) {
        Ok(None) => Finding::good("network", "no chain yet"),
        Ok(Some(network)) => match network.build() {
            Ok(genesis) => Finding::good(
                "network",
                format!(
                    "chain {}, a momentum every {} s, genesis {}",
                    genesis.rules.chain_identifier, genesis.rules.block_time, genesis.momentum.hash
                ),
            ),
            Err(error) => Finding::bad(
                "network",
                error.to_string(),
                "restore a backup, or start over with --fresh",
            ),
        },
        Err(error) => Finding::bad(
            "network",
            error.to_string(),
            "restore a backup, or start over with --fresh",
        ),
    }
}

fn key_files(context: &Context) -> Vec<Finding> {
    let folder = keys::folder(context);
    let shown = folders::show(folder.path());
    let entries = match folder.list() {
        Ok(entries) => entries,
        Err(error) => {
            return vec![Finding::bad("key files", error.to_string(), format!("ls -la {shown}"))];
        }
    };
    if entries.is_empty() {
        return vec![Finding::good("key files", format!("none in {shown}"))];
    }
    let mut findings = vec![Finding::good("key files", format!("{} in {shown}", entries.len()))];
    findings.extend(private("key folder", folder.path(), "0700"));
    for entry in entries {
        match &entry.file {
            Ok(_) => findings.extend(private("key file", &entry.path, "0600")),
            Err(error) => findings.push(Finding::warning(
                "key file",
                format!("{}: {error}", entry.path.display()),
                "move it out of the folder of key files",
            )),
        }
    }
    findings
}

/// Complains if others than the owner may look.
fn private(check: &'static str, path: &Path, mode: &str) -> Option<Finding> {
    let found = fs::metadata(path).ok()?.permissions().mode();
    (found & 0o077 != 0).then(|| {
        Finding::warning(
            check,
            format!("others may read {}", path.display()),
            format!("chmod {mode} {}", path.display()),
        )
    })
}

fn producer(context: &Context) -> Vec<Finding> {
    let settings = &context.settings;
    let mut findings = Vec::new();
    if let Some(path) = settings.path("producer.key-file") {
        findings.push(match wallet::KeyFile::read(&path) {
            Ok(file) => Finding::good("producer", format!("key file of {}", file.base_address())),
            Err(error) => {
                Finding::bad("producer", error.to_string(), "uz wallet list shows key files")
            }
        });
        findings.extend(private("producer", &path, "0600"));
    }
    if let Some(path) = settings.path("producer.password-file") {
        findings.push(match fs::metadata(&path) {
            Ok(_) => Finding::good("producer password", "in a file"),
            Err(error) => Finding::bad(
                "producer password",
                format!("{}: {error}", path.display()),
                "write the password into it, mode 0600",
            ),
        });
        findings.extend(private("producer password", &path, "0600"));
    }
    if let Some(value) = settings.get("producer.password") {
        findings.push(Finding::warning(
            "producer password",
            format!("stands in the open ({})", value.origin),
            "put it into a file of mode 0600: producer.password-file",
        ));
    }
    findings
}

fn certificate(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (key, wanted) in [("rpc.tls-cert", "CERTIFICATE"), ("rpc.tls-key", "PRIVATE KEY")] {
        let Some(path) = context.settings.path(key) else { continue };
        findings.push(match fs::read_to_string(&path) {
            Ok(text) if text.contains(wanted) => {
                Finding::good("certificate", format!("{key} is there"))
            }
            Ok(_) => Finding::bad(
                "certificate",
                format!("{} holds no {wanted}", path.display()),
                format!("name a PEM file in {key}"),
            ),
            Err(error) => Finding::bad(
                "certificate",
                format!("{}: {error}", path.display()),
                format!("name a file that can be read in {key}"),
            ),
        });
        if key == "rpc.tls-key" {
            findings.extend(private("certificate", &path, "0600"));
        }
    }
    findings
}
