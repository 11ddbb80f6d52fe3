/** What went wrong, in the server's words (RFC 9457 problem details, or GraphQL's errors). */

export class Problem extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly hint: string | null = null,
    readonly status = 0,
  ) {
    super(message);
  }
}

/** The problem of a response that is no success; `body` is what it holds, read as JSON where it is JSON. */
export function problemOf(status: number, body: unknown): Problem {
  if (isRecord(body) && typeof body["code"] === "string") {
    const { detail, title, hint, code } = body;
    return new Problem(text(detail) ?? text(title) ?? code, code, text(hint), status);
  }
  return new Problem(`the server answered with the status ${status}`, `http-${status}`, null, status);
}

/** The problem that GraphQL's `errors` tell; the first stands for all. */
export function problemOfErrors(errors: unknown): Problem | null {
  const first: unknown = Array.isArray(errors) ? errors[0] : null;
  if (!isRecord(first)) return null;
  const extensions = isRecord(first["extensions"]) ? first["extensions"] : {};
  return new Problem(
    text(first["message"]) ?? "the query failed",
    text(extensions["code"]) ?? "graphql",
    text(extensions["hint"]),
    200,
  );
}

/** Anything thrown, as a problem; null for what was called off on purpose. */
export function asProblem(thrown: unknown): Problem | null {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof DOMException && thrown.name === "AbortError") return null;
  if (thrown instanceof TypeError)
    return new Problem("the server does not answer", "unreachable", "is `ambit serve` still running?");
  return new Problem("something went wrong in this page", "page", thrown instanceof Error ? thrown.message : null);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | null {
  return typeof value === "string" && value ? value : null;
}
