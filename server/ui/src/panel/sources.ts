/** The records behind a node's statements, numbered in the order in which they first speak. Pure. */

import type { Source, Statement } from "../words";

export interface Numbered {
  number: number;
  source: Source;
}

export interface Cited {
  statement: Statement;
  numbers: number[];
}

/** Statements with the numbers of their sources, and the sources by number. */
export function numbered(statements: readonly Statement[]): { cited: Cited[]; sources: Numbered[] } {
  const found = new Map<string, Numbered>();
  const cited = statements.map((statement) => ({
    statement,
    numbers: [...new Set(statement.sources.map((source) => numberOf(found, source)))],
  }));
  return { cited, sources: [...found.values()] };
}

function numberOf(found: Map<string, Numbered>, source: Source): number {
  const key = JSON.stringify([source.graph, source.record, source.location ?? null]);
  const known = found.get(key);
  if (known) return known.number;
  found.set(key, { number: found.size + 1, source });
  return found.size;
}

/** Statements of one property together, in the order in which they came. */
export function byProperty(cited: readonly Cited[]): { property: Statement["predicate"]; values: Cited[] }[] {
  const found = new Map<string, { property: Statement["predicate"]; values: Cited[] }>();
  for (const one of cited) {
    const { predicate } = one.statement;
    const known = found.get(predicate.iri);
    if (known) known.values.push(one);
    else found.set(predicate.iri, { property: predicate, values: [one] });
  }
  return [...found.values()];
}
