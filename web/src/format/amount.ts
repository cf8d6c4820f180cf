// Amounts as text, exactly: whole numbers in, digits out, no floats between.

/** A whole number as the node writes it, or already read. */
export type Whole = string | number | bigint;

/** Reads a whole number; text that is none counts as zero. */
export function whole(value: Whole): bigint {
  try {
    return BigInt(value);
  } catch {
    return 0n;
  }
}

/** `1234567` as `1,234,567`. */
export function grouped(value: Whole): string {
  const digits = whole(value).toString();
  const sign = digits.startsWith("-") ? "-" : "";
  return sign + digits.slice(sign.length).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** An amount of smallest units as coins with `decimals` digits behind the point, without idle zeros. */
export function coins(value: Whole, decimals: number): string {
  const units = whole(value);
  const places = Math.max(0, Math.min(255, Math.trunc(decimals)));
  const sign = units < 0n ? "-" : "";
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  const head = digits.slice(0, digits.length - places);
  const tail = digits.slice(digits.length - places).replace(/0+$/, "");
  return sign + grouped(head) + (tail === "" ? "" : `.${tail}`);
}

/** `part` of `all` in percent with one digit, cut, or a dash where there is no all. */
export function percent(part: Whole, all: Whole): string {
  const [p, a] = [whole(part), whole(all)];
  if (a === 0n) return "–";
  const tenths = (p * 1000n) / a;
  return `${tenths / 10n}.${tenths % 10n} %`;
}

/** `part` of `all` as a number from 0 to 1, for drawing alone. */
export function share(part: Whole, all: Whole): number {
  const [p, a] = [whole(part), whole(all)];
  if (a <= 0n || p <= 0n) return 0;
  return Math.min(1, Number((p * 10_000n) / a) / 10_000);
}
