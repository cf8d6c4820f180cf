// The newest momentum as it comes: by WebSocket, by asking where there is none, and again after a break.

import { signalOf, type Signal } from "./signal";
import { call } from "./rpc/client";
import type { Momentum } from "./rpc/types";

/** How news come. */
export type Way = "starting" | "socket" | "polling" | "offline";

export interface State {
  way: Way;
  /** The newest momentum that is known. */
  newest: Momentum | null;
  /** Whether the reader has stopped the news. */
  paused: boolean;
}

/** Time between two questions without a socket. */
const POLL_MS = 2_000;
/** A socket that tells nothing for this long is asked beside. */
const QUIET_MS = 15_000;
/** Times between attempts to open a socket again. */
const RETRY_MS = [500, 1_000, 2_000, 5_000, 15_000];

export const live: Signal<State> = signalOf<State>({ way: "starting", newest: null, paused: false });

let socket: WebSocket | null = null;
let attempts = 0;
let asking = false;
let askAgain = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let heard = 0;

/** Begins to follow the chain. */
export function follow(): void {
  void ask();
  open();
  setTimeout(tick, POLL_MS);
  addEventListener("online", () => void ask());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void ask();
  });
}

/** Stops the news, or lets them come again. */
export function pause(paused: boolean): void {
  live.set({ ...live.get(), paused });
  if (!paused) void ask();
}

/** Asks for the newest momentum now. */
export async function ask(): Promise<void> {
  if (asking) {
    askAgain = true;
    return;
  }
  asking = true;
  try {
    const newest = await call<Momentum>("ledger.getFrontierMomentum");
    heard = Date.now();
    const state = live.get();
    const way = socket?.readyState === WebSocket.OPEN ? "socket" : state.way === "starting" ? "starting" : "polling";
    take(way, newest);
  } catch {
    live.set({ ...live.get(), way: "offline" });
  } finally {
    asking = false;
    if (askAgain) {
      askAgain = false;
      void ask();
    }
  }
}

function take(way: Way, newest: Momentum): void {
  const state = live.get();
  const kept = state.paused && state.newest !== null ? state.newest : newest;
  if (state.way === way && state.newest?.hash === kept.hash) return;
  live.set({ ...state, way, newest: kept });
}

/** Asks beside a socket that is silent, or instead of one. */
function tick(): void {
  const open = socket?.readyState === WebSocket.OPEN;
  const due = open ? Date.now() - heard > QUIET_MS : true;
  if (due && !document.hidden) void ask();
  setTimeout(tick, POLL_MS);
}

function open(): void {
  clearTimeout(timer);
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  let opened: WebSocket;
  try {
    opened = new WebSocket(`${scheme}://${location.host}/explorer/ws`);
  } catch {
    later();
    return;
  }
  socket = opened;
  opened.onopen = () => {
    attempts = 0;
    opened.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ledger.subscribe", params: ["momentums"] }));
    void ask();
  };
  opened.onmessage = (event: MessageEvent) => {
    heard = Date.now();
    if (typeof event.data === "string" && event.data.includes("ledger.subscription")) void ask();
  };
  opened.onclose = () => {
    if (socket === opened) socket = null;
    const state = live.get();
    if (state.way === "socket" || state.way === "starting") live.set({ ...state, way: "polling" });
    void ask();
    later();
  };
}

function later(): void {
  const wait = RETRY_MS[Math.min(attempts, RETRY_MS.length - 1)] ?? POLL_MS;
  attempts += 1;
  timer = setTimeout(open, wait);
}
