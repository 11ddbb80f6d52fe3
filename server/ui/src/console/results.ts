/** Answers as tables. Pure. */

import { isRecord } from "../api/problem";

export interface Cell {
  text: string;
  /** The IRI that the cell names, if it names one. */
  iri: string | null;
  note: string | null;
}

export interface Table {
  columns: string[];
  rows: Cell[][];
}

const EMPTY: Cell = { text: "", iri: null, note: null };

/** A SPARQL answer (SPARQL 1.1 Query Results JSON Format); null when it is none. */
export function sparqlTable(answer: unknown): Table | null {
  if (!isRecord(answer)) return null;
  if (typeof answer["boolean"] === "boolean")
    return { columns: ["answer"], rows: [[{ text: answer["boolean"] ? "yes" : "no", iri: null, note: null }]] };
  const { head, results } = answer;
  if (!isRecord(head) || !isRecord(results) || !Array.isArray(head["vars"]) || !Array.isArray(results["bindings"])) return null;
  const columns = head["vars"].filter((name) => typeof name === "string");
  const rows = results["bindings"].filter(isRecord).map((binding) => columns.map((name) => termCell(binding[name])));
  return { columns, rows };
}

function termCell(term: unknown): Cell {
  if (!isRecord(term) || typeof term["value"] !== "string") return EMPTY;
  const { type, value } = term as { type: unknown; value: string };
  if (type === "uri") return { text: value, iri: value, note: null };
  if (type === "bnode") return { text: `_:${value}`, iri: null, note: null };
  const note = typeof term["xml:lang"] === "string" ? term["xml:lang"] : null;
  return { text: value, iri: null, note };
}

/** The first list of objects in a GraphQL answer, one row each; null when there is none. */
export function graphqlTable(data: unknown): Table | null {
  const list = firstList(data, 0);
  if (!list) return null;
  const rows = list.map((item) => flattened(item, "", 0));
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  return { columns, rows: rows.map((row) => columns.map((name) => row.get(name) ?? EMPTY)) };
}

function firstList(data: unknown, depth: number): Record<string, unknown>[] | null {
  if (Array.isArray(data)) {
    const items = data.filter(isRecord);
    return items.length && items.length === data.length ? items : null;
  }
  if (!isRecord(data) || depth > 6) return null;
  for (const value of Object.values(data)) {
    const found = firstList(value, depth + 1);
    if (found) return found;
  }
  return null;
}

function flattened(item: Record<string, unknown>, prefix: string, depth: number): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  for (const [name, value] of Object.entries(item)) {
    const path = prefix ? `${prefix}.${name}` : name;
    if (isRecord(value) && depth < 2) for (const [key, cell] of flattened(value, path, depth + 1)) cells.set(key, cell);
    else cells.set(path, valueCell(name, value));
  }
  return cells;
}

function valueCell(name: string, value: unknown): Cell {
  if (value === null || value === undefined) return EMPTY;
  if (typeof value === "object") return { text: JSON.stringify(value), iri: null, note: null };
  const text = String(value);
  return { text, iri: name === "iri" && typeof value === "string" ? value : null, note: null };
}
