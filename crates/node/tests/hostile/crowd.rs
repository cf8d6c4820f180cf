//! Many calls at once, from processes of their own: a process may not have that many sockets.

use crate::world::DEADLINE;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

/// Tells a process of this test binary whom to call.
const VARIABLE: &str = "HOSTILE_CROWD";
/// Calls of one process.
const CALLS: usize = 500;
/// What it prints when all have been made.
const READY: &str = "all calls stand";

/// A process whose calls stand.
pub struct Crowd(Child);

impl Crowd {
    /// Makes [`CALLS`] calls, or as many as are taken.
    pub fn call(address: SocketAddr) -> Crowd {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["crowd::calls", "--exact", "--nocapture"])
            .env(VARIABLE, address.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let ready = stdout.lines().map_while(Result::ok).any(|line| line.contains(READY));
        assert!(ready, "the calls were made");
        Crowd(child)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Run by other tests in a process of its own; alone it has nothing to do.
#[test]
fn calls() {
    let Ok(address) = std::env::var(VARIABLE) else { return };
    let address: SocketAddr = address.parse().unwrap();
    let calls: Vec<TcpStream> =
        (0..CALLS).map_while(|_| TcpStream::connect_timeout(&address, DEADLINE).ok()).collect();
    println!("{READY}: {}", calls.len());
    // Until the other process ends it, or ends itself.
    let _ = std::io::stdin().read(&mut [0]);
}
