//! What those who run the node ask: does it live, is it ready, what did it count.

use super::Server;
use super::process::Process;
use super::respond::{self, Answer};
use crate::metrics::{BUCKETS_MICROS, Counter, Gauge, Metrics};
use crate::rpc::BOUNDS_US;
use hyper::StatusCode;
use hyper::header::HeaderValue;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Prometheus' text format.
const EXPOSITION: HeaderValue =
    HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// The answer at `path`, if something is there.
pub fn answer(server: &Server, path: &str) -> Option<Answer> {
    match path {
        "/livez" => Some(respond::plain(StatusCode::OK, "ok\n")),
        "/readyz" => Some(match server.api.service().not_ready() {
            None => respond::plain(StatusCode::OK, "ok\n"),
            Some(reason) => respond::error(StatusCode::SERVICE_UNAVAILABLE, &reason),
        }),
        "/metrics" => Some(respond::with_type(StatusCode::OK, EXPOSITION, metrics(server))),
        _ => None,
    }
}

/// All metrics.
fn metrics(server: &Server) -> String {
    let mut page = String::with_capacity(8 << 10);
    of_ledger(&mut page, server);
    of_node(&mut page, server.api.service().metrics());
    of_connections(&mut page, server);
    of_methods(&mut page, server);
    if let Some(process) = Process::now() {
        of_process(&mut page, &process);
    }
    page
}

fn of_ledger(page: &mut String, server: &Server) {
    let service = server.api.service();
    let moment = service.moment();
    let view = ledger::state::View::frontier_of(moment.chain());
    let chain = moment.chain().rules().chain_identifier;
    head(page, "uz_info", "gauge", "The program.");
    line(
        page,
        &format!("uz_info{{version=\"{}\",chain=\"{chain}\"}} 1", env!("CARGO_PKG_VERSION")),
    );
    if let Ok(newest) = view.frontier() {
        single(page, "uz_height", "gauge", "Height of the newest momentum.", newest.height);
        let age = service.now().saturating_sub(newest.timestamp);
        let doc = "Age of the newest momentum.";
        single(page, "uz_momentum_age_seconds", "gauge", doc, age);
    }
    let info = service.sync_info();
    let doc = "0 unknown, 1 syncing, 2 done, 3 not enough peers.";
    single(page, "uz_sync_state", "gauge", doc, info.state as u64);
    let doc = "Height that peers announce.";
    single(page, "uz_target_height", "gauge", doc, info.target_height);
    single(page, "uz_peers", "gauge", "Peers.", service.peers().1.len() as u64);
    let waiting = moment.pending().len() as u64;
    single(page, "uz_pool_blocks", "gauge", "Unconfirmed account blocks.", waiting);
}

fn of_node(page: &mut String, metrics: &Metrics) {
    let counters: [(&str, &str, &Counter); 9] = [
        ("uz_momentums_total", "Momentums made the newest.", &metrics.momentums),
        ("uz_slots_produced_total", "Momentums of this node.", &metrics.momentums_produced),
        ("uz_slots_missed_total", "Own slots without a momentum.", &metrics.slots_missed),
        ("uz_blocks_confirmed_total", "Account blocks confirmed.", &metrics.blocks_confirmed),
        ("uz_blocks_accepted_total", "Published blocks accepted.", &metrics.blocks_accepted),
        ("uz_blocks_refused_total", "Published blocks refused.", &metrics.blocks_refused),
        ("uz_contract_receives_total", "Calls of contracts answered.", &metrics.contract_receives),
        ("uz_rollbacks_total", "Times that the chain was taken back.", &metrics.rollbacks),
        ("uz_journal_commits_total", "Commits of the journal alone.", &metrics.journal_commits),
    ];
    for (name, doc, counter) in counters {
        single(page, name, "counter", doc, counter.get());
    }
    let gauges: [(&str, &str, &Gauge); 6] = [
        ("uz_queued_blocks", "Blocks that wait to be checked.", &metrics.queued_blocks),
        ("uz_store_bytes", "Size of the store.", &metrics.store_bytes),
        ("uz_store_failed", "Whether the store failed.", &metrics.store_failed),
        ("uz_peers", "Connections with peers.", &metrics.peers),
        ("uz_synced", "Whether the network's newest momentum is here.", &metrics.synced),
        ("uz_target_height", "Height that peers announce.", &metrics.target_height),
    ];
    for (name, doc, gauge) in gauges {
        single(page, name, "gauge", doc, gauge.get());
    }
    let commits = &metrics.commits;
    single(page, "uz_store_commits_total", "counter", "Commits of the store.", commits.count());
    let bounds = BUCKETS_MICROS.into_iter().zip(commits.cumulative());
    let time = Duration::from_micros(commits.sum_micros());
    let doc = "Time of the store's commits.";
    histogram(page, "uz_store_commit_seconds", doc, bounds, commits.count(), time);
}

fn of_connections(page: &mut String, server: &Server) {
    let counts = &server.counts;
    let open = server.limits.connections - server.places.available_permits();
    let ws = counts.ws.load(Ordering::Relaxed);
    head(page, "uz_rpc_connections", "gauge", "Open connections.");
    line(page, &format!("uz_rpc_connections{{transport=\"http\"}} {}", open.saturating_sub(ws)));
    line(page, &format!("uz_rpc_connections{{transport=\"ws\"}} {ws}"));
    let subscriptions = counts.subscriptions.load(Ordering::Relaxed) as u64;
    single(page, "uz_rpc_subscriptions", "gauge", "Subscriptions.", subscriptions);
    let counters: [(&str, &str, &AtomicU64); 4] = [
        ("uz_rpc_connections_total", "Connections accepted.", &counts.accepted),
        ("uz_rpc_turned_away_total", "Connections turned away: too many.", &counts.turned_away),
        ("uz_rpc_denied_total", "Requests denied for Host or Origin.", &counts.denied),
        ("uz_rpc_too_slow_total", "WebSocket connections that were too slow.", &counts.too_slow),
    ];
    for (name, doc, counter) in counters {
        single(page, name, "counter", doc, counter.load(Ordering::Relaxed));
    }
}

fn of_methods(page: &mut String, server: &Server) {
    let mut within = [0; BOUNDS_US.len()];
    let (mut calls, mut time) = (0, Duration::ZERO);
    head(page, "uz_rpc_calls_total", "counter", "Calls of methods.");
    for (method, tally) in server.api.tallies() {
        let counts = tally.counts();
        if counts.calls == 0 {
            continue;
        }
        for (outcome, number) in
            [("result", counts.calls.saturating_sub(counts.failed)), ("error", counts.failed)]
        {
            let labels = format!("method=\"{method}\",outcome=\"{outcome}\"");
            line(page, &format!("uz_rpc_calls_total{{{labels}}} {number}"));
        }
        calls += counts.calls;
        time += counts.time;
        for (sum, more) in within.iter_mut().zip(counts.within) {
            *sum += more;
        }
    }
    let bounds = BOUNDS_US.into_iter().zip(within);
    histogram(page, "uz_rpc_seconds", "Time of calls.", bounds, calls, time);
}

fn of_process(page: &mut String, process: &Process) {
    let figures: [(&str, &str, &str, f64); 4] = [
        (
            "process_resident_memory_bytes",
            "gauge",
            "Memory of the process.",
            process.resident_bytes as f64,
        ),
        ("process_cpu_seconds_total", "counter", "Processor time.", process.cpu_seconds),
        ("process_open_fds", "gauge", "Open files and sockets.", process.open_fds as f64),
        ("process_start_time_seconds", "gauge", "When it began.", process.start_seconds),
    ];
    for (name, kind, doc, value) in figures {
        head(page, name, kind, doc);
        line(page, &format!("{name} {value}"));
    }
}

/// A histogram of `count` durations: by bound in microseconds, how many took at most that long.
fn histogram(
    page: &mut String,
    name: &str,
    doc: &str,
    bounds: impl Iterator<Item = (u64, u64)>,
    count: u64,
    time: Duration,
) {
    head(page, name, "histogram", doc);
    for (bound, within) in bounds {
        line(page, &format!("{name}_bucket{{le=\"{}\"}} {within}", seconds(bound)));
    }
    line(page, &format!("{name}_bucket{{le=\"+Inf\"}} {count}"));
    line(page, &format!("{name}_sum {}", time.as_secs_f64()));
    line(page, &format!("{name}_count {count}"));
}

/// Microseconds as seconds, exactly.
fn seconds(micros: u64) -> String {
    let (whole, rest) = (micros / 1_000_000, micros % 1_000_000);
    let rest = format!("{rest:06}");
    match rest.trim_end_matches('0') {
        "" => whole.to_string(),
        digits => format!("{whole}.{digits}"),
    }
}

fn single(page: &mut String, name: &str, kind: &str, doc: &str, value: u64) {
    head(page, name, kind, doc);
    line(page, &format!("{name} {value}"));
}

fn head(page: &mut String, name: &str, kind: &str, doc: &str) {
    line(page, &format!("# HELP {name} {doc}\n# TYPE {name} {kind}"));
}

fn line(page: &mut String, text: &str) {
    writeln!(page, "{text}").expect("a string takes all text");
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn bounds_are_exact() {
        assert_eq!(seconds(50), "0.00005");
        assert_eq!(seconds(250_000), "0.25");
        assert_eq!(seconds(10_000_000), "10");
    }
}
