// Keys: one sign each, none where text is typed or with a modifier held.

import { useEffect, useRef } from "preact/hooks";
import { live, pause } from "./live";
import { go, to } from "./router";
import { nextTheme } from "./theme";

/** What follows `g`. */
const GOES: Record<string, [string, string]> = {
  o: ["", "overview"],
  m: ["momentums", "momentums"],
  b: ["blocks", "blocks"],
  c: ["charts", "charts"],
  p: ["pillars", "pillars"],
  s: ["sentinels", "sentinels"],
  t: ["tokens", "tokens"],
  a: ["projects", "accelerator projects"],
  k: ["sporks", "sporks"],
  e: ["contracts", "embedded contracts"],
  n: ["network", "network"],
};

const KEYS: [string, string][] = [
  ["/", "search"],
  ["j k", "next, previous row"],
  ["Enter", "open the row"],
  ["[ ]", "previous, next page or momentum"],
  ["p", "stop the news, let them come again"],
  ["t", "theme: system, light, dark"],
  ["?", "this list"],
];

/** Listens for the keys. */
export function useShortcuts(help: () => void): void {
  const shown = useRef(help);
  shown.current = help;
  useEffect(() => {
    let going = 0;
    const pressed = (event: KeyboardEvent): void => {
      if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
      const target = event.target;
      if (target instanceof HTMLElement && target.closest("input, textarea, select, dialog, [data-keys]")) return;
      if (Date.now() - going < 1_500) {
        going = 0;
        const goal = GOES[event.key];
        if (goal !== undefined) {
          event.preventDefault();
          go(to(...(goal[0] === "" ? [] : [goal[0]])));
        }
        return;
      }
      if (act(event.key, shown.current)) event.preventDefault();
      else if (event.key === "g") going = Date.now();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

function act(key: string, help: () => void): boolean {
  switch (key) {
    case "/": {
      document.querySelector<HTMLInputElement>("#search")?.focus();
      return true;
    }
    case "j":
      return row(1);
    case "k":
      return row(-1);
    case "[":
      return step("prev");
    case "]":
      return step("next");
    case "p":
      pause(!live.get().paused);
      return true;
    case "t":
      nextTheme();
      return true;
    case "?":
      help();
      return true;
    default:
      return false;
  }
}

/** Moves the focus to the first link of the row that many further. */
function row(by: number): boolean {
  const links = [...document.querySelectorAll<HTMLElement>("main .row")]
    .map((row) => row.querySelector<HTMLElement>("a, button"))
    .filter((link) => link !== null);
  const now = document.activeElement?.closest(".row");
  const at = links.findIndex((link) => link.closest(".row") === now);
  const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, at + by));
  const link = links[next];
  link?.focus();
  return link !== undefined;
}

function step(rel: "prev" | "next"): boolean {
  const link = document.querySelector<HTMLAnchorElement>(`main a[data-step="${rel}"]`);
  link?.click();
  return link !== null;
}

/** The list of keys. */
export function Shortcuts({ open, close }: { open: boolean; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open && dialog.current && !dialog.current.open) dialog.current.showModal();
  }, [open]);
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="keys-title">
      <form method="dialog">
        <h2 id="keys-title">Shortcuts</h2>
        <button aria-label="Close">✕</button>
      </form>
      <div class="keys-list">
        <dl>
          {KEYS.map(([key, does]) => (
            <div key={key}>
              <dt>
                {key.split(" ").map((sign) => (
                  <kbd key={sign}>{sign}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <dl>
          {Object.entries(GOES).map(([key, [, name]]) => (
            <div key={key}>
              <dt>
                <kbd>g</kbd>
                <kbd>{key}</kbd>
              </dt>
              <dd>{name}</dd>
            </div>
          ))}
        </dl>
      </div>
    </dialog>
  );
}
