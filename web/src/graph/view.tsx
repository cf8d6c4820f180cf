// A drawing of who knows whom. What it shows can also be walked through by keys and read as a list.

import { useMemo, useRef, useState } from "preact/hooks";
import { grouped } from "../format/amount";
import { plain, shortened } from "../format/text";
import type { Topology } from "../rpc/types";
import { Table } from "../view/layout";
import { layout } from "./layout";

const WIDTH = 900;
const EDGE = 60;
/** Few nodes need less room. */
const heightOf = (nodes: number): number => (nodes < 4 ? 180 : nodes < 12 ? 340 : 460);
/** More names than this would cover each other. */
const NAMES_MAX = 40;

type Node = Topology["nodes"][number];

/** A node's own name: peers tell it behind their program's, as in `uz/v0.1.0 harbour`. */
function nameOf(node: Node): string {
  const told = plain(node.name ?? "");
  return /^\S+\/v\S+\s+(\S.*)$/.exec(told)?.[1] ?? (told === "" ? shortened(node.id, 6, 4) : told);
}

export function Graph({ topology }: { topology: Topology }) {
  const { nodes, edges, self } = topology;
  const height = heightOf(nodes.length);
  const [chosen, setChosen] = useState<string | null>(null);
  const group = useRef<SVGSVGElement>(null);
  const shape = `${nodes.map((node) => node.id).join()} ${edges.map(({ from, to }) => `${from}>${to}`).join()}`;
  // Heights change all the time; places only when somebody comes, goes, or meets another.
  const placed = useMemo(() => layout(nodes.map((node) => node.id), edges, self), [shape, self]);
  const at = new Map(placed.map(({ id, x, y }) => [id, { x: EDGE + x * (WIDTH - 2 * EDGE), y: EDGE / 2 + y * (height - EDGE) }]));
  const neighbours = useMemo(() => neighboursOf(topology), [shape]);
  const lit = (id: string): boolean => chosen === null || chosen === id || (neighbours.get(chosen)?.has(id) ?? false);
  const shown = nodes.find((node) => node.id === chosen);
  const focusable = chosen ?? self;

  const pressed = (event: KeyboardEvent, id: string): void => {
    const order = nodes.map((node) => node.id);
    const now = order.indexOf(id);
    const moves: Record<string, number> = {
      ArrowRight: now + 1,
      ArrowDown: now + 1,
      ArrowLeft: now - 1,
      ArrowUp: now - 1,
      Home: 0,
      End: order.length - 1,
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const next = order[(move + order.length) % order.length];
    if (next === undefined) return;
    setChosen(next);
    group.current?.querySelector<SVGGElement>(`[data-id="${CSS.escape(next)}"]`)?.focus();
  };

  return (
    <>
      <figure class="graph">
        <svg ref={group} viewBox={`0 0 ${WIDTH} ${height}`} role="group" aria-label={`Map of ${nodes.length} nodes. Arrow keys walk from node to node.`}>
          <g aria-hidden="true">
            {edges.map(({ from, to }) => {
              const [one, other] = [at.get(from), at.get(to)];
              if (one === undefined || other === undefined) return null;
              const bright = chosen !== null && (from === chosen || to === chosen);
              return (
                <line
                  key={`${from}>${to}`}
                  class={bright ? "edge chosen" : chosen === null ? "edge" : "edge dim"}
                  x1={one.x}
                  y1={one.y}
                  x2={other.x}
                  y2={other.y}
                />
              );
            })}
          </g>
          {nodes.map((node) => {
            const place = at.get(node.id);
            if (place === undefined) return null;
            const count = neighbours.get(node.id)?.size ?? 0;
            const size = 7 + Math.min(9, Math.sqrt(count) * 2);
            const mine = node.id === self;
            return (
              <g
                key={node.id}
                data-id={node.id}
                data-keys
                class={`node${mine ? " self" : ""}${lit(node.id) ? "" : " dim"}`}
                role="img"
                tabIndex={node.id === focusable ? 0 : -1}
                aria-label={`${nameOf(node)}${mine ? ", this node" : ""}, knows ${count}${node.height ? `, height ${node.height}` : ""}`}
                transform={`translate(${place.x.toFixed(1)} ${place.y.toFixed(1)})`}
                onPointerEnter={() => setChosen(node.id)}
                onPointerLeave={() => setChosen(null)}
                onFocus={() => setChosen(node.id)}
                onBlur={() => setChosen(null)}
                onKeyDown={(event) => pressed(event, node.id)}
              >
                <circle r={size} />
                {nodes.length <= NAMES_MAX || lit(node.id) ? (
                  <text y={size + 14} aria-hidden="true">
                    {nameOf(node).slice(0, 18)}
                  </text>
                ) : null}
              </g>
            );
          })}
        </svg>
        <figcaption>
          <output>
            {shown === undefined
              ? `${grouped(nodes.length)} ${nodes.length === 1 ? "node" : "nodes"}, ${grouped(edges.length)} ${edges.length === 1 ? "connection" : "connections"}`
              : `${nameOf(shown)}${shown.id === self ? " (this node)" : ""}: knows ${grouped(neighbours.get(shown.id)?.size ?? 0)}${
                  shown.height ? `, at ${grouped(shown.height)}` : ""
                }${shown.client ? `, ${plain(shown.client)}` : ""}${shown.address ? `, ${plain(shown.address)}` : ""}`}
          </output>
        </figcaption>
      </figure>
      <details>
        <summary>The map as a list</summary>
        <Table
          label="Nodes of the map"
          rows={nodes}
          id={(node) => node.id}
          columns={[
            { name: "Node", cell: (node) => <bdi class="foreign">{nameOf(node)}</bdi> },
            { name: "Id", cell: (node) => <code class="break">{plain(shortened(node.id, 16, 8))}</code> },
            { name: "Address", cell: (node) => <code class="break">{plain(node.address || "–")}</code> },
            { name: "Knows", number: true, cell: (node) => grouped(neighbours.get(node.id)?.size ?? 0) },
            { name: "Height", number: true, cell: (node) => (node.height ? grouped(node.height) : "–") },
            { name: "Program", cell: (node) => plain(node.client || "–") },
          ]}
        />
      </details>
    </>
  );
}

function neighboursOf({ nodes, edges }: Topology): Map<string, Set<string>> {
  const all = new Map(nodes.map((node) => [node.id, new Set<string>()]));
  for (const { from, to } of edges) {
    if (from === to || !all.has(from) || !all.has(to)) continue;
    all.get(from)?.add(to);
    all.get(to)?.add(from);
  }
  return all;
}
