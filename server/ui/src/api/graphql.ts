/** The named GraphQL operations of the explorer. Values travel as variables, never in the text. */

import { type Asking, type Told, postJson } from "./http";
import { problemOfErrors } from "./problem";
import { shortened } from "../rdf/iri";
import type { Answer, Brief, Explanation, Finding, Hit, Iri, PageInfo, Run, Similar } from "../words";

interface Response<T> {
  data: T | null;
  errors?: unknown;
}

async function operate<T>(query: string, variables: Record<string, unknown>, asking: Asking): Promise<Told<T>> {
  const told = await postJson<Response<T>>("/graphql", { query, variables }, asking);
  const problem = problemOfErrors(told.body.errors);
  if (problem || !told.body.data) throw problem ?? new Error("no data");
  return { body: told.body.data, run: told.run };
}

/** Any operation, its answer whole: for the console. */
export async function operateRaw(query: string, variables: unknown, asking: Asking): Promise<Told<Response<unknown>>> {
  return postJson("/graphql", { query, variables }, asking);
}

export async function suggest(text: string, signal: AbortSignal): Promise<Brief[]> {
  const told = await operate<{ suggest: Brief[] }>(
    "query Suggest($text: String!) { suggest(text: $text, first: 8) { iri label types } }",
    { text },
    { what: `suggestions for “${shortened(text, 40)}”`, background: true, signal },
  );
  return told.body.suggest;
}

export interface Hits {
  nodes: Hit[];
  pageInfo: PageInfo;
}

export async function search(text: string, after: string | null, signal?: AbortSignal): Promise<Told<Hits>> {
  const told = await operate<{ search: Hits }>(
    `query Search($text: String!, $after: String) { search(text: $text, first: 20, after: $after) {
      nodes { iri label types snippet source score } pageInfo { hasNextPage endCursor } } }`,
    { text, after },
    { what: `search “${shortened(text, 60)}”`, signal },
  );
  return { body: told.body.search, run: told.run };
}

export async function ask(question: string, signal?: AbortSignal): Promise<Told<Answer>> {
  const told = await operate<{ ask: Answer }>(
    "query Ask($question: String!) { ask(question: $question, first: 3) { text citations { iri quote source } run } }",
    { question },
    { what: `ask “${shortened(question, 60)}”`, signal },
  );
  return { body: told.body.ask, run: told.run };
}

export async function explain(iri: Iri, signal?: AbortSignal): Promise<Told<Explanation>> {
  const told = await operate<{ explain: Explanation }>(
    "query Why($iri: ID!) { explain(iri: $iri) { permitted rules triples sentence missing } }",
    { iri },
    { what: `why may I see ${shortened(iri, 60)}`, signal },
  );
  return { body: told.body.explain, run: told.run };
}

export async function similar(iri: Iri, signal?: AbortSignal): Promise<Similar[] | null> {
  const told = await operate<{ entity: { similar: Similar[] | null } | null }>(
    "query Similar($iri: ID!) { entity(iri: $iri) { similar(first: 10) { iri label types score } } }",
    { iri },
    { what: `similar to ${shortened(iri, 60)}`, signal },
  );
  return told.body.entity?.similar ?? null;
}

/** What entities are called; those that nobody may know of are absent. */
export async function labelsOf(iris: readonly Iri[]): Promise<Map<Iri, string>> {
  const names = iris.map((_, at) => `i${at}`);
  const query = `query Names(${names.map((name) => `$${name}: ID!`).join(", ")}) {
    ${names.map((name) => `${name}: entity(iri: $${name}) { iri label }`).join("\n")} }`;
  const variables = Object.fromEntries(names.map((name, at) => [name, iris[at]]));
  const told = await operate<Record<string, { iri: Iri; label: string | null } | null>>(query, variables, {
    what: `names of ${iris.length} nodes`,
    background: true,
  });
  const found = Object.values(told.body).filter((one) => one !== null);
  return new Map(found.flatMap(({ iri, label }) => (label ? [[iri, label] as const] : [])));
}

export interface FindingsPage {
  nodes: Finding[];
  pageInfo: PageInfo;
  totalCount: number;
}

export async function findings(after: string | null, signal?: AbortSignal): Promise<Told<FindingsPage>> {
  const told = await operate<{ findings: FindingsPage }>(
    `query Findings($after: String) { findings(first: 50, after: $after) { totalCount
      nodes { iri code message severity about focus path value evidence created } pageInfo { hasNextPage endCursor } } }`,
    { after },
    { what: "findings", signal },
  );
  return { body: told.body.findings, run: told.run };
}

export async function readRun(iri: Iri, signal?: AbortSignal): Promise<Run | null> {
  const told = await operate<{ run: Run | null }>(
    `query Provenance($iri: ID!) { run(iri: $iri) { iri user agents purpose decision rules handed started ended
      steps { iri task deployment site version count handed started ended } } }`,
    { iri },
    { what: `provenance of ${shortened(iri, 60)}`, background: true, signal },
  );
  return told.body.run;
}
