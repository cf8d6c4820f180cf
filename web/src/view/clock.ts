// The time of day for what is shown relative to it: one ticker for all.

import { signalOf, useSignal, type Signal } from "../signal";

const second: Signal<number> = signalOf(Math.floor(Date.now() / 1000));

setInterval(() => {
  if (!document.hidden) second.set(Math.floor(Date.now() / 1000));
}, 1000);

/** The time in unix seconds; who uses it is drawn anew each second. */
export function useNow(): number {
  return useSignal(second);
}
