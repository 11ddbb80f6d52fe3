/** The session: a token is given once, in exchange for a cookie that no script can read, and then forgotten here. */

import { Problem, isRecord, problemOf } from "./problem";
import { jsonOf } from "./http";
import type { Session } from "../words";

const MAKE_ONE = "make a new one with `ambit token WORKSPACE --subject IRI`, or take one that `ambit demo` printed";

/** Who is signed in; null when nobody is. */
export async function currentSession(): Promise<Session | null> {
  const response = await fetch("/session", { headers: { Accept: "application/json" } });
  const body = await jsonOf(response);
  if (!response.ok) throw problemOf(response.status, body);
  return sessionOf(body);
}

/** Signs in with a token. It goes into the body of one request, and nowhere else. */
export async function openSession(token: string): Promise<Session> {
  const response = await fetch("/session", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ token }),
  });
  const body = await jsonOf(response);
  if (!response.ok) throw withHint(problemOf(response.status, body));
  const session = sessionOf(body);
  if (!session) throw new Problem("the server made no session of this token", "session", MAKE_ONE, response.status);
  return session;
}

export async function closeSession(): Promise<void> {
  const response = await fetch("/session", { method: "DELETE" });
  if (!response.ok) throw problemOf(response.status, await jsonOf(response));
}

/** The text of a token as pasted: without the space around it, quotes, or the word that precedes it in a header. */
export function tidied(pasted: string): string {
  return pasted
    .trim()
    .replace(/^export\s+\w+=|^\w+=/u, "")
    .replace(/^["']|["']$/gu, "")
    .replace(/^(?:authorization:\s*)?bearer\s+/iu, "")
    .replace(/\s+/gu, "");
}

/** Whether a text has the form of a token at all, so that a slip need not be sent. */
export function looksLikeToken(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/u.test(text);
}

export function refusedSlip(): Problem {
  return new Problem("this is not a token: three parts joined by full stops are expected", "token-malformed", MAKE_ONE);
}

function withHint(problem: Problem): Problem {
  if (problem.status !== 401 && problem.status !== 400) return problem;
  const hint = problem.hint?.includes("ambit token") ? problem.hint : MAKE_ONE;
  return new Problem(problem.message, problem.code, hint, problem.status);
}

function sessionOf(body: unknown): Session | null {
  if (!isRecord(body) || typeof body["user"] !== "string") return null;
  const { user, agents, purposes, expires } = body;
  return {
    user,
    agents: Array.isArray(agents) ? agents.filter((one) => typeof one === "string") : [],
    purposes: Array.isArray(purposes) ? purposes.filter((one) => typeof one === "string") : null,
    expires: typeof expires === "string" ? expires : "",
  };
}

