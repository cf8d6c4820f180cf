//! `uz network info|peers|…`: the node's place in its network, asked for and changed by JSON-RPC.

use crate::client::Rpc;
use crate::context::Context;
use crate::outcome::{Answer, Code, Failure, Outcome};
use crate::{show, time};
use ledger::rules::BLOCK_TIME_ORIGINAL;
use node::admin::{self, Token};
use node::wire::NodeId;
use serde_json::{Value, json};

/// A node that is asked as its administrator, if the token is at hand.
fn administered(context: &Context) -> Result<Rpc, Failure> {
    let rpc = context.rpc()?;
    Ok(match token(context)? {
        Some(token) => rpc.with_token(&token),
        None => rpc,
    })
}

/// The administrator's token: given, in a file that is named, or in the data folder.
fn token(context: &Context) -> Result<Option<Token>, Failure> {
    let settings = &context.settings;
    if let Some(path) = settings.path("admin.token-file") {
        let token = Token::read(&path);
        return token.map(Some).map_err(|error| Failure::new(Code::Io, error.to_string()));
    }
    if let Some(text) = settings.text("admin.token") {
        let token = Token::new(text).ok_or_else(|| Failure::usage("UZ_ADMIN_TOKEN is no token"))?;
        return Ok(Some(token));
    }
    let folder = settings.path("data-dir").unwrap_or_default();
    Ok(Token::read(&folder.join(admin::FILE_NAME)).ok())
}

/// One call that the administrator alone may make.
fn administer(context: &Context, method: &str, params: Value) -> Result<Value, Failure> {
    let rpc = administered(context)?;
    rpc.call(method, params).map_err(|error| {
        let forbidden = error.code() == Some(i64::from(node::rpc::failure::FORBIDDEN));
        let failure = rpc.failure(method, error);
        if !forbidden {
            return failure;
        }
        failure.fix(
            "name the node's data folder with --data-dir, or its admin-token with \
             --admin-token-file or UZ_ADMIN_TOKEN",
        )
    })
}

/// What would be asked.
fn plan(method: &str, params: &Value) -> Answer {
    let text = format!("would call {method} with {params}");
    Answer::new(json!({ "dryRun": true, "method": method, "params": params }), text)
}

/// The node's place in its network.
pub fn info(context: &Context) -> Outcome {
    let rpc = administered(context)?;
    let info: Value = rpc.get("network.info", json!([]))?;
    let endpoints: Vec<&str> =
        info["endpoints"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let peers =
        format!("{} ({} called us), {} nodes known", info["peers"], info["inbound"], info["known"]);
    let clock = match info["clockAheadMs"].as_i64() {
        Some(ahead) => format!("{ahead} ms ahead of its peers'"),
        None => "-".to_owned(),
    };
    let reachable = match info["reachable"].as_bool() {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not known",
    };
    let number = |name: &str| info[name].as_u64().unwrap_or(0);
    // A momentum of ours may be newer than any that peers told of.
    let (height, target) = (number("currentHeight"), number("targetHeight"));
    let plain = |name: &str| match &info[name] {
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::String(text) => show::printable(text),
        other => other.to_string(),
    };
    let text = show::pairs([
        ("node".to_owned(), format!("{} ({})", rpc.url(), plain("name"))),
        ("peer id".to_owned(), plain("peerId")),
        ("chain".to_owned(), plain("chainIdentifier")),
        ("genesis".to_owned(), plain("genesis")),
        ("transport".to_owned(), plain("transport")),
        ("reached at".to_owned(), endpoints.join("\n")),
        ("reachable".to_owned(), reachable.to_owned()),
        ("peers".to_owned(), peers),
        ("bans".to_owned(), plain("bans")),
        ("clock".to_owned(), clock),
        ("state".to_owned(), plain("state")),
        ("height".to_owned(), format!("{height} of {}", target.max(height))),
    ]);
    Ok(Answer::new(info, text))
}

/// The connections.
pub fn peers(context: &Context) -> Outcome {
    let rpc = administered(context)?;
    let answer: Value = rpc.get("network.peers", json!([]))?;
    let list = answer["list"].as_array().cloned().unwrap_or_default();
    let heads = ["peer", "address", "client", "", "height", "score", "in", "out", "rtt", "since"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let now = time::now();
    for peer in &list {
        let text = |name: &str| show::printable(peer[name].as_str().unwrap_or_default());
        let is = |name: &str| peer[name].as_bool() == Some(true);
        let mut marks = vec![if is("inbound") { "in" } else { "out" }];
        for (name, mark) in [("relayed", "relayed"), ("trusted", "trusted"), ("private", "private")]
        {
            if is(name) {
                marks.push(mark);
            }
        }
        let since = now.saturating_sub(peer["since"].as_u64().unwrap_or(now));
        rows.push(vec![
            short(&text("peerId")),
            text("address"),
            text("name"),
            marks.join(","),
            peer["height"].to_string(),
            peer["score"].to_string(),
            bytes(peer["bytesIn"].as_u64().unwrap_or(0)),
            bytes(peer["bytesOut"].as_u64().unwrap_or(0)),
            peer["rttMs"].as_u64().map_or("-".to_owned(), |ms| format!("{ms} ms")),
            time::show_duration(since),
        ]);
    }
    let text = if list.is_empty() { "no peers".to_owned() } else { show::columns(&rows) };
    Ok(Answer::new(answer, text))
}

/// Bans that hold.
pub fn bans(context: &Context) -> Outcome {
    let list = administer(context, "network.bans", json!([]))?;
    let mut rows = vec![["whom", "until", "why"].map(str::to_owned).to_vec()];
    for ban in list.as_array().into_iter().flatten() {
        let whom = match (ban["address"].as_str(), ban["id"].as_str()) {
            (Some(address), _) => address.to_owned(),
            (None, id) => peer_id(id.unwrap_or("?")),
        };
        let until = ban["until"].as_u64().map_or("for good".to_owned(), time::show);
        let why = show::printable(ban["why"].as_str().unwrap_or_default());
        rows.push(vec![whom, until, why]);
    }
    let text = if rows.len() == 1 { "none".to_owned() } else { show::columns(&rows) };
    Ok(Answer::new(json!({ "bans": list }), text))
}

/// Keeps a connection with a node.
pub fn add(context: &Context, endpoint: &str, dry_run: bool) -> Outcome {
    let (method, params) = ("network.addPeer", json!([endpoint]));
    if dry_run {
        return Ok(plan(method, &params));
    }
    administer(context, method, params)?;
    let text = format!("{endpoint} is kept as a peer; see: uz network peers");
    Ok(Answer::new(json!({ "added": endpoint }), text))
}

/// Forgets a node.
pub fn remove(context: &Context, node: &str, dry_run: bool) -> Outcome {
    let (method, params) = ("network.removePeer", json!([node]));
    if dry_run {
        return Ok(plan(method, &params));
    }
    found(administer(context, method, params)?, &format!("{node} is not known here"))?;
    Ok(Answer::new(json!({ "removed": node }), format!("{node} is forgotten")))
}

/// Bans a node or an address.
pub fn ban(context: &Context, whom: &str, duration: Option<&str>, dry_run: bool) -> Outcome {
    let month = time::month(BLOCK_TIME_ORIGINAL);
    let seconds = duration.map(|text| time::duration(text, month)).transpose();
    let seconds = seconds.map_err(|error| Failure::usage(error.to_string()))?.unwrap_or(0);
    if duration.is_some() && seconds == 0 {
        return Err(Failure::usage("a ban of no time is none").fix("leave out --for: for good"));
    }
    let (method, params) = ("network.ban", json!([whom, seconds]));
    if dry_run {
        return Ok(plan(method, &params));
    }
    administer(context, method, params)?;
    let long = match seconds {
        0 => "for good".to_owned(),
        seconds => format!("for {}", time::show_duration(seconds)),
    };
    let until = (seconds > 0).then_some(seconds);
    let value = json!({ "banned": whom, "seconds": until });
    Ok(Answer::new(value, format!("{whom} is banned {long}")))
}

/// Ends a ban.
pub fn unban(context: &Context, whom: &str, dry_run: bool) -> Outcome {
    let (method, params) = ("network.unban", json!([whom]));
    if dry_run {
        return Ok(plan(method, &params));
    }
    found(administer(context, method, params)?, &format!("{whom} is not banned"))?;
    Ok(Answer::new(json!({ "unbanned": whom }), format!("{whom} is banned no more")))
}

/// What the node did not find is a failure.
fn found(answer: Value, missing: &str) -> Result<(), Failure> {
    match answer {
        Value::Bool(false) => Err(Failure::new(Code::NotFound, missing)),
        _ => Ok(()),
    }
}

/// A node's id as libp2p writes it, which is shorter.
fn peer_id(id: &str) -> String {
    let peer = id.parse().ok().and_then(|id: NodeId| id.peer_id());
    peer.map_or_else(|| show::printable(id), |peer| peer.to_string())
}

/// The end of an id, which tells more than its start.
fn short(id: &str) -> String {
    match id.len() > 45 && id.is_ascii() {
        true => format!("…{}", &id[id.len() - 12..]),
        false => id.to_owned(),
    }
}

/// A number of bytes in a few letters.
fn bytes(count: u64) -> String {
    match count {
        0..1_024 => format!("{count} B"),
        1_024..1_048_576 => format!("{} KiB", count >> 10),
        1_048_576..1_073_741_824 => format!("{} MiB", count >> 20),
        _ => format!("{} GiB", count >> 30),
    }
}
