// Times: local and whole where there is room, relative where not.

const UNITS: [number, string][] = [
  [31_536_000, "y"],
  [2_592_000, "mo"],
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
];

/** A duration by its largest unit, and the next one where it matters: `1 h 5 min`. */
export function duration(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [size, name] of UNITS) {
    if (rest >= size) {
      parts.push(`${Math.floor(rest / size)} ${name}`);
      rest %= size;
      if (parts.length === 2) break;
    } else if (parts.length > 0) break;
  }
  return parts.length === 0 ? "0 s" : parts.join(" ");
}

/** How far a time is from `now`, by its largest unit: `12 s ago`, `in 3 d`. */
export function relative(timestamp: number, now: number): string {
  const away = Math.round(now - timestamp);
  // Clocks tick apart: what was made this moment may seem to come in the next.
  if (away < 0 && away >= -2) return "now";
  const far = Math.abs(away);
  const unit = UNITS.find(([size]) => far >= size);
  if (unit === undefined) return "now";
  const text = `${Math.floor(far / unit[0])} ${unit[1]}`;
  return away >= 0 ? `${text} ago` : `in ${text}`;
}

/** The same in words that a screen reader says well. */
export function absolute(timestamp: number): string {
  const date = new Date(timestamp * 1000);
  if (Number.isNaN(date.getTime())) return String(timestamp);
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }).format(date);
}

/** For machines. */
export function machine(timestamp: number): string {
  const date = new Date(timestamp * 1000);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}
