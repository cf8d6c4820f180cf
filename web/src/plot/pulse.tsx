// The chain's pulse: each momentum a stroke, as far from the one before as it came after it, as high as
// it has blocks.

import { useEffect, useRef, useState } from "preact/hooks";
import { grouped } from "../format/amount";
import type { Momentum } from "../rpc/types";
import { go, to } from "../router";

const HEIGHT = 92;
const BASE = 10;

export function Pulse({ momentums }: { momentums: readonly Momentum[] }) {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  const [chosen, setChosen] = useState<number | null>(null);
  useEffect(() => {
    if (element.current === null) return;
    const watcher = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.max(200, Math.floor(entry.contentRect.width)));
    });
    watcher.observe(element.current);
    return () => watcher.disconnect();
  }, []);
  const [first, last] = [momentums[0], momentums.at(-1)];
  if (first === undefined || last === undefined || momentums.length < 2) return null;
  // Genesis may lie years back: one long silence must not press the rest together.
  const places: number[] = [0];
  const usual = Math.max(1, median(momentums.slice(1).map((one, at) => one.timestamp - (momentums[at]?.timestamp ?? 0))));
  momentums.slice(1).forEach((one, at) => {
    const gap = one.timestamp - (momentums[at]?.timestamp ?? one.timestamp);
    places.push((places[at] ?? 0) + Math.min(Math.max(gap, usual / 4), usual * 6));
  });
  const far = places.at(-1) || 1;
  const most = Math.max(4, ...momentums.slice(1).map((one) => one.content.length));
  const x = (at: number): number => 4 + ((places[at] ?? 0) / far) * (width - 8);
  const high = (one: Momentum): number => BASE + Math.min(1, one.content.length / most) * (HEIGHT - BASE - 8);
  // What has left at the old end gives the cursor to its neighbour.
  const at = chosen === null ? -1 : momentums.findIndex((one) => one.height === Math.max(chosen, first.height));
  const shown = momentums[at];
  const nearest = (place: number): number =>
    momentums.reduce((best, _, index) => (Math.abs(x(index) - place) < Math.abs(x(best) - place) ? index : best), 0);
  const choose = (index: number): void => setChosen(momentums[Math.max(0, Math.min(momentums.length - 1, index))]?.height ?? null);
  const said =
    shown === undefined
      ? `The last ${momentums.length} momentums`
      : `Momentum ${grouped(shown.height)}: ${grouped(shown.content.length)} ${shown.content.length === 1 ? "block" : "blocks"}`;
  const pressed = (event: KeyboardEvent): void => {
    const now = at < 0 ? momentums.length : at;
    const moves: Record<string, number> = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: momentums.length - 1 };
    const move = moves[event.key];
    if (move !== undefined) choose(move);
    else if (event.key === "Enter" && shown !== undefined) go(to("momentum", shown.height));
    else if (event.key === "Escape") setChosen(null);
    else return;
    event.preventDefault();
  };
  return (
    <figure class="pulse">
      <div
        ref={element}
        class="canvas"
        data-keys
        tabIndex={0}
        role="slider"
        aria-label="Pulse of the chain. Arrow keys walk through the momentums, Enter opens one."
        aria-valuemin={0}
        aria-valuemax={momentums.length - 1}
        aria-valuenow={at < 0 ? momentums.length - 1 : at}
        aria-valuetext={said}
        onKeyDown={pressed}
        onPointerMove={(event) => choose(nearest(event.offsetX))}
        onPointerLeave={() => setChosen(null)}
        onBlur={() => setChosen(null)}
        onClick={() => (shown === undefined ? undefined : go(to("momentum", shown.height)))}
      >
        <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true" focusable="false">
          <line class="floor" x1="0" x2={width} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
          {momentums.map((one, index) => (
            <line
              key={one.height}
              class={index === at ? "stroke chosen" : one.content.length === 0 ? "stroke idle" : "stroke"}
              x1={x(index).toFixed(1)}
              x2={x(index).toFixed(1)}
              y1={HEIGHT - 1}
              y2={(HEIGHT - high(one)).toFixed(1)}
            />
          ))}
          <circle class="newest" key={last.height} cx={x(momentums.length - 1).toFixed(1)} cy={(HEIGHT - high(last)).toFixed(1)} r="3.5" />
        </svg>
      </div>
      <figcaption>
        <output>{said}</output>
        <span class="faint">apart by time, high by blocks</span>
      </figcaption>
    </figure>
  );
}

function median(values: number[]): number {
  const sorted = values.filter((value) => value > 0).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 1;
}
