// JSON whose whole numbers stay whole: what a float can't hold becomes a BigInt.

/** A number of this many digits may be more than a float holds exactly. */
const MAY_BE_LARGE = /[:[,]\s*-?\d{16,}/;

interface Context {
  source?: string;
}

/** Parses `text`; numbers beyond 2^53 are BigInt where the browser shows their digits. */
export function parseExact(text: string): unknown {
  if (!MAY_BE_LARGE.test(text)) return JSON.parse(text);
  const exact = (_key: string, value: unknown, context?: Context): unknown => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    const source = context?.source;
    return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
  };
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown);
}
