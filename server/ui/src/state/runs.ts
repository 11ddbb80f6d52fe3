/** The runs of this page's life: each answer's `Ambit-Run`, newest first. Nothing of it outlives the page. */

import { Store } from "./store";
import type { Iri } from "../words";

export interface RecentRun {
  iri: Iri;
  what: string;
  at: Date;
  /** Made by the explorer itself, while somebody types or a drawing is filled in. */
  background: boolean;
}

const MOST = 200;

export const recentRuns = new Store<readonly RecentRun[]>([]);

/** Keeps a run; one that is there already stays where it is. */
export function keepRun(iri: Iri, what: string, background: boolean, at = new Date()): void {
  recentRuns.update((runs) =>
    runs.some((run) => run.iri === iri) ? runs : [{ iri, what, at, background }, ...runs].slice(0, MOST),
  );
}

export function forgetRuns(): void {
  recentRuns.set([]);
}
