// Answers of the node for a page: kept while newer ones are under way, so that nothing flickers.

import { useEffect, useRef, useState } from "preact/hooks";
import { live } from "./live";
import { call, RpcError, Unreachable } from "./rpc/client";
import { useSelected } from "./signal";

/** What is known about an answer. */
export interface Asked<T> {
  /** The newest answer. */
  data: T | undefined;
  /** Why there is none, or no newer one. */
  error: Error | undefined;
  /** Whether nothing is known yet. */
  loading: boolean;
  /** Asks again. */
  retry: () => void;
}

/** Answers that are kept for pages that come back. */
const KEPT_MAX = 300;
const kept = new Map<string, unknown>();

function keep(key: string, value: unknown): void {
  kept.delete(key);
  kept.set(key, value);
  if (kept.size > KEPT_MAX) {
    const oldest = kept.keys().next();
    if (!oldest.done) kept.delete(oldest.value);
  }
}

/** Whether an answer is asked for again with each momentum. */
export type Freshness = "live" | "once";

/** The answer to one call; `null` asks nothing. */
export function useCall<T>(method: string, params: readonly unknown[] | null, freshness: Freshness = "live"): Asked<T> {
  const key = params === null ? null : `${method} ${JSON.stringify(params)}`;
  return useAsked(key, () => call<T>(method, params ?? []), freshness);
}

/** An answer made of several calls; `key` says which one it is. */
export function useAsked<T>(key: string | null, ask: () => Promise<T>, freshness: Freshness = "live"): Asked<T> {
  const moment = useSelected(live, (state) => (freshness === "live" ? (state.newest?.hash ?? "") : ""));
  const back = useSelected(live, (state) => state.way !== "offline");
  const [tries, setTries] = useState(0);
  const [, draw] = useState(0);
  const answer = useRef<{ key: string | null; data: T | undefined; error: Error | undefined }>({
    key: null,
    data: undefined,
    error: undefined,
  });
  const newestAsk = useRef(0);
  if (answer.current.key !== key) {
    answer.current = { key, data: key === null ? undefined : (kept.get(key) as T | undefined), error: undefined };
  }
  useEffect(() => {
    if (key === null) return;
    const mine = ++newestAsk.current;
    ask().then(
      (data) => {
        keep(key, data);
        if (mine !== newestAsk.current || answer.current.key !== key) return;
        answer.current = { key, data, error: undefined };
        draw((count) => count + 1);
      },
      (error: Error) => {
        if (mine !== newestAsk.current || answer.current.key !== key) return;
        const data = error instanceof RpcError ? undefined : answer.current.data;
        answer.current = { key, data, error };
        draw((count) => count + 1);
      },
    );
  }, [key, moment, back, tries]);
  const { data, error } = answer.current;
  return {
    data,
    error,
    loading: key !== null && data === undefined && error === undefined,
    retry: () => setTries((count) => count + 1),
  };
}

/** An error in words for readers. */
export function inWords(error: Error): string {
  if (error instanceof RpcError) {
    if (error.isUnserved) return "This node does not serve the method that the page needs.";
    return `The node says: ${error.message}`;
  }
  if (error instanceof Unreachable) return "The node does not answer. It is asked again as soon as it is back.";
  return error.message;
}
