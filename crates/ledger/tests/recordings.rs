//! Replays of recorded chains of the reference: every hash, text and balance comes out as recorded, and
//! whatever does not is found.

use ledger::recording::{RecordingError, Replay, Report};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings");

/// A short recording with a call that is carried out and one that is refused.
const MINT_TOO_MUCH: &str = "vm_embedded_tests-TestToken_MintTooMuch.jsonl.zst";
/// A short recording with a block that is refused.
const REFUSED_BLOCK: &str = "vm_embedded_tests-TestSimple_MomentumAcknowledgedIncreasing.jsonl.zst";

fn recordings() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(FOLDER)
        .expect("the recordings are here")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.to_string_lossy().ends_with(".jsonl.zst"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

fn lines(path: &Path) -> impl Iterator<Item = Vec<u8>> {
    let file = fs::File::open(path).expect("a readable file");
    let reader = BufReader::new(zstd::Decoder::new(file).expect("zstd"));
    reader.split(b'\n').map(|line| line.expect("a readable line"))
}

/// What the replays of all recordings found.
static ALL: LazyLock<Report> = LazyLock::new(|| {
    let mut sum = Report::default();
    for path in recordings() {
        match Replay::run(lines(&path)) {
            Ok(replay) => sum.merge(replay.into_report()),
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }
    sum
});

#[test]
fn recorded_chains_come_out_as_recorded() {
    println!("{}", *ALL);
    for difference in &ALL.differences {
        println!("{difference}");
    }
    assert!(ALL.differences.is_empty(), "{}", *ALL);
    assert!(ALL.momentums > 10_000 && ALL.blocks > 1_000 && ALL.refused > 10);
}

#[test]
fn recorded_calls_reach_each_method_with_each_fate() {
    for (contract, method, counts) in ALL.methods() {
        println!(
            "{contract:>12} {method:<28} {:>5} called {:>5} carried out {:>5} refused",
            counts.called, counts.succeeded, counts.refused
        );
        assert!(counts.succeeded > 0 && counts.refused > 0, "{contract}.{method}: {counts:?}");
        assert!(counts.called >= counts.succeeded + counts.refused, "{contract}.{method}");
    }
}

fn texts(name: &str) -> Vec<String> {
    let path = Path::new(FOLDER).join(name);
    let texts = lines(&path).map(|line| String::from_utf8(line).expect("JSON is UTF-8"));
    texts.filter(|line| !line.is_empty()).collect()
}

fn run(lines: &[String]) -> Result<Report, RecordingError> {
    Replay::run(lines).map(Replay::into_report)
}

/// Replays `name` with one text replaced in one line (counted from 1), and gives what was found.
fn spoiled(name: &str, line: usize, from: &str, to: &str) -> Report {
    let mut lines = texts(name);
    let spoiled = lines[line - 1].replacen(from, to, 1);
    assert_ne!(spoiled, lines[line - 1], "line {line} of {name} has no {from}");
    lines[line - 1] = spoiled;
    run(&lines).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn an_unspoiled_recording_has_no_difference() {
    let report = run(&texts(MINT_TOO_MUCH)).expect("it can be read");
    assert_eq!(report.to_string(), "4 momentums, 5 account blocks, 0 differences");
}

#[test]
fn each_difference_is_found() {
    for (name, line, from, to, what, expected, got) in [
        (
            MINT_TOO_MUCH,
            2,
            r#""amount":"100000000""#,
            r#""amount":"99999999""#,
            "block 5e22abb61fc684ef",
            "accepted",
            "invalid token or amount",
        ),
        (
            MINT_TOO_MUCH,
            2,
            r#""basePlasma":73500"#,
            r#""basePlasma":73501"#,
            "block 5e22abb61fc684ef",
            "AccountBlock {",
            "AccountBlock {",
        ),
        (
            MINT_TOO_MUCH,
            5,
            r#""data":"AAAAAAAAAAI=""#,
            r#""data":"AAAAAAAAAAE=""#,
            "answer 8a4e5c90047ee289",
            "AccountBlock {",
            "AccountBlock {",
        ),
        (
            MINT_TOO_MUCH,
            5,
            "invalid token total/max supply",
            "forbidden parameter",
            "call 418faed26cedb3ff",
            "forbidden parameter",
            "invalid token total/max supply",
        ),
        (
            MINT_TOO_MUCH,
            4,
            r#""changesHash":"a363"#,
            r#""changesHash":"a364"#,
            "momentum 4",
            "accepted",
            "momentum changes-hash is different than the one computed",
        ),
        (
            MINT_TOO_MUCH,
            4,
            r#""signature":"dvlt"#,
            r#""signature":"dvlu"#,
            "momentum 4",
            "accepted",
            "momentum signature is invalid",
        ),
        (MINT_TOO_MUCH, 6, "20000000000000", "20000000000001", "balances of z1", "{", "{"),
        (MINT_TOO_MUCH, 6, r#""height":5"#, r#""height":6"#, "height at the end", "6", "5"),
        (MINT_TOO_MUCH, 6, r#""hash":"93b6"#, r#""hash":"93b7"#, "hash at the end", "93b7", "93b6"),
        (
            REFUSED_BLOCK,
            6,
            "points to an older momentum",
            "points to an elder momentum",
            "block 99bd968eac5b711e",
            "account-block momentum-acknowledged points to an elder",
            "account-block momentum-acknowledged points to an older",
        ),
    ] {
        let report = spoiled(name, line, from, to);
        let first = report.differences.first().unwrap_or_else(|| panic!("{from}: not found"));
        assert_eq!(first.line, line, "{first}");
        assert!(first.what.starts_with(what), "{first}");
        assert!(first.expected.starts_with(expected), "{first}");
        assert!(first.got.starts_with(got), "{first}");
    }
}

#[test]
fn a_block_that_should_be_refused_and_is_not_is_found() {
    let mut lines = texts(MINT_TOO_MUCH);
    // The first block, said to be refused before it is confirmed.
    let (_, block) = lines[1].split_once(r#""b":["#).expect("blocks");
    let block = block.strip_suffix("]}").expect("the line's end");
    lines.insert(1, format!(r#"{{"refused":{block},"error":"no"}}"#));
    let report = run(&lines).expect("it can be read");
    assert_eq!(report.differences.len(), 1);
    assert_eq!(
        (report.differences[0].expected.as_str(), report.differences[0].got.as_str()),
        ("no", "accepted")
    );
}

#[test]
fn malformed_recordings_are_refused_with_the_line() {
    let good = texts(MINT_TOO_MUCH);
    let refused = |lines: &[String]| run(lines).expect_err("malformed").to_string();
    assert_eq!(refused(&[]), "line 1: the recording is empty");
    assert_eq!(refused(&good[..5]), "line 6: the recording is cut short");
    assert_eq!(refused(&good[1..]), "line 1: recording is missing, allowed is 1");
    let mut more = good.clone();
    more.push("{}".to_owned());
    assert_eq!(refused(&more), "line 7: a line behind the end");
    let with = |line: usize, text: &str| {
        let mut lines = good.clone();
        lines[line - 1] = text.to_owned();
        refused(&lines)
    };
    assert_eq!(with(2, "{}"), "line 2: the line says nothing that is known");
    assert_eq!(
        with(2, r#"{"rollback":0}"#),
        "line 2: state could not be read: genesis can't be taken back"
    );
    assert_eq!(with(2, r#"{"rules":{"speed":1}}"#), "line 2: rules.speed: no such rule");
    assert_eq!(
        with(2, r#"{"m":{"height":"2"}}"#),
        "line 2: height: json: cannot unmarshal string into Go struct field Momentum.height of type uint64"
    );
    assert!(with(2, "{").starts_with("line 2: EOF while parsing"));
}

#[test]
fn answers_at_the_end_are_given_verbatim() {
    let replay = Replay::run(texts(MINT_TOO_MUCH)).expect("it can be read");
    let query = replay.queries().first().expect("there are queries");
    assert!(query.method.contains('.'));
    assert!(query.params.get().starts_with('['));
    assert!(query.result.is_some() || query.error.is_some());
    assert_eq!(replay.header().name, "vm_embedded_tests-TestToken_MintTooMuch");
    assert_eq!(replay.chain().identifier().expect("a momentum").height, 5);
}
