import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { looksLikeToken, tidied } from "../src/api/session";
import { Problem } from "../src/api/problem";
import { postJson } from "../src/api/http";
import { recentRuns } from "../src/state/runs";
import { choosePurpose, signIn, signOut, signed, startSession } from "../src/state/session";

const TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1cm46dXNlciJ9.c2lnbmF0dXJl";
const SESSION = { user: "urn:user", agents: ["urn:agent"], purposes: ["urn:p1", "urn:p2"], expires: "2030-01-01T00:00:00Z" };

interface Call {
  path: string;
  init: RequestInit;
}

let calls: Call[] = [];
const written: string[] = [];

function answering(answer: (call: Call) => Response) {
  calls = [];
  vi.stubGlobal("fetch", (path: string, init: RequestInit = {}) => {
    calls.push({ path, init });
    return Promise.resolve(answer({ path, init }));
  });
}

function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}

beforeEach(() => {
  written.length = 0;
  const storage = { setItem: (key: string, value: string) => written.push(key, value), getItem: () => null };
  vi.stubGlobal("localStorage", storage);
  vi.stubGlobal("sessionStorage", storage);
  vi.stubGlobal("location", { href: "http://127.0.0.1/", hash: "" });
});
afterEach(() => vi.unstubAllGlobals());

describe("signing in", () => {
  it("sends the token in one body and keeps it nowhere", async () => {
    answering(() => json(SESSION));
    await signIn(`  Bearer ${TOKEN}\n`);
    expect(calls.map(({ path, init }) => [path, init.method, init.body])).toEqual([["/session", "POST", JSON.stringify({ token: TOKEN })]]);
    expect(signed.value.status).toBe("in");
    for (const part of TOKEN.split(".")) {
      expect(JSON.stringify([signed.value, recentRuns.value])).not.toContain(part);
      expect(written.join(" ") + location.href + location.hash).not.toContain(part);
    }
    await postJson("/graphql", {}, { what: "x" });
    expect(JSON.stringify(calls.at(-1))).not.toContain(TOKEN);
  });

  it("does not send what is no token, and says what to do", async () => {
    answering(() => json(SESSION));
    const problem = await signIn("hello").catch((thrown: unknown) => thrown);
    expect(problem).toBeInstanceOf(Problem);
    expect((problem as Problem).hint).toContain("ambit token");
    expect(calls).toEqual([]);
  });

  it("tells why a token was refused, and what to do", async () => {
    answering(() => json({ code: "token-invalid", detail: "the token has expired" }, 401));
    const problem = (await signIn(TOKEN).catch((thrown: unknown) => thrown)) as Problem;
    expect([problem.message, problem.code]).toEqual(["the token has expired", "token-invalid"]);
    expect(problem.hint).toContain("ambit token");
    expect(JSON.stringify({ ...problem, message: problem.message })).not.toContain(TOKEN);
  });

  it("takes a token as it was copied", () => {
    expect(tidied(`export support_refund="${TOKEN}"`.replace('"', ""))).toBe(TOKEN);
    expect(tidied(`"${TOKEN}"`)).toBe(TOKEN);
    expect(tidied(`Authorization: Bearer ${TOKEN}`)).toBe(TOKEN);
    expect([looksLikeToken(TOKEN), looksLikeToken("a.b"), looksLikeToken("a.b.c d")]).toEqual([true, false, false]);
  });
});

describe("a session", () => {
  it("is found again without a token, and none is no error", async () => {
    answering(() => json({ user: null }));
    await startSession();
    expect([signed.value.status, signed.value.problem]).toEqual(["out", null]);
    answering(() => json(SESSION));
    await startSession();
    expect(signed.value.session?.user).toBe("urn:user");
  });

  it("names the purpose that was chosen, and calls off what was asked for another", async () => {
    answering(() => json(SESSION));
    await startSession();
    expect(signed.value.purpose).toBeNull();
    choosePurpose("urn:p1");
    await postJson("/graphql", {}, { what: "x" });
    expect((calls.at(-1)?.init.headers as Record<string, string>)["Ambit-Purpose"]).toBe("urn:p1");
    const before = calls.at(-1)?.init.signal;
    const { view } = signed.value;
    choosePurpose("urn:p2");
    expect([before?.aborted, signed.value.view]).toEqual([true, view + 1]);
  });

  it("keeps the runs of its answers until it ends", async () => {
    answering(({ path }) => (path === "/session" ? json(SESSION) : json({}, 200, { "Ambit-Run": "urn:run:1" })));
    await startSession();
    await postJson("/graphql", {}, { what: "search “x”" });
    await postJson("/graphql", {}, { what: "again" });
    expect(recentRuns.value.map(({ iri, what }) => [iri, what])).toEqual([["urn:run:1", "search “x”"]]);
    answering(() => new Response(null, { status: 204 }));
    await signOut();
    expect([signed.value.status, recentRuns.value]).toEqual(["out", []]);
  });

  it("ends when the server no longer knows it", async () => {
    answering(() => json(SESSION));
    await startSession();
    answering(() => json({ code: "token-expired", detail: "expired" }, 401));
    await expect(postJson("/graphql", {}, { what: "x" })).rejects.toBeInstanceOf(Problem);
    expect([signed.value.status, signed.value.session, signed.value.problem?.message]).toEqual(["out", null, "the session has ended"]);
  });
});
