//! `embedded.swap`: coins and pillars of keys from before this network.
//!
//! Source: go-zenon `rpc/api/embedded/swap.go`.

use super::failure::Failure;
use super::params::{Args, Kind, param};
use super::reading::Reading;
use super::shape::{Shape, field, object};
use super::{Answer, Cost, Method, Namespace, Run, Served};
use ledger::codec::json::amount::Decimal;
use ledger::consensus::slots;
use ledger::contracts::pillar;
use ledger::contracts::swap::{self, SwapAssets};
use ledger::types::{Hash, contract};
use serde::{Serialize, Serializer};

object!(
    ENTRY,
    "SwapAssetEntry",
    "What a legacy key can retrieve now.",
    [
        field("keyIdHash", Shape::Hash, "names the key"),
        field("znn", Shape::Amount, ""),
        field("qsr", Shape::Amount, ""),
    ]
);

object!(
    SIMPLE,
    "SwapAssetEntrySimple",
    "What a legacy key can retrieve now.",
    [field("znn", Shape::Amount, ""), field("qsr", Shape::Amount, ""),]
);

object!(
    LEGACY,
    "SwapLegacyPillarEntry",
    "Pillars that a legacy key can register.",
    [field("keyIdHash", Shape::Hash, "names the key"), field("numPillars", Shape::Number, ""),]
);

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "embedded.swap",
    doc: "Coins and pillars of keys from before this network.",
    served: Served::Everywhere,
    methods: &[
        Method {
            name: "getAssetsByKeyIdHash",
            doc: "What a legacy key can retrieve now.",
            params: &[param("keyIdHash", Kind::Hash, "names the key")],
            result: Shape::Object(&ENTRY),
            example: r#"["0000000000000000000000000000000000000000000000000000000000000000"]"#,
            cost: Cost::Cheap,
            run: Run::Read(by_key),
        },
        Method {
            name: "getAssets",
            doc: "What all legacy keys can retrieve now, by key.",
            params: &[],
            result: Shape::Map(&Shape::Object(&SIMPLE)),
            example: "[]",
            cost: Cost::Heavy,
            run: Run::Read(all),
        },
        Method {
            name: "getLegacyPillars",
            doc: "Pillars that legacy keys can register, by key.",
            params: &[],
            result: Shape::List(&Shape::Object(&LEGACY)),
            example: "[]",
            cost: Cost::Heavy,
            run: Run::Read(legacy_pillars),
        },
    ],
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    key_id_hash: Hash,
    znn: Decimal,
    qsr: Decimal,
}

#[derive(Serialize)]
struct Simple {
    znn: Decimal,
    qsr: Decimal,
}

fn decayed(reading: &Reading<'_>, mut assets: SwapAssets) -> Result<SwapAssets, Failure> {
    let rules = reading.view().rules();
    let epoch = slots::epoch_at(rules, reading.frontier()?.timestamp);
    swap::decay(rules, &mut assets, epoch);
    Ok(assets)
}

fn by_key(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let key_id_hash = args.hash(0);
    let assets = swap::assets_of(&reading.account(&contract::SWAP), &key_id_hash)?;
    let assets = assets.map(|assets| decayed(reading, assets)).transpose()?;
    let (znn, qsr) = assets.map(|assets| (assets.znn, assets.qsr)).unwrap_or_default();
    answer.give(&Entry { key_id_hash, znn: Decimal(znn), qsr: Decimal(qsr) })
}

/// Entries by key, in the order of the keys.
struct ByKey(Vec<SwapAssets>);

impl Serialize for ByKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|assets| {
            (assets.key_id_hash, Simple { znn: Decimal(assets.znn), qsr: Decimal(assets.qsr) })
        }))
    }
}

fn all(reading: &Reading<'_>, _: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let list = swap::all(&reading.account(&contract::SWAP))?
        .into_iter()
        .map(|assets| decayed(reading, assets))
        .collect::<Result<Vec<_>, _>>()?;
    answer.give(&ByKey(list))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LegacyPillar {
    key_id_hash: Hash,
    num_pillars: u8,
}

fn legacy_pillars(reading: &Reading<'_>, _: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let list: Vec<LegacyPillar> = pillar::legacy_slots(&reading.account(&contract::PILLAR))?
        .into_iter()
        .map(|slots| LegacyPillar { key_id_hash: slots.key_id_hash, num_pillars: slots.count })
        .collect();
    answer.give(&list)
}
