// Addresses of pages: paths below /explorer/, with the browser's own history.

import { signalOf, type Signal } from "./signal";

export const BASE = "/explorer/";

export interface Place {
  /** The path's parts, decoded. */
  parts: string[];
  query: URLSearchParams;
  /** The whole address below the root, to tell places apart. */
  key: string;
}

/** How a place was come to. */
export type Arrival = "first" | "link" | "history" | "within";

export const place: Signal<{ place: Place; arrival: Arrival }> = signalOf({ place: here(), arrival: "first" });

/** Where readers had scrolled to, by history entry. */
const scrolls = new Map<string, number>();
let entry = String(Date.now());

function here(): Place {
  const path = location.pathname.startsWith(BASE) ? location.pathname.slice(BASE.length) : "";
  const parts = path.split("/").filter((part) => part !== "").map(decoded);
  return { parts, query: new URLSearchParams(location.search), key: path + location.search };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a page. */
export function to(...parts: (string | number)[]): string {
  return BASE + parts.map((part) => encodeURIComponent(String(part))).join("/");
}

/** The address of this page with other query values; `null` takes one away. */
export function withQuery(changes: Record<string, string | number | null>): string {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, String(value));
  }
  const text = query.toString();
  return location.pathname + (text === "" ? "" : `?${text}`);
}

/** Goes to a page. */
export function go(address: string, how: "push" | "replace" = "push"): void {
  const path = location.pathname;
  scrolls.set(entry, scrollY);
  if (how === "push") {
    entry = String(Date.now()) + Math.floor(performance.now());
    history.pushState(entry, "", address);
  } else history.replaceState(entry, "", address);
  place.set({ place: here(), arrival: location.pathname === path ? "within" : "link" });
}

/** Where to scroll to on coming back. */
export function scrollHere(): number {
  return scrolls.get(entry) ?? 0;
}

/** Lets links and the browser's buttons change the place. */
export function listen(): void {
  history.scrollRestoration = "manual";
  history.replaceState(entry, "");
  // By the time that history moves, the browser may have moved the page already.
  let last = 0;
  addEventListener("scroll", () => (last = scrollY), { passive: true });
  addEventListener("popstate", (event) => {
    scrolls.set(entry, last);
    entry = typeof event.state === "string" ? event.state : "";
    place.set({ place: here(), arrival: "history" });
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!(link instanceof HTMLAnchorElement) || link.target !== "" || link.hasAttribute("download")) return;
    if (link.origin !== location.origin || !link.pathname.startsWith(BASE) || link.hash !== "") return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
