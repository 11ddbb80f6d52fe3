/** What the keys do on a node of the drawing. */

import type { Way } from "./places";
import type { Iri } from "../words";

export interface Actions {
  open(iri: Iri): void;
  focus(iri: Iri): void;
  step(from: Iri, way: Way): void;
  remove(iri: Iri): void;
  pin(iri: Iri): void;
  zoom(factor: number): void;
  pan(dx: number, dy: number): void;
  fit(): void;
}

const WAYS: Record<string, Way> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const STEP = 60;

/** Answers one key; keys with Ctrl, Alt or Meta are the browser's. */
export function keyed(event: KeyboardEvent, actions: Actions): void {
  const iri = (event.target as Element).closest("[data-iri]")?.getAttribute("data-iri");
  if (!iri || event.ctrlKey || event.metaKey || event.altKey) return;
  const way = WAYS[event.key];
  if (way && event.shiftKey) actions.pan(...shift(way));
  else if (way) actions.step(iri, way);
  else if (event.key === "Enter" || event.key === " ") actions.open(iri);
  else if (event.key === "Delete" || event.key === "Backspace") actions.remove(iri);
  else if (event.key === "p" || event.key === "P") actions.pin(iri);
  else if (event.key === "+" || event.key === "=") actions.zoom(1.25);
  else if (event.key === "-") actions.zoom(0.8);
  else if (event.key === "0") actions.fit();
  else return;
  event.preventDefault();
}

function shift(way: Way): [number, number] {
  if (way === "left") return [STEP, 0];
  if (way === "right") return [-STEP, 0];
  return way === "up" ? [0, STEP] : [0, -STEP];
}
