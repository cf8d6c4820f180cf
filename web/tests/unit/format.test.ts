import assert from "node:assert/strict";
import { test } from "node:test";
import { coins, grouped, percent, share } from "../../src/format/amount";
import { hex, ofBase64, text } from "../../src/format/bytes";
import { plain, shortened, webAddress } from "../../src/format/text";
import { duration, relative } from "../../src/format/time";
import { parseExact } from "../../src/rpc/json";
import { quantile, roundUp, slotAt } from "../../src/plot/scale";

test("amounts keep every digit", () => {
  assert.equal(coins("1", 8), "0.00000001");
  assert.equal(coins("100000000", 8), "1");
  assert.equal(coins("123456700000001", 8), "1,234,567.00000001");
  assert.equal(coins("0", 8), "0");
  assert.equal(coins("-150000000", 8), "-1.5");
  assert.equal(coins("7", 0), "7");
  assert.equal(coins("1", 18), "0.000000000000000001");
  const most = (1n << 256n) - 1n;
  assert.equal(coins(most, 0).replace(/,/g, ""), most.toString());
  // A float would say 9007199254740992.
  assert.equal(grouped("9007199254740993"), "9,007,199,254,740,993");
});

test("what is no number counts as none", () => {
  assert.equal(grouped("abc"), "0");
  assert.equal(coins("1e5", 8), "0");
});

test("shares are exact where floats end", () => {
  assert.equal(percent(1, 3), "33.3 %");
  assert.equal(percent(0, 0), "–");
  assert.equal(share("90071992547409930000", "180143985094819860000"), 0.5);
  assert.equal(share(5, 0), 0);
});

test("times are told by their largest units", () => {
  assert.equal(duration(0), "0 s");
  assert.equal(duration(65), "1 min 5 s");
  assert.equal(duration(3600), "1 h");
  assert.equal(duration(90_061), "1 d 1 h");
  assert.equal(relative(100, 100), "now");
  assert.equal(relative(102, 100), "now");
  assert.equal(relative(88, 100), "12 s ago");
  assert.equal(relative(100 + 3 * 86_400, 100), "in 3 d");
});

test("only the web's addresses are links", () => {
  assert.equal(webAddress("https://zenon.network/a b"), "https://zenon.network/a%20b");
  assert.equal(webAddress("http://example.org"), "http://example.org/");
  for (const text of [
    "javascript:alert(1)",
    " javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//evil.example",
    "https://",
    "https://user:password@evil.example/",
    "java\nscript:alert(1)",
    "",
  ]) {
    assert.equal(webAddress(text), null, text);
  }
});

test("signs that deceive the eye are shown as such", () => {
  assert.equal(plain("a\u202Egnp.exe"), "a\ufffdgnp.exe");
  assert.equal(plain("zero\u200bwidth"), "zero\ufffdwidth");
  assert.equal(plain("two\nlines, ünïcödé, 漢字"), "two\nlines, ünïcödé, 漢字");
});

test("bytes are text only if they can be read", () => {
  assert.equal(text(ofBase64("aGVsbG8=")), "hello");
  assert.equal(text(new Uint8Array([0xff, 0xfe])), null);
  assert.equal(text(new Uint8Array([0, 1, 2])), null);
  assert.equal(hex(ofBase64("AQL/")), "0102ff");
  assert.equal(ofBase64("not base64!").length, 0);
});

test("hashes are shortened in the middle", () => {
  assert.equal(shortened("0123456789abcdef0123"), "01234567…ef0123");
  assert.equal(shortened("short"), "short");
});

test("JSON keeps whole numbers whole, where the machine shows their digits", () => {
  assert.deepEqual(parseExact('{"a":7,"b":"18446744073709551615"}'), { a: 7, b: "18446744073709551615" });
  const { difficulty } = parseExact('{"difficulty":18446744073709551615}') as { difficulty: number | bigint };
  assert.ok(difficulty === 18446744073709551615n || typeof difficulty === "number");
  assert.throws(() => parseExact("{"));
});

test("axes end at round numbers", () => {
  assert.equal(roundUp(0), 1);
  assert.equal(roundUp(3), 5);
  assert.equal(roundUp(11), 20);
  assert.equal(roundUp(100), 100);
  assert.equal(quantile([5, 1, 4, 2, 3], 0.5), 3);
  assert.equal(quantile([], 0.5), 0);
  assert.equal(slotAt(99.9, 100, 10), 9);
  assert.equal(slotAt(-3, 100, 10), 0);
  assert.equal(slotAt(5, 100, 0), -1);
});
