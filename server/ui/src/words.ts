/** The records that the server speaks in, as DESIGN's words: no behaviour here. */

export type Iri = string;

export interface Named {
  iri: Iri;
  label: string | null;
}

export interface Session {
  user: Iri;
  agents: Iri[];
  /** The purposes a token carries; null: a person may declare one. */
  purposes: Iri[] | null;
  expires: string;
}

export interface Source {
  graph: Iri;
  record: Iri;
  source: Iri;
  location?: string | null;
}

export interface Value {
  type: "iri" | "literal";
  value: string;
  label?: string | null;
  datatype?: Iri | null;
  language?: string | null;
}

export interface Statement {
  predicate: Named;
  value: Value;
  sources: Source[];
  inferred: boolean;
}

export type Direction = "out" | "in";

export interface Group {
  property: Named;
  direction: Direction;
  count: number;
}

export interface NodeDetail {
  iri: Iri;
  label: string | null;
  types: Named[];
  triples: Statement[];
  truncated: boolean;
  groups: Group[];
}

/** A node as lists give it. */
export interface Brief {
  iri: Iri;
  label: string | null;
  types: Iri[];
}

export interface Link {
  from: Iri;
  property: Iri;
  to: Iri;
}

export interface Vocabulary {
  classes: (Named & { count: number })[];
  properties: Named[];
  prefixes: Record<string, Iri>;
}

export interface Hit extends Brief {
  snippet: string;
  source: Iri;
  score: number;
}

export interface PageInfo {
  hasNextPage: boolean;
  endCursor: string | null;
}

export interface Explanation {
  permitted: boolean;
  rules: Iri[];
  /** N-Quads lines; the graph is the record that states the triple. */
  triples: string[];
  sentence: string;
  missing: Iri[];
}

export interface Answer {
  text: string;
  citations: { iri: Iri; quote: string; source: Iri }[];
  run: Iri;
}

export interface Similar extends Brief {
  score: number;
}

export interface Finding {
  iri: Iri;
  code: string;
  message: string;
  severity: Iri;
  about: Iri;
  focus: Iri | null;
  path: Iri | null;
  value: string | null;
  evidence: string[];
  created: string | null;
}

export interface Step {
  iri: Iri;
  task: Iri | null;
  deployment: Iri | null;
  site: Iri | null;
  version: Iri | null;
  count: number | null;
  handed: Iri[];
  started: string | null;
  ended: string | null;
}

export interface Run {
  iri: Iri;
  user: Iri | null;
  agents: Iri[];
  purpose: Iri | null;
  decision: Iri | null;
  rules: Iri[];
  handed: Iri[];
  started: string | null;
  ended: string | null;
  steps: Step[];
}
