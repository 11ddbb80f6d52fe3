/** Dark or light: what the system prefers, until the toggle says otherwise. The only thing that is stored. */

import { Store } from "./store";

export type Theme = "dark" | "light";
const KEY = "ambit-theme";

function preferred(): Theme {
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function stored(): Theme | null {
  try {
    const found = localStorage.getItem(KEY);
    return found === "dark" || found === "light" ? found : null;
  } catch {
    return null;
  }
}

export const theme = new Store<Theme>("light");

export function startTheme(): void {
  apply(stored() ?? preferred());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    if (!stored()) apply(preferred());
  });
}

export function toggleTheme(): void {
  const next = theme.value === "dark" ? "light" : "dark";
  apply(next);
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // a browser that stores nothing forgets the choice
  }
}

function apply(next: Theme): void {
  document.documentElement.dataset["theme"] = next;
  theme.set(next);
}

export function reducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
