/** Who asks, and why: the session as the page knows it. It never holds a token. */

import { closeSession, currentSession, looksLikeToken, openSession, refusedSlip, tidied } from "../api/session";
import { Problem, asProblem } from "../api/problem";
import { askFor, onSignedOut } from "../api/http";
import { forgetRuns } from "./runs";
import { Store } from "./store";
import type { Iri, Session } from "../words";

export interface Signed {
  status: "unknown" | "out" | "in";
  session: Session | null;
  purpose: Iri | null;
  /** Counts changes of who asks or why: what was read before belongs to another view. */
  view: number;
  problem: Problem | null;
}

export const signed = new Store<Signed>({ status: "unknown", session: null, purpose: null, view: 0, problem: null });

export async function startSession(): Promise<void> {
  onSignedOut((problem) => enter(null, new Problem("the session has ended", problem.code, "sign in with a new token")));
  try {
    enter(await currentSession());
  } catch (thrown) {
    enter(null, asProblem(thrown));
  }
}

/** Signs in; what it throws is a `Problem` that says what to do. */
export async function signIn(pasted: string): Promise<void> {
  const token = tidied(pasted);
  if (!looksLikeToken(token)) throw refusedSlip();
  enter(await openSession(token));
}

export async function signOut(): Promise<void> {
  try {
    await closeSession();
    enter(null);
  } catch (thrown) {
    signed.update((now) => ({ ...now, problem: asProblem(thrown) }));
  }
}

/** Asks for another purpose from now on; what was read for the one before leaves the page. */
export function choosePurpose(purpose: Iri | null): void {
  if (purpose === signed.value.purpose) return;
  askFor(purpose);
  signed.update((now) => ({ ...now, purpose, view: now.view + 1, problem: null }));
}

function enter(session: Session | null, problem: Problem | null = null): void {
  const purpose = session?.purposes?.length === 1 ? (session.purposes[0] ?? null) : null;
  askFor(purpose);
  forgetRuns();
  const view = signed.value.view + 1;
  signed.set({ status: session ? "in" : "out", session, purpose, view, problem });
}
