//! Hosts and wires that exist for this process alone: network namespaces within namespaces of its own.
//!
//! [`enter`] starts the program again as the first process of fresh network, mount and process namespaces.
//! So whatever a test makes there (hosts, links, rules, programs) is gone when it ends, however that
//! happens, and the machine's own network is never touched. The program sits where the bridges are, and
//! reaches every host of a [`Lan`] by TCP.

use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::process::CommandExt;
use std::process::{Command, Output, Stdio};

/// Set in the program that runs inside.
const INSIDE: &str = "UZ_LAB_INSIDE";
const NAMESPACES: &[&str] =
    &["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
/// What makes a plain user root, of the namespaces alone.
const AS_USER: &[&str] = &["--user", "--map-root-user"];
/// Number of the test itself in each LAN.
const OBSERVER: u8 = 254;

/// Comes back once the program is inside of its namespaces; gives why that can't be.
pub fn enter() -> Result<(), String> {
    if std::env::var_os(INSIDE).is_some() {
        // Names of hosts are files there, in a folder that only we see.
        run("mount", &["-t", "tmpfs", "tmpfs", "/run"]);
        fs::create_dir_all("/run/netns").expect("a fresh file system takes folders");
        run("ip", &["link", "set", "lo", "up"]);
        return Ok(());
    }
    let plain = NAMESPACES.to_vec();
    let as_user = [AS_USER, NAMESPACES].concat();
    let allowed = [plain, as_user].into_iter().find(|flags| {
        Command::new("unshare")
            .args(flags)
            .args(["ip", "netns", "list"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    });
    let Some(flags) = allowed else {
        return Err(
            "network namespaces can't be made here: run as root, with unshare (util-linux) and ip \
                    (iproute2)"
                .to_owned(),
        );
    };
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let error = Command::new("unshare")
        .args(flags)
        .arg(program)
        .args(std::env::args_os().skip(1))
        .env(INSIDE, "1")
        .exec();
    Err(format!("unshare: {error}"))
}

/// Runs a program that must succeed.
fn run(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {args:?}: {}", said(&output));
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|out| String::from_utf8_lossy(out).into_owned()).concat()
}

/// A machine of its own, as far as the network goes.
#[derive(Debug)]
pub struct Host {
    name: String,
}

impl Host {
    /// A host without wires.
    pub fn new(name: &str) -> Host {
        run("ip", &["netns", "add", name]);
        run("ip", &["-n", name, "link", "set", "lo", "up"]);
        Host { name: name.to_owned() }
    }

    /// A program on this host; its process id is the program's own.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]);
        command
    }

    /// Runs a line whose words are separated by spaces; it must succeed.
    pub fn run(&self, line: &str) {
        let output = self.output(line);
        assert!(output.status.success(), "{}: {line}: {}", self.name, said(&output));
    }

    fn output(&self, line: &str) -> Output {
        let mut words = line.split_whitespace();
        let program = words.next().expect("a line has a word");
        let mut command = self.command(program);
        command.args(words).output().unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// Lets nothing pass from and to these addresses.
    pub fn cut(&self, others: &[Ipv4Addr]) {
        for other in others {
            self.run(&format!("iptables -I INPUT -s {other} -j DROP"));
            self.run(&format!("iptables -I OUTPUT -d {other} -j DROP"));
        }
    }

    /// Ends every [`Host::cut`].
    pub fn heal(&self) {
        self.run("iptables -F INPUT");
        self.run("iptables -F OUTPUT");
    }
}

/// How bad a wire is.
#[derive(Clone, Copy, Debug)]
pub struct Quality {
    /// Milliseconds that a packet takes.
    pub delay_ms: u32,
    /// Milliseconds by which that varies.
    pub jitter_ms: u32,
    /// Packets of a hundred that are lost.
    pub loss_percent: f64,
}

/// Hosts on one bridge.
#[derive(Debug)]
pub struct Lan {
    name: String,
    prefix: [u8; 3],
}

impl Lan {
    /// A bridge; `name` is what hosts call their link to it, in at most ten letters.
    pub fn new(name: &str, prefix: [u8; 3]) -> Lan {
        let lan = Lan { name: name.to_owned(), prefix };
        run("ip", &["link", "add", name, "type", "bridge"]);
        run("ip", &["addr", "add", &format!("{}/24", lan.address(OBSERVER)), "dev", name]);
        run("ip", &["link", "set", name, "up"]);
        lan
    }

    /// The address with this number.
    pub fn address(&self, number: u8) -> Ipv4Addr {
        let [a, b, c] = self.prefix;
        Ipv4Addr::new(a, b, c, number)
    }

    /// Joins a host to the bridge, and gives its address.
    pub fn connect(&self, host: &Host, number: u8) -> Ipv4Addr {
        let (lan, end) = (&self.name, format!("{}-{number}", self.name));
        let peer = ["peer", "name", lan, "netns", &host.name];
        run("ip", &[&["link", "add", &end, "type", "veth"], &peer[..]].concat());
        run("ip", &["link", "set", &end, "master", lan, "up"]);
        let address = self.address(number);
        host.run(&format!("ip addr add {address}/24 dev {lan}"));
        host.run(&format!("ip link set {lan} up"));
        address
    }

    /// Makes a host's wire bad, in both directions together. Where the kernel has no netem, packets are
    /// lost by a filter and the wire is slow, but not long; gives whether it is netem.
    pub fn worsen(&self, host: &Host, quality: Quality) -> bool {
        let Quality { delay_ms, jitter_ms, loss_percent } = quality;
        let netem = format!(
            "tc qdisc add dev {} root netem delay {delay_ms}ms {jitter_ms}ms loss {loss_percent}%",
            self.name
        );
        if host.output(&netem).status.success() {
            return true;
        }
        let probability = loss_percent / 100.0;
        host.run(&format!(
            "iptables -t mangle -A POSTROUTING -o {} -m statistic --mode random --probability {probability} \
             -j DROP",
            self.name
        ));
        host.run(&format!(
            "tc qdisc add dev {} root tbf rate 4mbit burst 16kb latency {}ms",
            self.name,
            delay_ms.max(1) * 10
        ));
        false
    }
}
