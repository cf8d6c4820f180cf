// Places for the nodes of a graph: those that know each other near, all others apart. The same graph
// gets the same places each time.

export interface Placed {
  id: string;
  x: number;
  y: number;
}

export interface Edge {
  from: string;
  to: string;
}

const ROUNDS = 240;
/** Above this many nodes fewer rounds are made: each costs their square. */
const MANY = 120;

/** Places within the square from 0 to 1, around `centre` if that is one of them. */
export function layout(ids: readonly string[], edges: readonly Edge[], centre: string): Placed[] {
  const count = ids.length;
  const index = new Map(ids.map((id, at) => [id, at]));
  // The angle that never repeats spreads any number of nodes evenly.
  const x = ids.map((_, at) => Math.cos(at * 2.399963) * Math.sqrt((at + 0.5) / count));
  const y = ids.map((_, at) => Math.sin(at * 2.399963) * Math.sqrt((at + 0.5) / count));
  const links = edges
    .map(({ from, to }) => [index.get(from), index.get(to)] as const)
    .filter((pair): pair is readonly [number, number] => pair[0] !== undefined && pair[1] !== undefined && pair[0] !== pair[1]);
  const ideal = 1.1 / Math.sqrt(Math.max(1, count));
  const rounds = count > MANY ? Math.ceil((ROUNDS * MANY * MANY) / (count * count)) : ROUNDS;
  for (let round = 0; round < rounds; round += 1) {
    const heat = 0.12 * (1 - round / rounds) + 0.002;
    const dx = new Float64Array(count);
    const dy = new Float64Array(count);
    for (let one = 0; one < count; one += 1) {
      for (let other = one + 1; other < count; other += 1) push(one, other, dx, dy);
    }
    for (const [from, to] of links) pull(from, to, dx, dy);
    for (let at = 0; at < count; at += 1) {
      const force = Math.hypot(dx[at] ?? 0, dy[at] ?? 0) || 1;
      const step = Math.min(heat, force) / force;
      x[at] = (x[at] ?? 0) * 0.995 + (dx[at] ?? 0) * step;
      y[at] = (y[at] ?? 0) * 0.995 + (dy[at] ?? 0) * step;
    }
  }
  const middle = index.get(centre);
  if (middle !== undefined && links.length === 0) [x[middle], y[middle]] = [0, 0];
  return fitted(ids, x, y);

  function push(one: number, other: number, dx: Float64Array, dy: Float64Array): void {
    const [ax, ay] = [(x[one] ?? 0) - (x[other] ?? 0), (y[one] ?? 0) - (y[other] ?? 0)];
    const far = Math.max(1e-4, ax * ax + ay * ay);
    const force = (ideal * ideal) / far;
    shift(one, other, ax * force, ay * force, dx, dy);
  }

  function pull(one: number, other: number, dx: Float64Array, dy: Float64Array): void {
    const [ax, ay] = [(x[one] ?? 0) - (x[other] ?? 0), (y[one] ?? 0) - (y[other] ?? 0)];
    const force = -Math.hypot(ax, ay) / ideal;
    shift(one, other, (ax * force) / 2, (ay * force) / 2, dx, dy);
  }
}

function shift(one: number, other: number, fx: number, fy: number, dx: Float64Array, dy: Float64Array): void {
  dx[one] = (dx[one] ?? 0) + fx;
  dy[one] = (dy[one] ?? 0) + fy;
  dx[other] = (dx[other] ?? 0) - fx;
  dy[other] = (dy[other] ?? 0) - fy;
}

function fitted(ids: readonly string[], x: readonly number[], y: readonly number[]): Placed[] {
  const span = (values: readonly number[]): [number, number] => {
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return most - least < 1e-9 ? [least - 0.5, 1] : [least, most - least];
  };
  const [left, width] = span(x);
  const [top, height] = span(y);
  return ids.map((id, at) => ({ id, x: ((x[at] ?? 0) - left) / width, y: ((y[at] ?? 0) - top) / height }));
}
