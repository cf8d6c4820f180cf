//! What those who run the node ask: does it live, is it ready, what did it count.

use super::Server;
use super::respond::{self, Answer};
use crate::rpc::BOUNDS_US;
use hyper::StatusCode;
use hyper::header::HeaderValue;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

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
    of_connections(&mut page, server);
    of_methods(&mut page, server);
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

fn of_connections(page: &mut String, server: &Server) {
    let counts = &server.counts;
    let open = server.limits.connections - server.places.available_permits();
    single(page, "uz_rpc_connections", "gauge", "Open connections.", open as u64);
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
    let called: Vec<_> = server
        .api
        .tallies()
        .into_iter()
        .map(|(method, tally)| (method, tally.counts()))
        .filter(|(_, counts)| counts.calls > 0)
        .collect();
    head(page, "uz_rpc_failures_total", "counter", "Calls that were answered with an error.");
    for (method, counts) in &called {
        let failed = counts.failed;
        line(page, &format!("uz_rpc_failures_total{{method=\"{method}\"}} {failed}"));
    }
    head(page, "uz_rpc_seconds", "histogram", "Time of calls.");
    for (method, counts) in &called {
        for (bound, within) in BOUNDS_US.iter().zip(counts.within) {
            let bound = seconds(*bound);
            line(
                page,
                &format!("uz_rpc_seconds_bucket{{method=\"{method}\",le=\"{bound}\"}} {within}"),
            );
        }
        let (calls, time) = (counts.calls, counts.time.as_secs_f64());
        line(page, &format!("uz_rpc_seconds_bucket{{method=\"{method}\",le=\"+Inf\"}} {calls}"));
        line(page, &format!("uz_rpc_seconds_sum{{method=\"{method}\"}} {time}"));
        line(page, &format!("uz_rpc_seconds_count{{method=\"{method}\"}} {calls}"));
    }
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
