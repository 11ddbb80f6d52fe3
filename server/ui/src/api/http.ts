/** The one place that talks to the server: same origin, by POST, with the session's cookie, which no script can read. */

import { Problem, problemOf } from "./problem";
import { keepRun } from "../state/runs";
import type { Iri } from "../words";

export interface Told<T> {
  body: T;
  run: Iri | null;
}

export interface Asking {
  /** What is asked, for the list of runs. */
  what: string;
  background?: boolean;
  signal?: AbortSignal | undefined;
  accept?: string;
}

/** What holds for every request at present: why it is made, and what ends it when that changes. */
const present: { purpose: Iri | null; life: AbortController; whenSignedOut: (problem: Problem) => void } = {
  purpose: null,
  life: new AbortController(),
  whenSignedOut: () => undefined,
};

/** From now on requests name this purpose; those under way are called off, for they were asked for another reason. */
export function askFor(purpose: Iri | null): void {
  present.life.abort();
  present.life = new AbortController();
  present.purpose = purpose;
}

export function onSignedOut(handler: (problem: Problem) => void): void {
  present.whenSignedOut = handler;
}

/** Posts JSON and gives back what came, read as JSON. */
export async function postJson<T>(path: string, body: unknown, asking: Asking): Promise<Told<T>> {
  return send<T>(path, JSON.stringify(body), "application/json", asking, (response) => response.json() as Promise<T>);
}

/** Posts a text of some media type and gives back text. */
export async function postText(path: string, body: string, type: string, asking: Asking): Promise<Told<Typed>> {
  return send<Typed>(path, body, type, asking, async (response) => ({
    type: (response.headers.get("Content-Type") ?? "").split(";")[0]?.trim() ?? "",
    text: await response.text(),
  }));
}

export interface Typed {
  type: string;
  text: string;
}

async function send<T>(
  path: string,
  body: string,
  type: string,
  asking: Asking,
  read: (response: Response) => Promise<T>,
): Promise<Told<T>> {
  const headers: Record<string, string> = { "Content-Type": type, Accept: asking.accept ?? "application/json" };
  if (present.purpose) headers["Ambit-Purpose"] = present.purpose;
  const signal = asking.signal ? AbortSignal.any([present.life.signal, asking.signal]) : present.life.signal;
  const response = await fetch(path, { method: "POST", body, headers, signal, credentials: "same-origin" });
  const run = response.headers.get("Ambit-Run");
  if (run) keepRun(run, asking.what, asking.background ?? false);
  if (response.ok) return { body: await read(response), run };
  const problem = problemOf(response.status, await jsonOf(response));
  if (response.status === 401) present.whenSignedOut(problem);
  throw problem;
}

/** What a response holds if it is JSON, else null. */
export async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}
