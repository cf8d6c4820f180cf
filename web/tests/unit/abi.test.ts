import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { addressText, encode, isWhole, tokenText } from "../../src/abi/bech32";
import { callOf, contractNamed, CONTRACTS, decode, outcomeOf, type Value } from "../../src/abi/decode";
import { ofBase64 } from "../../src/format/bytes";

const bytes = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits.replace(/\s/g, ""), "hex"));
const word = (value: number | bigint): string => value.toString(16).padStart(64, "0");
const padded = (text: string): string => {
  const digits = Buffer.from(text).toString("hex");
  return digits.padEnd(Math.ceil(digits.length / 64) * 64, "0");
};

test("addresses and token ids have the node's texts", () => {
  assert.equal(addressText(new Uint8Array(20)), "z1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsggv2f");
  assert.equal(tokenText(new Uint8Array(10)), "zts1qqqqqqqqqqqqqqqqtq587y");
  for (const { address } of CONTRACTS) assert.ok(isWhole("z", address), address);
  assert.ok(isWhole("zts", "zts1znnxxxxxxxxxxxxx9z4ulx"));
  assert.ok(!isWhole("zts", "zts1znnxxxxxxxxxxxxx9z4ulz"));
  assert.ok(!isWhole("z", "zts1znnxxxxxxxxxxxxx9z4ulx"));
  assert.ok(!isWhole("z", "z1"));
  assert.ok(isWhole("z", encode("z", crypto.getRandomValues(new Uint8Array(20)))));
});

test("selectors are what the signatures hash to", () => {
  for (const { name, methods } of CONTRACTS) {
    for (const method of methods) {
      const signature = `${method.name}(${method.params.map(([, type]) => type).join(",")})`;
      const digest = createHash("sha3-256").update(signature).digest("hex");
      assert.equal(method.selector, digest.slice(0, 8), `${name}.${method.name}`);
      assert.notEqual(method.about, "", `${name}.${method.name} says nothing`);
    }
  }
  assert.equal(CONTRACTS.length, 11);
});

test("a call is read with its arguments", () => {
  // IssueToken("Harbour", "HRB", "harbour.example", 100, 1000, 8, true, true, false)
  const heads = [9 * 32, 9 * 32 + 64, 9 * 32 + 128].map(word);
  const body = [
    ...heads, word(100), word(1000), word(8), word(1), word(1), word(0),
    word(7), padded("Harbour"), word(3), padded("HRB"), word(15), padded("harbour.example"),
  ].join("");
  const token = contractNamed("token");
  assert.ok(token);
  const method = token.methods.find(({ name }) => name === "IssueToken");
  const call = callOf(token.address, bytes(method?.selector + body));
  assert.equal(call?.method.name, "IssueToken");
  const values = call?.args?.map(({ name, value }): [string, unknown] => [name, value.value]);
  assert.deepEqual(values, [
    ["tokenName", "Harbour"], ["tokenSymbol", "HRB"], ["tokenDomain", "harbour.example"],
    ["totalSupply", 100n], ["maxSupply", 1000n], ["decimals", 8n],
    ["isMintable", true], ["isBurnable", true], ["isUtility", false],
  ]);
});

test("each type is read as the node reads it", () => {
  const one = (type: string, body: string): Value | undefined => decode([["x", type]], bytes(body))?.[0]?.value;
  // Integers keep their low bits.
  assert.deepEqual(one("uint8", "ff".repeat(31) + "07"), { kind: "number", value: 7n });
  assert.deepEqual(one("uint256", "ff".repeat(32)), { kind: "number", value: (1n << 256n) - 1n });
  assert.deepEqual(one("int64", "ff".repeat(32)), { kind: "number", value: -1n });
  assert.deepEqual(one("bool", word(1)), { kind: "truth", value: true });
  assert.equal(one("bool", word(2)), undefined);
  assert.deepEqual(one("hash", "ab".repeat(32)), { kind: "hash", value: "ab".repeat(32) });
  assert.deepEqual(one("address", "00".repeat(32)), { kind: "address", value: addressText(new Uint8Array(20)) });
  assert.deepEqual(one("bytes", word(32) + word(2) + "abcd".padEnd(64, "0")), { kind: "bytes", value: bytes("abcd") });
  const list = one("uint32[]", word(32) + word(2) + word(5) + word(6));
  assert.deepEqual(list, { kind: "list", value: [{ kind: "number", value: 5n }, { kind: "number", value: 6n }] });
  const texts = one("string[]", word(32) + word(1) + word(32) + word(2) + padded("ok"));
  assert.deepEqual(texts, { kind: "list", value: [{ kind: "text", value: "ok" }] });
});

test("bytes that do not fit are told, not guessed", () => {
  assert.equal(decode([["x", "string"]], bytes(word(1n << 255n))), null);
  assert.equal(decode([["x", "string"]], bytes(word(32) + word(33) + "00".repeat(32))), null);
  assert.equal(decode([["x", "hash[]"]], bytes(word(32) + word(1_000_000))), null);
  assert.equal(decode([["x", "uint8"]], bytes("00".repeat(31))), null);
  assert.equal(decode([], bytes("00")), null);
  assert.deepEqual(decode([], bytes("")), []);
  assert.equal(callOf("z1qzenlvgmlf4aqwmxh5zfndgfesqacsm66lu2zr", bytes("00000000")), null);
  assert.equal(callOf(CONTRACTS[0]?.address ?? "", bytes("0000")), null);
});

test("a contract's answer says how it went", () => {
  assert.equal(outcomeOf(ofBase64("AAAAAAAAAAE=")), "done");
  assert.equal(outcomeOf(ofBase64("AAAAAAAAAAI=")), "refused");
  assert.equal(outcomeOf(ofBase64("AA==")), null);
});
