//! The status line of a node that runs in a terminal.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use node::node::Stop;
use node::runner::Handle;
use node::service::{Happening, Service};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at};

/// How often the line is drawn, and the node asked whether it still runs.
const DRAW_EVERY: Duration = Duration::from_millis(500);
/// How often a line goes to the log where none can be drawn.
const LOG_EVERY: Duration = Duration::from_secs(60);
/// Over how long blocks per second are counted.
const RATE_OVER: Duration = Duration::from_secs(10);

/// Draws the line, if there is somewhere to draw it, until the node ends by itself.
pub async fn live(draws: bool, screen: &MultiProgress, service: &Handle) {
    let bar = draws.then(|| {
        let bar = screen.add(ProgressBar::new_spinner());
        bar.set_style(ProgressStyle::with_template("{spinner} {msg}").expect("it is sound"));
        bar
    });
    let mut happenings = service.happenings();
    let mut recent = Recent::default();
    let mut draw = interval(DRAW_EVERY);
    draw.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut log = interval_at(Instant::now() + LOG_EVERY, LOG_EVERY);
    loop {
        tokio::select! {
            happening = happenings.recv() => match happening {
                Ok(Happening::Momentum(detailed)) => {
                    recent.count(detailed.account_blocks.len(), Instant::now());
                }
                Ok(Happening::Rollback(height)) => tracing::warn!(height, "chain taken back"),
                // Whoever looks away misses some; the line shows the newest anyway.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            },
            _ = draw.tick() => {
                // A node whose disk failed still answers what it knows.
                if matches!(service.stopped(), Some(Stop::Spork { .. })) {
                    break;
                }
                if let Some(bar) = &bar {
                    bar.set_message(line(service, recent.rate(Instant::now())));
                    bar.tick();
                }
            }
            _ = log.tick(), if bar.is_none() => {
                tracing::info!("{}", line(service, recent.rate(Instant::now())));
            }
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

fn line(service: &Handle, rate: f64) -> String {
    let moment = service.moment();
    let (_, peers) = service.peers();
    let mut line = format!(
        "height {}  peers {}  {rate:.1} blocks/s  {} waiting",
        service.sync_info().current_height,
        peers.len(),
        moment.pending().len()
    );
    if let Some(reason) = service.not_ready() {
        line.push_str(&format!("  not ready: {reason}"));
    }
    line
}

/// Account blocks of the last seconds.
#[derive(Default)]
struct Recent {
    counts: VecDeque<(Instant, usize)>,
}

impl Recent {
    fn count(&mut self, blocks: usize, now: Instant) {
        self.counts.push_back((now, blocks));
        self.forget(now);
    }

    fn forget(&mut self, now: Instant) {
        let is_old = |at: &Instant| now.duration_since(*at) > RATE_OVER;
        while self.counts.front().is_some_and(|(at, _)| is_old(at)) {
            self.counts.pop_front();
        }
    }

    fn rate(&mut self, now: Instant) -> f64 {
        self.forget(now);
        let blocks: usize = self.counts.iter().map(|(_, blocks)| blocks).sum();
        blocks as f64 / RATE_OVER.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_counted_over_ten_seconds() {
        let mut recent = Recent::default();
        let start = Instant::now();
        recent.count(30, start);
        recent.count(20, start + Duration::from_secs(9));
        assert_eq!(recent.rate(start + Duration::from_secs(10)), 5.0);
        assert_eq!(recent.rate(start + Duration::from_secs(12)), 2.0);
        assert_eq!(recent.rate(start + Duration::from_secs(20)), 0.0);
    }
}
