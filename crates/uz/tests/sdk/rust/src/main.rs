//! The crate znn-sdk-rust, unmodified, against one development network. The last line counts the cases.

mod cases;
mod chain;
mod network;
mod transport;

use chain::{Chain, Outcome};
use network::Network;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

type Running = Pin<Box<dyn Future<Output = Outcome<()>>>>;

/// A name, and what runs under it.
type Case = (&'static str, fn(Chain) -> Running);

macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        &[$((stringify!($name), |chain| Box::pin(cases::$name(chain)))),*]
    };
}

const CASES: &[Case] = cases![
    reads,
    is_refused_as_by_znnd,
    sends_and_receives,
    subscribes,
    works,
    fuses,
    issues_a_token,
    stakes_and_delegates,
    registers_a_sentinel,
    registers_a_pillar,
    unlocks_an_htlc,
    asks_the_accelerator,
];

/// A case that hangs fails after this time.
const LIMIT: Duration = Duration::from_secs(240);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match LocalSet::new().run_until(run()).await {
        Ok((passed, failed)) => {
            println!("{passed} passed, {failed} failed");
            ExitCode::from(u8::from(failed > 0))
        }
        Err(error) => {
            println!("FAIL {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs all cases at once, each with a connection of its own.
async fn run() -> Outcome<(u32, u32)> {
    let network = Network::start().await?;
    let start = Instant::now();
    let mut running = Vec::new();
    for (name, case) in CASES {
        let ws = network.ws.clone();
        running.push((
            *name,
            tokio::task::spawn_local(async move {
                let outcome =
                    tokio::time::timeout(LIMIT, async { case(Chain::connect(&ws).await?).await });
                let outcome = outcome.await.unwrap_or_else(|_| Err("it hangs".into()));
                outcome.map_err(|error| error.to_string()).map(|()| start.elapsed())
            }),
        ));
    }
    let (mut passed, mut failed) = (0, 0);
    for (name, case) in running {
        // A case that panics has said why.
        match case.await.unwrap_or_else(|error| Err(error.to_string())) {
            Ok(elapsed) => {
                passed += 1;
                println!("ok   {name} (after {:.1} s)", elapsed.as_secs_f32());
            }
            Err(error) => {
                failed += 1;
                println!("FAIL {name}: {error}");
            }
        }
    }
    match network.stop().await {
        Ok(()) => passed += 1,
        Err(error) => {
            failed += 1;
            println!("FAIL stops after an interrupt: {error}");
        }
    }
    Ok((passed, failed))
}
