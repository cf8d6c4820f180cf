// A bar plot that can be read by mouse, touch, keyboard and ear.

import { useEffect, useRef, useState } from "preact/hooks";
import { grouped } from "../format/amount";
import { go } from "../router";
import { quantile, roundUp, slotAt } from "./scale";

/** A bar: where, and how high. */
export interface Point {
  x: number;
  y: number;
}

const HEIGHT = 160;

/** How wide an element is, as it changes. */
function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useEffect(() => {
    if (element.current === null) return;
    const watcher = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.max(120, Math.floor(entry.contentRect.width)));
    });
    watcher.observe(element.current);
    return () => watcher.disconnect();
  }, []);
  return { element, width };
}

export function Bars(props: {
  title: string;
  unit: string;
  axis: string;
  points: readonly Point[];
  /** The page of a bar, if it has one. */
  link?: (x: number) => string;
}) {
  const { title, unit, axis, points, link } = props;
  const { element, width } = useWidth();
  const [chosen, setChosen] = useState<number | null>(null);
  const values = points.map((point) => point.y);
  const top = roundUp(values.reduce((most, value) => Math.max(most, value), 0));
  const slot = width / Math.max(1, points.length);
  const bar = Math.max(1, slot - (slot > 4 ? 1.5 : slot > 2 ? 0.5 : 0));
  // The bar under the cursor stays the same momentum while new ones come in from the right; one that
  // has left at the other side gives the cursor to its neighbour.
  const least = points[0]?.x ?? 0;
  const at = chosen === null ? -1 : points.findIndex((point) => point.x === Math.max(chosen, least));
  const point = at < 0 ? undefined : points[at];
  const choose = (index: number): void => setChosen(points[Math.max(0, Math.min(points.length - 1, index))]?.x ?? null);

  const pressed = (event: KeyboardEvent): void => {
    const far = Math.max(1, Math.round(points.length / 10));
    const now = at < 0 ? points.length : at;
    const moves: Record<string, number> = {
      ArrowLeft: now - 1,
      ArrowRight: at < 0 ? 0 : now + 1,
      PageUp: now - far,
      PageDown: now + far,
      Home: 0,
      End: points.length - 1,
    };
    const move = moves[event.key];
    if (move !== undefined) choose(move);
    else if (event.key === "Enter" && point !== undefined && link !== undefined) go(link(point.x));
    else if (event.key === "Escape") setChosen(null);
    else return;
    event.preventDefault();
  };

  const median = quantile(values, 0.5);
  const high = quantile(values, 0.95);
  const said =
    point === undefined
      ? `middle ${grouped(median)} ${unit}, at most ${grouped(Math.max(0, ...values))}, 95 % up to ${grouped(high)}`
      : `${axis} ${grouped(point.x)}: ${grouped(point.y)} ${unit}`;
  if (points.length === 0) return <p class="empty">There is nothing to draw yet.</p>;
  return (
    <figure class="plot">
      <figcaption>
        <span>{title}</span>
        <output>{said}</output>
      </figcaption>
      <div
        ref={element}
        class="canvas"
        data-keys
        tabIndex={0}
        role="slider"
        aria-label={`${title}. Arrow keys walk through the values${link === undefined ? "" : ", Enter opens one"}.`}
        aria-valuemin={0}
        aria-valuemax={points.length - 1}
        aria-valuenow={at < 0 ? points.length - 1 : at}
        aria-valuetext={said}
        onKeyDown={pressed}
        onPointerMove={(event) => choose(slotAt(event.offsetX, width, points.length))}
        onPointerLeave={() => setChosen(null)}
        onBlur={() => setChosen(null)}
        onClick={() => (point !== undefined && link !== undefined ? go(link(point.x)) : undefined)}
      >
        <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true" focusable="false">
          <line class="grid" x1="0" x2={width} y1="0.5" y2="0.5" />
          <line class="grid" x1="0" x2={width} y1={HEIGHT / 2} y2={HEIGHT / 2} />
          {points.map((one, index) => {
            const height = Math.max(one.y > 0 ? 1.5 : 0, (one.y / top) * (HEIGHT - 1));
            return (
              <rect
                key={one.x}
                class={index === at ? "bar chosen" : "bar"}
                x={(index * slot).toFixed(2)}
                y={(HEIGHT - height).toFixed(2)}
                width={bar.toFixed(2)}
                height={height.toFixed(2)}
              />
            );
          })}
          {at < 0 ? null : <line class="cursor" x1={(at + 0.5) * slot} x2={(at + 0.5) * slot} y1="0" y2={HEIGHT} />}
          <line class="floor" x1="0" x2={width} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        </svg>
      </div>
      <div class="scale" aria-hidden="true">
        <span>{grouped(points[0]?.x ?? 0)}</span>
        <span>
          0 to {grouped(top)} {unit}
        </span>
        <span>{grouped(points.at(-1)?.x ?? 0)}</span>
      </div>
    </figure>
  );
}
