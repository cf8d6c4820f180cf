// A value that others may watch.

import { useEffect, useState } from "preact/hooks";

export interface Signal<T> {
  get(): T;
  set(value: T): void;
  /** Calls `watcher` after each change, until what is given back is called. */
  watch(watcher: () => void): () => void;
}

export function signalOf<T>(first: T): Signal<T> {
  let value = first;
  const watchers = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(value, next)) return;
      value = next;
      for (const watcher of [...watchers]) watcher();
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

/** The value of a signal; who uses it is drawn anew when it changes. */
export function useSignal<T>(signal: Signal<T>): T {
  return useSelected(signal, (value) => value);
}

/** A part of a signal's value; only changes of that part matter. */
export function useSelected<T, P>(signal: Signal<T>, select: (value: T) => P): P {
  const [part, setPart] = useState(() => select(signal.get()));
  useEffect(() => {
    const look = (): void => setPart(() => select(signal.get()));
    look();
    return signal.watch(look);
  }, [signal]);
  return part;
}
