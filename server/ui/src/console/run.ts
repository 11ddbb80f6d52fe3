/** Runs what stands in a console. Only `ConsolePage` calls this, and only because somebody asked for it by hand. */

import { operateRaw } from "../api/graphql";
import { postText } from "../api/http";
import { Problem, problemOfErrors } from "../api/problem";
import { shortened } from "../rdf/iri";
import { graphqlTable, sparqlTable } from "./results";
import type { Answered } from "./result";

const SPARQL_ANSWERS = "application/sparql-results+json, text/turtle;q=0.9";

export async function runSparql(query: string, signal: AbortSignal): Promise<Answered> {
  const began = performance.now();
  const asking = { what: `SPARQL ${summary(query)}`, signal, accept: SPARQL_ANSWERS };
  const { body, run } = await postText("/sparql", query, "application/sparql-query", asking);
  const took = Math.round(performance.now() - began);
  if (body.type !== "application/sparql-results+json") return { table: null, text: body.text, form: "Turtle", problems: [], run, took };
  const answer: unknown = JSON.parse(body.text);
  return { table: sparqlTable(answer), text: JSON.stringify(answer, null, 2), form: "JSON", problems: [], run, took };
}

export async function runGraphql(query: string, variables: string, signal: AbortSignal): Promise<Answered> {
  const began = performance.now();
  const asking = { what: `GraphQL ${summary(query)}`, signal };
  const { body, run } = await operateRaw(query, variablesOf(variables), asking);
  const took = Math.round(performance.now() - began);
  const errors = Array.isArray(body.errors) ? body.errors : [];
  const problems = errors.map((error) => problemOfErrors([error])).filter((problem) => problem !== null);
  return { table: graphqlTable(body.data), text: JSON.stringify(body, null, 2), form: "JSON", problems, run, took };
}

/** Variables as an object; an empty text means none. */
export function variablesOf(text: string): Record<string, unknown> {
  if (!text.trim()) return {};
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === "object" && read !== null && !Array.isArray(read)) return read as Record<string, unknown>;
  } catch {
    // told below
  }
  throw new Problem("the variables are no JSON object", "variables", 'write them as `{"name": "value"}`');
}

function summary(query: string): string {
  return shortened(query.replace(/\bPREFIX\s+\S*\s*<[^>]*>|#[^\n]*/giu, " ").replace(/\s+/gu, " ").trim(), 60);
}
