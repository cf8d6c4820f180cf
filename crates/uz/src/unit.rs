//! The systemd unit of a node, shut off from the rest of the machine.

use crate::settings::{Kind, Origin, Settings, setting};
use std::path::Path;

/// Name of the unit.
pub const NAME: &str = "uz.service";

/// What both sorts of unit shut off.
const SANDBOX: &str = "\
NoNewPrivileges=yes
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
CapabilityBoundingSet=
AmbientCapabilities=
UMask=0077
";

/// What only the machine's own unit can: a user that exists while it runs, and no homes.
const MACHINE: &str = "\
DynamicUser=yes
StateDirectory=unikernel-z
StateDirectoryMode=0700
Environment=XDG_DATA_HOME=/var/lib XDG_STATE_HOME=/var/lib XDG_CONFIG_HOME=/etc
ProtectHome=yes
ProtectProc=invisible
PrivateUsers=yes
RemoveIPC=yes
";

/// The unit's text. Flags of `uz node` that were given stand in it.
pub fn text(program: &Path, settings: &Settings, user: bool) -> String {
    let mut command = vec![program.display().to_string(), "node".to_owned()];
    let mut extra = String::new();
    for (key, flag) in [
        ("data-dir", "--data-dir"),
        ("rules", "--rules"),
        ("genesis", "--genesis"),
        ("block-time", "--block-time"),
        ("producer.index", "--pillar-index"),
        ("network", "--network"),
        ("p2p.enabled", "--p2p"),
        ("p2p.listen", "--listen"),
        ("p2p.bootnodes", "--bootnode"),
        ("p2p.trusted", "--trusted"),
        ("p2p.only-trusted", "--only-trusted"),
        ("p2p.private", "--private-peer"),
        ("p2p.min-peers", "--min-peers"),
        ("p2p.min-connected", "--min-connected"),
        ("p2p.max-peers", "--max-peers"),
        ("p2p.nat", "--nat"),
        ("p2p.relay", "--relay"),
        ("p2p.advertise", "--advertise"),
        ("p2p.transport", "--transport"),
        ("p2p.ntp", "--ntp"),
        ("p2p.peerstore", "--peerstore"),
    ] {
        if let Some(text) = given(settings, key) {
            match setting(key).map(|setting| setting.kind) {
                // A switch's value is no word of its own.
                Some(Kind::Switch) => command.push(format!("{flag}={text}")),
                _ => command.extend([flag.to_owned(), text.clone()]),
            }
            // A network's name is no path.
            let is_file =
                matches!(key, "rules" | "genesis") || (key == "network" && text.contains('/'));
            if !user && is_file {
                extra.push_str(&format!("BindReadOnlyPaths={}\n", escape(&text)));
            }
            if key == "data-dir" {
                extra.push_str(&format!("ReadWritePaths={}\n", escape(&text)));
            }
        }
    }
    // Keys reach the service as credentials: it needs no right to the files.
    for (key, flag, name) in [
        ("producer.key-file", "--pillar", "pillar"),
        ("producer.password-file", "--pillar-password-file", "pillar-password"),
    ] {
        if let Some(text) = given(settings, key) {
            command.extend([flag.to_owned(), format!("\u{0}{name}")]);
            extra.push_str(&format!("LoadCredential={name}:{}\n", escape(&text)));
        }
    }
    let command: Vec<String> = command.iter().map(|word| quote(word)).collect();
    let target = if user { "default.target" } else { "multi-user.target" };
    let machine = if user { "" } else { MACHINE };
    format!(
        "[Unit]\n\
         Description=Node of the Network of Momentum\n\
         Documentation=man:uz-node(1)\n\
         Wants=network-online.target\n\
         After=network-online.target\n\
         \n\
         [Service]\n\
         Type=notify\n\
         ExecStart={}\n\
         Environment=UZ_LOG=json\n\
         Restart=on-failure\n\
         RestartSec=5\n\
         TimeoutStartSec=infinity\n\
         TimeoutStopSec=60\n\
         LimitNOFILE=65536\n\
         {machine}{SANDBOX}{extra}\
         \n\
         [Install]\n\
         WantedBy={target}\n",
        command.join(" ")
    )
}

/// A setting that somebody set.
fn given(settings: &Settings, key: &str) -> Option<String> {
    let value = settings.get(key)?;
    (value.origin != Origin::Default).then(|| value.text.clone())
}

/// A word of a command; a credential's name stands behind a zero byte until here.
fn quote(word: &str) -> String {
    if let Some(name) = word.strip_prefix('\u{0}') {
        return format!("%d/{name}");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:,=+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let escaped = escape(word).replace('\\', "\\\\").replace('"', "\\\"").replace('$', "$$");
    format!("\"{escaped}\"")
}

/// A value without specifiers of systemd.
fn escape(text: &str) -> String {
    text.replace('%', "%%").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(args: &[&str]) -> Settings {
        let command = clap::Command::new("install").args(crate::settings::flags("service"));
        let matches = command.try_get_matches_from([&["install"], args].concat()).unwrap();
        Settings::resolve("service", &matches).unwrap()
    }

    #[test]
    fn the_machines_unit_has_its_own_user_and_no_homes() {
        let unit = text(Path::new("/usr/bin/uz"), &settings(&[]), false);
        for line in
            ["ExecStart=/usr/bin/uz node", "DynamicUser=yes", "ProtectHome=yes", "Type=notify"]
        {
            assert!(unit.lines().any(|found| found == line), "{line} in\n{unit}");
        }
        assert!(unit.ends_with("WantedBy=multi-user.target\n"));
    }

    #[test]
    fn flags_and_credentials_stand_in_it() {
        let args =
            ["--genesis", "/etc/a b%.json", "--pillar", "/k", "--pillar-password-file", "/p"];
        let unit = text(Path::new("/usr/bin/uz"), &settings(&args), true);
        let command = "ExecStart=/usr/bin/uz node --genesis \"/etc/a b%%.json\" --pillar %d/pillar \
            --pillar-password-file %d/pillar-password";
        for line in [command, "LoadCredential=pillar:/k", "LoadCredential=pillar-password:/p"] {
            assert!(unit.lines().any(|found| found == line), "{line} in\n{unit}");
        }
        assert!(!unit.contains("DynamicUser"));
        let args = ["--network", "/etc/net.json", "--listen", "0.0.0.0:1", "--nat"];
        let unit = text(Path::new("/usr/bin/uz"), &settings(&args), false);
        let command =
            "ExecStart=/usr/bin/uz node --network /etc/net.json --listen 0.0.0.0:1 --nat=true";
        for line in [command, "BindReadOnlyPaths=/etc/net.json"] {
            assert!(unit.lines().any(|found| found == line), "{line} in\n{unit}");
        }
    }
}
