//! A development network for one run: starts the program under test on free ports, and stops it.

use std::error::Error;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Seconds in a slot.
pub const BLOCK_TIME: u64 = 1;

/// The running network.
pub struct Network {
    /// Where its WebSocket is.
    pub ws: String,
    /// The program and its data, unless the network ran already.
    started: Option<(Child, PathBuf)>,
}

impl Network {
    /// Starts `uz up`, named by the variable UZ, and waits until it says that it is ready. If the variable
    /// SDK_WS names a network that runs already, that is used.
    pub async fn start() -> Result<Network, Box<dyn Error>> {
        if let Ok(ws) = std::env::var("SDK_WS") {
            return Ok(Network { ws, started: None });
        }
        let program =
            std::env::var("UZ").map_err(|_| "the variable UZ must name the program uz")?;
        let above = std::env::var_os("X_SCRATCH").map_or_else(std::env::temp_dir, PathBuf::from);
        let data = above.join(format!("sdk-rust-{}", std::process::id()));
        std::fs::create_dir_all(&data)?;
        let log = std::fs::File::create(data.join("log"))?;
        let mut child = Command::new(program)
            .args(["up", "--json", "--block-time", &BLOCK_TIME.to_string()])
            .args(["--rpc-addr", "127.0.0.1:0", "--ws-addr", "127.0.0.1:0", "--data-dir"])
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        if output.read_line(&mut line).await? == 0 {
            let log = std::fs::read_to_string(data.join("log"))?;
            return Err(format!("uz up ended:\n{log}").into());
        }
        // What else it prints goes nowhere, but must not fill the pipe.
        tokio::task::spawn_local(async move {
            let mut rest = String::new();
            while output.read_line(&mut rest).await.is_ok_and(|len| len > 0) {
                rest.clear();
            }
        });
        let message: serde_json::Value = serde_json::from_str(&line)?;
        let result = message.get("result").unwrap_or(&message);
        let ws = result["ws"].as_str().ok_or("uz up does not say where its WebSocket is")?;
        let ws = if ws.contains("://") { ws.to_owned() } else { format!("ws://{ws}") };
        Ok(Network { ws, started: Some((child, data)) })
    }

    /// Interrupts the program and waits for its end.
    pub async fn stop(self) -> Result<(), Box<dyn Error>> {
        let Some((mut child, data)) = self.started else { return Ok(()) };
        let id = child.id().ok_or("uz up has ended before it was asked to")?;
        Command::new("sh").args(["-c", &format!("kill -INT {id}")]).status().await?;
        let status = child.wait().await?;
        std::fs::remove_dir_all(data)?;
        if status.success() { Ok(()) } else { Err(format!("uz up ended with {status}").into()) }
    }
}
