/** What the consoles know of the two languages: grammar, and completion from what the caller may see. */

import type { Extension } from "@codemirror/state";
import { sparql } from "codemirror-lang-sparql";
import { SparqlLanguage } from "codemirror-lang-sparql";
import { graphql, updateSchema } from "cm6-graphql";
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from "graphql";
import { operateRaw } from "../api/graphql";
import { isRecord } from "../api/problem";
import { completeSparql } from "./sparql-completion";
import { mountEditor } from "./editor";
import type { EditorView } from "@codemirror/view";
import type { Vocabulary } from "../words";

export { mountEditor };

export function sparqlLanguage(words: () => Vocabulary | null): Extension {
  return [sparql(), SparqlLanguage.data.of({ autocomplete: completeSparql(words) })];
}

export function graphqlLanguage(): Extension {
  return graphql();
}

/** Reads the schema of the caller's view, and gives it to an editor. */
export async function learnSchema(view: EditorView, signal: AbortSignal): Promise<void> {
  const query = getIntrospectionQuery({ descriptions: true });
  const { body } = await operateRaw(query, {}, { what: "schema for completion", background: true, signal });
  if (isRecord(body.data) && !signal.aborted) updateSchema(view, buildClientSchema(body.data as unknown as IntrospectionQuery));
}
