import assert from "node:assert/strict";
import { test } from "node:test";
import { classify, fit } from "../../src/search/classify";
import { layout } from "../../src/graph/layout";

test("a text is sought as what its form says", () => {
  assert.deepEqual(classify(""), { sort: "nothing" });
  assert.deepEqual(classify(" 1,234 567 "), { sort: "height", height: 1234567 });
  const hash = "aB".repeat(32);
  assert.deepEqual(classify(`0x${hash}`), { sort: "hash", hash: hash.toLowerCase() });
  const address = "z1qzenlvgmlf4aqwmxh5zfndgfesqacsm66lu2zr";
  assert.deepEqual(classify(` ${address}\n`), { sort: "address", address });
  assert.deepEqual(classify(address.replace("zenl", "zenq")), { sort: "mistyped", what: "address" });
  assert.deepEqual(classify("zts1znnxxxxxxxxxxxxx9z4ulx"), { sort: "token", id: "zts1znnxxxxxxxxxxxxx9z4ulx" });
  assert.deepEqual(classify("zts1znnxxxxxxxxxxxxx9z4ulq"), { sort: "mistyped", what: "token id" });
  assert.deepEqual(classify("Lighthouse"), { sort: "name", name: "Lighthouse" });
  assert.deepEqual(classify("z1"), { sort: "name", name: "z1" });
});

test("whole names come before beginnings, those before the rest", () => {
  const order = ["some-harbour", "Harbour", "Harbourmaster", "unharboured", "quay"];
  const sorted = order.filter((name) => fit(name, "harbour") > 0).sort((one, other) => fit(other, "harbour") - fit(one, "harbour"));
  assert.deepEqual(sorted, ["Harbour", "Harbourmaster", "some-harbour", "unharboured"]);
});

test("the map's places are within the square, apart, and the same each time", () => {
  const ids = Array.from({ length: 30 }, (_, at) => `node${at}`);
  const edges = ids.slice(1).map((id, at) => ({ from: id, to: `node${Math.floor(at / 2)}` }));
  const placed = layout(ids, edges, "node0");
  assert.deepEqual(layout(ids, edges, "node0"), placed);
  for (const { x, y } of placed) assert.ok(x >= 0 && x <= 1 && y >= 0 && y <= 1, `${x} ${y}`);
  for (const [at, one] of placed.entries()) {
    for (const other of placed.slice(at + 1)) assert.ok(Math.hypot(one.x - other.x, one.y - other.y) > 0.01);
  }
  const far = (a: number, b: number): number => Math.hypot((placed[a]?.x ?? 0) - (placed[b]?.x ?? 0), (placed[a]?.y ?? 0) - (placed[b]?.y ?? 0));
  const linked = edges.reduce((sum, _, at) => sum + far(at + 1, Math.floor(at / 2)), 0) / edges.length;
  const all = ids.reduce((sum, _, a) => sum + ids.reduce((part, __, b) => part + far(a, b), 0), 0) / (ids.length * (ids.length - 1));
  assert.ok(linked < all * 0.7, `who know each other are near: ${linked} of ${all}`);
});

test("edges to nobody and to oneself do no harm", () => {
  const placed = layout(["a"], [{ from: "a", to: "a" }, { from: "a", to: "gone" }], "a");
  assert.equal(placed.length, 1);
  assert.ok(Number.isFinite(placed[0]?.x));
  assert.deepEqual(layout([], [], ""), []);
});
