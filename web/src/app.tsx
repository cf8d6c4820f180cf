// The frame around every page: skip link, header, navigation, the page, and where focus and scroll go.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { live, pause } from "./live";
import { pageAt } from "./pages";
import { place, scrollHere, to, type Place } from "./router";
import { Search } from "./search/box";
import { Shortcuts, useShortcuts } from "./shortcuts";
import { useSelected, useSignal } from "./signal";
import { nextTheme, theme } from "./theme";
import { grouped } from "./format/amount";
import { Time } from "./view/basics";

/** The navigation, in groups. */
const MENU: [string, string][][] = [
  [
    ["", "Overview"],
    ["momentums", "Momentums"],
    ["blocks", "Blocks"],
    ["charts", "Charts"],
  ],
  [
    ["pillars", "Pillars"],
    ["sentinels", "Sentinels"],
    ["tokens", "Tokens"],
    ["projects", "Projects"],
    ["sporks", "Sporks"],
  ],
  [
    ["contracts", "Contracts"],
    ["network", "Network"],
  ],
];

/** To which entry of the navigation a page belongs. */
const OF: Record<string, string> = {
  momentum: "momentums",
  block: "blocks",
  pillar: "pillars",
  token: "tokens",
  project: "projects",
  contract: "contracts",
};

export function App() {
  const { place: now, arrival } = useSignal(place);
  const [menu, setMenu] = useState(false);
  const [help, setHelp] = useState(false);
  const main = useRef<HTMLElement>(null);
  useShortcuts(() => setHelp(true));

  useLayoutEffect(() => {
    setMenu(false);
    if (arrival === "link") {
      scrollTo(0, 0);
      main.current?.querySelector("h1")?.focus({ preventScroll: true });
    }
    if (arrival === "history") restoreScroll();
  }, [now.key]);

  return (
    <>
      <a class="skip" href="#main" onClick={(event) => skip(event, main.current)}>
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={to()}>
          <svg viewBox="0 0 22 20" aria-hidden="true" focusable="false">
            <path d="M1 10h4v10H1zM7 4h4v16H7zM13 7h4v13h-4zM19 0h3v20h-3z" />
          </svg>
          Explorer
        </a>
        <Search />
        <News />
        <ThemeSwitch />
        <button
          type="button"
          class="menu-button"
          aria-expanded={menu}
          aria-controls="menu"
          onClick={() => setMenu(!menu)}
        >
          Menu
        </button>
      </header>
      <div class="frame">
        <nav id="menu" class={menu ? "menu open" : "menu"} aria-label="Pages">
          {MENU.map((group, at) => (
            <ul key={at}>
              {group.map(([path, name]) => (
                <li key={path}>
                  <a href={to(...(path === "" ? [] : [path]))} aria-current={belongs(now, path)}>
                    {name}
                  </a>
                </li>
              ))}
            </ul>
          ))}
          <button type="button" class="keys" onClick={() => setHelp(true)}>
            Shortcuts <kbd>?</kbd>
          </button>
        </nav>
        <main id="main" ref={main} tabIndex={-1}>
          <Offline />
          <Page now={now} />
        </main>
      </div>
      <Shortcuts open={help} close={() => setHelp(false)} />
    </>
  );
}

function skip(event: Event, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}

function belongs(now: Place, path: string): "page" | undefined {
  const [first = ""] = now.parts;
  return (OF[first] ?? first) === path ? "page" : undefined;
}

/** The page at a place, drawn anew for each page but not for each part of one. */
function Page({ now }: { now: Place }) {
  const { title, content, id } = pageAt(now);
  useEffect(() => {
    document.title = title === "" ? "Explorer" : `${title} · Explorer`;
  }, [title]);
  return <article key={id}>{content}</article>;
}

/** A page that comes back needs its rows first, which may come a little later. */
function restoreScroll(): void {
  const goal = scrollHere();
  const until = performance.now() + 1_000;
  let last = -1;
  const attempt = (): void => {
    if (last >= 0 && scrollY !== last) return;
    scrollTo(0, goal);
    last = scrollY;
    if (Math.abs(scrollY - goal) > 1 && performance.now() < until) requestAnimationFrame(attempt);
  };
  attempt();
}

const WAYS = {
  starting: "Connecting",
  socket: "Live",
  polling: "Polling",
  offline: "Offline",
} as const;

/** How news come, and the newest height; the button stops them. */
function News() {
  const { way, newest, paused } = useSignal(live);
  const word = paused ? "Paused" : WAYS[way];
  return (
    <div class={`news ${paused ? "paused" : way}`}>
      <button
        type="button"
        onClick={() => pause(!paused)}
        aria-pressed={paused}
        title={paused ? "Let news come again (p)" : "Stop the news (p)"}
      >
        <i aria-hidden="true" />
        <span class="word">{word}</span>
        <span class="hidden">, {paused ? "let news come again" : "stop the news"}</span>
      </button>
      {newest === null ? null : (
        <a href={to("momentum", newest.height)} title="The newest momentum">
          <span class="hidden">Newest momentum </span>
          <b>{grouped(newest.height)}</b>
          <span class="ago">
            <Time at={newest.timestamp} />
          </span>
        </a>
      )}
      <span class="hidden" role="status">
        {way === "offline" ? "The node does not answer." : ""}
      </span>
    </div>
  );
}

function Offline() {
  const way = useSelected(live, (state) => state.way);
  if (way !== "offline") return null;
  return (
    <p class="offline">
      The node does not answer; what stands here may be old. It is asked again every few seconds.
    </p>
  );
}

function ThemeSwitch() {
  const chosen = useSignal(theme);
  return (
    <button type="button" class="theme" onClick={nextTheme} title={`Theme: ${chosen} (t)`}>
      <span class="hidden">Theme: {chosen}</span>
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        {chosen === "system" ? (
          <path class="solid" d="M8 2a6 6 0 010 12zM8 1a7 7 0 100 14A7 7 0 008 1zm0 1.4a5.6 5.6 0 110 11.2A5.6 5.6 0 018 2.4z" />
        ) : chosen === "light" ? (
          <path d="M8 5a3 3 0 100 6 3 3 0 000-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9L13 13M3 13l1.1-1.1M11.9 4.1L13 3" />
        ) : (
          <path d="M13.5 9.5A6 6 0 016.5 2.5a6 6 0 107 7z" />
        )}
      </svg>
    </button>
  );
}
