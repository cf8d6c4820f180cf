//! Answers of the node for people: tables and lines out of JSON, amounts in coins, times as dates.

use crate::amount::{self, COIN_DECIMALS};
use crate::time;
use ledger::types::{Amount, TokenStandard};
use serde_json::{Map, Value};

/// A JSON answer as text.
pub fn value(value: &Value) -> String {
    match value {
        Value::Object(fields) => match fields.get("list") {
            Some(Value::Array(rows)) => list(fields, rows),
            _ => object(fields),
        },
        Value::Array(rows) => table(rows),
        other => scalar(other),
    }
}

/// A page of a list: its rows, then how many there are in all.
fn list(fields: &Map<String, Value>, rows: &[Value]) -> String {
    let mut parts = Vec::new();
    let others: Map<String, Value> = fields
        .iter()
        .filter(|(name, _)| !["list", "count", "more"].contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !others.is_empty() {
        parts.push(object(&others));
    }
    if !rows.is_empty() {
        parts.push(table(rows));
    }
    match fields.get("count").and_then(Value::as_u64) {
        Some(count) => parts.push(format!("{} of {count}", rows.len())),
        None if rows.is_empty() => parts.push("none".to_owned()),
        None => {}
    }
    parts.join("\n")
}

/// One line for each field.
fn object(fields: &Map<String, Value>) -> String {
    let rows = fields.iter().map(|(name, value)| (name.clone(), field(name, value, fields)));
    pairs(rows.collect::<Vec<_>>())
}

/// Names and texts in two columns; further lines of a text are indented.
pub fn pairs(rows: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> String {
    let rows: Vec<(String, String)> =
        rows.into_iter().map(|(name, text)| (name.into(), text.into())).collect();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let lines = rows.iter().map(|(name, text)| {
        if text.contains('\n') {
            let indented: Vec<String> = text.lines().map(|line| format!("  {line}")).collect();
            return format!("{name}\n{}", indented.join("\n"));
        }
        format!("{name:width$}  {text}").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Objects as rows, their fields as columns; anything else a line each.
fn table(rows: &[Value]) -> String {
    let Some(Value::Object(first)) = rows.first() else {
        return rows.iter().map(value).collect::<Vec<_>>().join("\n");
    };
    // Wide answers (blocks, projects) read better one after the other.
    let narrow = first.len() <= 12 && !first.values().any(|value| value.is_object());
    if !narrow {
        return rows.iter().map(value).collect::<Vec<_>>().join("\n\n");
    }
    let names: Vec<String> = first.keys().cloned().collect();
    let mut lines = vec![names.clone()];
    lines.extend(rows.iter().map(|row| {
        let fields = row.as_object();
        names
            .iter()
            .map(|name| {
                fields
                    .and_then(|fields| Some(field(name, fields.get(name)?, fields)))
                    .unwrap_or_default()
            })
            .collect()
    }));
    columns(&lines)
}

/// Rows in aligned columns, the first being the head.
pub fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A field's value as its name asks.
fn field(name: &str, content: &Value, siblings: &Map<String, Value>) -> String {
    if let Some(seconds) = timestamp(name, content) {
        return if seconds == 0 { "-".to_owned() } else { time::show(seconds) };
    }
    if let Some(text) = content.as_str()
        && is_amount(name)
        && let Ok(units) = Amount::from_str_radix(text, 10)
    {
        return match decimals(name, siblings) {
            Some(decimals) => amount::show(units, decimals),
            None => format!("{text} units"),
        };
    }
    match content {
        Value::Object(fields) if fields.is_empty() => "-".to_owned(),
        // A token inside another answer is told by its symbol.
        Value::Object(fields) if name == "token" => {
            fields.get("symbol").map(scalar).unwrap_or_default()
        }
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(scalar).collect::<Vec<_>>().join(", ")
        }
        other => value(other),
    }
}

fn timestamp(name: &str, value: &Value) -> Option<u64> {
    let is_time = name.ends_with("imestamp") || name.ends_with("Time");
    value.as_u64().filter(|_| is_time)
}

fn is_amount(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["amount", "balance", "weight", "supply", "fundsneeded", "reward"]
        .iter()
        .any(|end| lower.ends_with(end))
        || ["znn", "qsr", "fee", "accumulatedFee"].contains(&name)
}

/// Decimals of the token that an amount among these fields is of; `None` if the answer doesn't say.
fn decimals(name: &str, siblings: &Map<String, Value>) -> Option<u8> {
    let coin = ["znn", "qsr", "weight"].iter().any(|start| name.starts_with(start));
    if coin {
        return Some(COIN_DECIMALS);
    }
    let own = |fields: &Map<String, Value>| {
        fields.get("decimals").and_then(Value::as_u64).and_then(|number| u8::try_from(number).ok())
    };
    let token = siblings.get("token").and_then(Value::as_object);
    if let Some(decimals) = own(siblings).or_else(|| token.and_then(own)) {
        return Some(decimals);
    }
    match siblings.get("tokenStandard").and_then(Value::as_str).map(str::parse) {
        Some(Ok(TokenStandard::ZNN | TokenStandard::QSR)) | None => Some(COIN_DECIMALS),
        Some(_) => None,
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::String(text) => printable(text),
        other => other.to_string(),
    }
}

/// Text from outside without the characters that would steer a terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_become_tables_with_amounts_in_coins() {
        let answer = json!({
            "qsrAmount": "5000000000", "count": 2,
            "list": [{ "qsrAmount": "5000000000", "expirationHeight": 7, "id": "ab" }],
        });
        let shown = "qsrAmount  50\nqsrAmount  expirationHeight  id\n50         7                 ab\n1 of 2";
        assert_eq!(value(&answer), shown);
    }

    #[test]
    fn amounts_take_the_decimals_of_their_token() {
        let token = json!({ "amount": "1500", "token": { "symbol": "TST", "decimals": 3 } });
        assert_eq!(value(&token), "amount  1.5\ntoken   TST");
        let unknown = json!({ "amount": "1500", "tokenStandard": "zts1hz3ys62vnc8tdajnwrz6pp" });
        assert!(value(&unknown).starts_with("amount         1500 units"));
        let znn = json!({ "amount": "150000000", "tokenStandard": TokenStandard::ZNN.to_string() });
        assert!(value(&znn).starts_with("amount         1.5\n"));
    }

    #[test]
    fn times_and_odd_values_are_readable() {
        let answer = json!({ "timestamp": 0, "startTimestamp": 1637755200u64, "url": "", "x": null,
            "names": ["a", "b\u{1b}[2J"], "active": true });
        let shown = "timestamp       -\nstartTimestamp  2021-11-24T12:00:00Z\nurl             -\n\
            x               -\nnames           a, b\u{fffd}[2J\nactive          yes";
        assert_eq!(value(&answer), shown);
        assert_eq!(value(&json!({ "list": [] })), "none");
        assert_eq!(value(&json!("12")), "12");
    }
}
