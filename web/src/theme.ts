// Light, dark, or as the system has it. Only this choice is kept in the browser.

import { signalOf, type Signal } from "./signal";

export type Theme = "system" | "light" | "dark";

const KEY = "explorer.theme";
const ORDER: Theme[] = ["system", "light", "dark"];

export const theme: Signal<Theme> = signalOf<Theme>(stored());

function stored(): Theme {
  try {
    const text = localStorage.getItem(KEY);
    return ORDER.find((known) => known === text) ?? "system";
  } catch {
    return "system";
  }
}

/** Shows the page in the chosen theme. */
export function applyTheme(): void {
  const chosen = theme.get();
  if (chosen === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
}

/** Goes on to the next theme. */
export function nextTheme(): void {
  const next = ORDER[(ORDER.indexOf(theme.get()) + 1) % ORDER.length] ?? "system";
  theme.set(next);
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Where nothing may be kept, the choice holds for this visit.
  }
  applyTheme();
}
