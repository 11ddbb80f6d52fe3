import { describe, expect, it } from "vitest";
import { problemOf, problemOfErrors, asProblem } from "../src/api/problem";
import { graphqlTable, sparqlTable } from "../src/console/results";
import { missingPrefix, optionsFor, variablesIn } from "../src/console/sparql-completion";
import { variablesOf } from "../src/console/run";
import { byProperty, numbered } from "../src/panel/sources";
import { START, following, usable } from "../src/parts/paging";
import { hrefTo, parseRoute } from "../src/state/route";

describe("a list in pages", () => {
  it("goes on with the cursor of the page before, and ends", () => {
    const first = following(START, ["a"], { hasNextPage: true, endCursor: "1" });
    expect([first.after, usable(first)]).toEqual(["1", true]);
    const last = following(first, ["b"], { hasNextPage: false, endCursor: "2" });
    expect([last.items, last.after, usable(last), last.read]).toEqual([["a", "b"], null, false, true]);
  });

  it("never asks again with a cursor it has used, or without one", () => {
    const first = following(START, ["a"], { hasNextPage: true, endCursor: "1" });
    expect(usable(following(first, ["a"], { hasNextPage: true, endCursor: "1" }))).toBe(false);
    expect(usable(following(START, [], { hasNextPage: true, endCursor: null }))).toBe(false);
    expect(usable({ ...first, busy: true })).toBe(false);
  });
});

describe("the fragment", () => {
  it("names a place, and IRIs survive it", () => {
    const iri = "https://a.example/x?y=1#z/ä b%20";
    expect(parseRoute(hrefTo("node", iri))).toEqual({ place: "node", iri, given: null });
    expect(parseRoute(hrefTo("why", "javascript:alert(1)")).iri).toBe("javascript:alert(1)");
  });

  it.each(["", "#", "#/", "#/nowhere", "#/node/", "#/run", "#/node/%E0%A4%A", "#//evil.example"])("that is %j leads to the start", (fragment) => {
    expect(parseRoute(fragment)).toEqual({ place: "graph", iri: null, given: null });
  });

  it("brings a query along for the box, and nothing for others", () => {
    expect(parseRoute("#/sparql?query=SELECT%20%2A").given).toBe("SELECT *");
    expect(parseRoute("#/ask?question=why%3F&query=no").given).toBe("why?");
    expect(parseRoute(`#/graphql?query=${"x".repeat(100_000)}`).given).toHaveLength(20_000);
  });
});

describe("problems", () => {
  it("are told in the server's words", () => {
    expect(problemOf(404, { code: "not-found", detail: "nothing", hint: "look" })).toMatchObject({ message: "nothing", code: "not-found", hint: "look", status: 404 });
    expect(problemOf(502, "<html>")).toMatchObject({ code: "http-502" });
    expect(problemOfErrors([{ message: "no", extensions: { code: "x", hint: "y" } }])).toMatchObject({ message: "no", code: "x", hint: "y" });
    expect(problemOfErrors(undefined)).toBeNull();
    expect(asProblem(new DOMException("", "AbortError"))).toBeNull();
    expect(asProblem(new TypeError("Failed to fetch"))?.code).toBe("unreachable");
  });
});

describe("answers as tables", () => {
  it("of SPARQL", () => {
    const answer = {
      head: { vars: ["a", "b"] },
      results: { bindings: [{ a: { type: "uri", value: "urn:x" }, b: { type: "literal", value: "=1+1", "xml:lang": "en" } }, { a: { type: "bnode", value: "n" } }] },
    };
    expect(sparqlTable(answer)).toEqual({
      columns: ["a", "b"],
      rows: [
        [{ text: "urn:x", iri: "urn:x", note: null }, { text: "=1+1", iri: null, note: "en" }],
        [{ text: "_:n", iri: null, note: null }, { text: "", iri: null, note: null }],
      ],
    });
    expect(sparqlTable({ head: {}, boolean: true })?.rows[0]?.[0]?.text).toBe("yes");
    expect(sparqlTable([])).toBeNull();
  });

  it("of GraphQL: the first list of objects, flattened", () => {
    const table = graphqlTable({ me: { iri: "urn:me" }, customers: { nodes: [{ iri: "urn:1", at: { city: "Lund" }, tags: ["a"] }, { iri: "urn:2", n: 0 }] } });
    expect(table?.columns).toEqual(["iri", "at.city", "tags", "n"]);
    expect(table?.rows[0]?.map((cell) => cell.text)).toEqual(["urn:1", "Lund", '["a"]', ""]);
    expect(table?.rows[1]?.[3]?.text).toBe("0");
    expect(graphqlTable({ me: { iri: "urn:me" } })).toBeNull();
    expect(graphqlTable(null)).toBeNull();
  });

  it("variables must be an object", () => {
    expect(variablesOf(" ")).toEqual({});
    expect(variablesOf('{"a": 1}')).toEqual({ a: 1 });
    for (const text of ["[1]", "3", "null", "{"]) expect(() => variablesOf(text)).toThrow("no JSON object");
  });
});

describe("completion of SPARQL", () => {
  const words = {
    classes: [{ iri: "https://a.example/ns#Order", label: "order", count: 3 }],
    properties: [{ iri: "https://b.example/odd/path", label: null }],
    prefixes: { hal: "https://a.example/ns#" },
  };

  it("offers the query's variables, and the words of the view by prefix or whole", () => {
    expect(variablesIn("SELECT ?b ?a WHERE { ?a ?p ?", 27)).toEqual(["?a", "?b", "?p"]);
    expect(optionsFor("?x", "?y ?x", 3, words).map(({ label }) => label)).toEqual(["?y"]);
    expect(optionsFor("hal:", "", 0, words).map(({ label }) => label)).toEqual(["hal:Order", "<https://b.example/odd/path>"]);
    expect(optionsFor("<", "", 0, words).map(({ label }) => label)).toContain("<https://a.example/ns#Order>");
    expect(optionsFor("SEL", "", 0, null).map(({ label }) => label)).toContain("SELECT");
  });

  it("declares a prefix once", () => {
    expect(missingPrefix("SELECT *", "hal:Order", words.prefixes)).toBe("PREFIX hal: <https://a.example/ns#>\n");
    expect(missingPrefix("prefix hal: <x>", "hal:Order", words.prefixes)).toBe("");
    expect(missingPrefix("", "nope:x", words.prefixes)).toBe("");
  });
});

describe("sources of statements", () => {
  const source = (record: string, location?: string) => ({ graph: `${record}#g`, record, source: "urn:s", ...(location ? { location } : {}) });
  const says = (property: string, value: string, ...sources: ReturnType<typeof source>[]) => ({
    predicate: { iri: property, label: null },
    value: { type: "literal" as const, value },
    sources,
    inferred: false,
  });

  it("are numbered once each, in the order in which they speak", () => {
    const { cited, sources } = numbered([says("p", "1", source("b"), source("a")), says("q", "2", source("a"), source("a")), says("p", "3", source("a", "line 2"))]);
    expect(cited.map(({ numbers }) => numbers)).toEqual([[1, 2], [2], [3]]);
    expect(sources.map(({ source: one }) => one.record)).toEqual(["b", "a", "a"]);
    expect(byProperty(cited).map(({ property, values }) => [property.iri, values.length])).toEqual([["p", 2], ["q", 1]]);
  });
});
