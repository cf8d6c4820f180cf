// Sections, facts, tables, and what stands there while there is nothing to show.

import type { ComponentChildren } from "preact";
import { inWords, type Asked } from "../data";
import { withQuery } from "../router";

/** A page's head: what it is about, and its title, which gets the focus on coming here. */
export function Head({ kind, title, children }: { kind?: string; title: ComponentChildren; children?: ComponentChildren }) {
  return (
    <header class="head">
      {kind === undefined ? null : <p class="kind">{kind}</p>}
      <h1 tabIndex={-1}>{title}</h1>
      {children}
    </header>
  );
}

/** A part of a page. */
export function Section({ title, note, children }: { title: string; note?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="section">
      <div class="section-head">
        <h2>{title}</h2>
        {note === undefined ? null : <div class="note">{note}</div>}
      </div>
      {children}
    </section>
  );
}

/** Names and what they are. */
export function Facts({ rows }: { rows: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A large number with its name. */
export function Tile({ name, children, note }: { name: string; children: ComponentChildren; note?: ComponentChildren }) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd>
        <strong>{children}</strong>
        {note === undefined ? null : <span class="note">{note}</span>}
      </dd>
    </div>
  );
}

/** A column of a table. */
export interface Column<T> {
  name: string;
  /** Numbers stand at the right. */
  number?: boolean;
  cell: (row: T) => ComponentChildren;
}

/** A table; on a narrow screen each row becomes a card, which the roles keep a row. */
export function Table<T>(props: {
  label: string;
  columns: Column<T>[];
  rows: readonly T[];
  id: (row: T) => string | number;
}) {
  const { label, columns, rows, id } = props;
  return (
    <div class="table-wrap" role="region" aria-label={label}>
      <table role="table" aria-label={label}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column.name} role="columnheader" scope="col" class={column.number ? "number" : undefined}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={id(row)} role="row" class="row">
              {columns.map((column) => (
                <td key={column.name} role="cell" data-name={column.name} class={column.number ? "number" : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What is shown of an answer: itself, or that it comes, failed, or is nothing. */
export function Shown<T>(props: {
  of: Asked<T>;
  children: (data: NonNullable<T>) => ComponentChildren;
  /** What to show if the answer is `null`. */
  missing?: ComponentChildren;
}) {
  const { of, children, missing } = props;
  if (of.data === undefined) {
    if (of.error !== undefined) return <Failed error={of.error} retry={of.retry} />;
    return <Loading />;
  }
  if (of.data === null) return <Empty>{missing ?? "There is nothing here."}</Empty>;
  return <>{children(of.data as NonNullable<T>)}</>;
}

export function Loading() {
  return (
    <div class="loading" role="status">
      <span class="hidden">Loading</span>
      <i />
      <i />
      <i />
    </div>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

export function Failed({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <div class="failed" role="alert">
      <p>{inWords(error)}</p>
      <button type="button" onClick={retry}>
        Ask again
      </button>
    </div>
  );
}

/** Pages of a list by their index. */
export function Pager({ name = "page", page, size, count }: { name?: string; page: number; size: number; count: number }) {
  const last = Math.max(0, Math.ceil(count / size) - 1);
  if (last === 0) return null;
  const link = (to: number, text: string, rel: string, on: boolean) =>
    on ? (
      <a href={withQuery({ [name]: to === 0 ? null : to })} rel={rel} data-step={rel}>
        {text}
      </a>
    ) : (
      <span class="off" aria-disabled="true">
        {text}
      </span>
    );
  return (
    <nav class="pager" aria-label="Pages of the list">
      {link(0, "First", "first", page > 0)}
      {link(Math.max(0, page - 1), "Previous", "prev", page > 0)}
      <span>
        Page {page + 1} of {last + 1}
      </span>
      {link(Math.min(last, page + 1), "Next", "next", page < last)}
      {link(last, "Last", "last", page < last)}
    </nav>
  );
}

/** A number in the address, from 0. */
export function pageOf(query: URLSearchParams, name = "page"): number {
  const page = Number(query.get(name) ?? 0);
  return Number.isSafeInteger(page) && page > 0 ? page : 0;
}

/** Parts of a page of which one is shown; each has an address of its own. */
export function Tabs({ tabs, now }: { tabs: [string, string][]; now: string }) {
  return (
    <nav class="tabs" aria-label="Parts of this page">
      {tabs.map(([id, name], at) => (
        <a
          key={id}
          href={withQuery({ tab: at === 0 ? null : id, page: null })}
          aria-current={id === now ? "page" : undefined}
        >
          {name}
        </a>
      ))}
    </nav>
  );
}
