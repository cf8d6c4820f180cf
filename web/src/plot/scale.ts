// From values to places on a plot.

/** A round number not below `value`, so that an axis ends well: 1, 2 or 5 times a power of ten. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 5, 10]) if (step * power >= value) return step * power;
  return 10 * power;
}

/** Values in the middle and at a high part of a list, the list being in any order. */
export function quantile(values: readonly number[], part: number): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((one, other) => one - other);
  const at = Math.min(sorted.length - 1, Math.max(0, Math.ceil(part * sorted.length) - 1));
  return sorted[at] ?? 0;
}

/** The index of the slot that a place on the plot lies in. */
export function slotAt(place: number, width: number, count: number): number {
  if (count === 0 || width <= 0) return -1;
  return Math.min(count - 1, Math.max(0, Math.floor((place / width) * count)));
}
