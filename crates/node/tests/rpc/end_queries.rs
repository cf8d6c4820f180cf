//! What the reference answered at the end of each recorded chain, compared with our answers.

use super::client::Client;
use super::recorded::{folder, whole};
use super::server::{MemoryNode, Server, config};
use ledger::recording::Query;
use node::http::limits::Limits;
use serde_json::Value;

/// Largest recordings that are compared, in bytes; larger ones take longer to build than a test should.
const BYTES_MAX: u64 = 16_000;

fn differs(client: &mut Client, query: &Query) -> Option<String> {
    let (method, params) = (&query.method, query.params.get());
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
    let text = client.post(&body);
    let answer: Value = serde_json::from_str(&text).expect("answers are JSON");
    let (is, should) = match (&query.result, &query.error) {
        (Some(result), _) => (answer["result"].clone(), result.get()),
        (None, Some(error)) => (answer["error"]["message"].clone(), error.get()),
        (None, None) => (answer["result"].clone(), "null"),
    };
    let should: Value = serde_json::from_str(should).expect("recorded answers are JSON");
    (is != should).then(|| format!("{method} {params}:\n  is     {text}  should {should}"))
}

#[test]
fn ends_of_chains_are_answered_as_the_reference_does() {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .expect("the recordings are there")
        .map(|entry| entry.expect("the folder can be read"))
        .filter(|entry| entry.metadata().is_ok_and(|data| data.len() <= BYTES_MAX))
        .map(|entry| entry.file_name().to_str().expect("names are ASCII").to_owned())
        .filter(|name| name.ends_with(".jsonl.zst"))
        .collect();
    names.sort();
    let (mut chains, mut queries) = (0, 0);
    let mut different = Vec::new();
    for name in names {
        let (chain, asked) = whole(&name);
        let server = Server::start(MemoryNode::new(chain, false), config(), Limits::default());
        let mut client = Client::connect(server.http());
        chains += 1;
        queries += asked.len();
        let found = asked.iter().filter_map(|query| differs(&mut client, query));
        different.extend(found.map(|text| format!("{name}: {text}")));
    }
    println!("{queries} answers at the ends of {chains} chains compared");
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
    assert!(chains > 0 && queries > 0);
}
