/** The triples that made the rules hold, laid out in columns from who asks to the data. Pure. */

import type { Quad } from "../rdf/ntriples";
import { RDF_TYPE, localName } from "../rdf/iri";
import type { Iri } from "../words";

const AMBIT = "https://w3id.org/ambit#";
const COMPARTMENT = "urn:ambit:compartment:";

export interface Asker {
  user: Iri;
  agents: readonly Iri[];
  purpose: Iri | null;
}

export type Role = "user" | "agent" | "purpose" | "compartment" | "data" | "other";

export interface PathNode {
  iri: Iri;
  name: string;
  role: Role;
  types: string[];
  column: number;
  row: number;
}

export interface PathEdge {
  from: Iri;
  to: Iri;
  name: string;
  /** The statement behind it, by its place in the list; null for what the request itself says. */
  quad: number | null;
  /** Whether it lies on a shortest way from who asks, or why, to the data. */
  main: boolean;
}

export interface Path {
  nodes: PathNode[];
  edges: PathEdge[];
  columns: number;
  rows: number;
}

/** Lays the triples out: the request on the left, compartments and the data on the right. */
export function layPath(quads: readonly Quad[], data: Iri, asker: Asker): Path {
  const edges = edgesOf(quads, asker);
  const names = new Set<Iri>([asker.user, ...asker.agents, ...(asker.purpose ? [asker.purpose] : [])]);
  for (const edge of edges) names.add(edge.from).add(edge.to);
  const compartments = [...names].filter((iri) => iri.startsWith(COMPARTMENT));
  if (!names.has(data)) for (const compartment of compartments) edges.push(spoken(compartment, data));
  names.add(data);
  markMain(edges, asker, compartments.length ? compartments : [data]);
  const columns = columnsOf([...names], edges, data, asker, compartments);
  const rows = rowsOf([...names], edges, columns);
  const nodes = [...names].map((iri) => ({
    iri,
    name: nameIn(iri, quads),
    role: roleOf(iri, data, asker),
    types: typesOf(iri, quads),
    column: columns.get(iri) ?? 0,
    row: rows.get(iri) ?? 0,
  }));
  return {
    nodes,
    edges,
    columns: Math.max(...nodes.map((node) => node.column)) + 1,
    rows: Math.max(...nodes.map((node) => node.row)) + 1,
  };
}

function edgesOf(quads: readonly Quad[], asker: Asker): PathEdge[] {
  const edges: PathEdge[] = [];
  const chain = [asker.user, ...asker.agents];
  asker.agents.forEach((agent, at) => {
    edges.push({ from: agent, to: chain[at] ?? asker.user, name: "acts for", quad: null, main: false });
  });
  quads.forEach(({ subject, predicate, object }, quad) => {
    if (object.kind === "literal" || predicate.value === RDF_TYPE) return;
    edges.push({ from: subject.value, to: object.value, name: localName(predicate.value), quad, main: false });
  });
  return edges;
}

function spoken(compartment: Iri, data: Iri): PathEdge {
  return { from: compartment, to: data, name: "speaks of", quad: null, main: true };
}

/** Marks a shortest way from the user, and one from the purpose, to a compartment of the data. */
function markMain(edges: PathEdge[], asker: Asker, goals: readonly Iri[]): void {
  for (const start of [asker.user, asker.purpose]) {
    if (!start) continue;
    for (const edge of shortest(edges.filter((one) => one.quad !== null), start, new Set(goals))) edge.main = true;
  }
}

/** The edges of a shortest way, whatever their direction; none when there is no way. */
export function shortest(edges: readonly PathEdge[], start: Iri, goals: ReadonlySet<Iri>): PathEdge[] {
  const cameBy = new Map<Iri, PathEdge | null>([[start, null]]);
  const queue = [start];
  for (let here = queue.shift(); here !== undefined; here = queue.shift()) {
    if (goals.has(here)) return wayBack(cameBy, here);
    for (const edge of edges) {
      const next = edge.from === here ? edge.to : edge.to === here ? edge.from : null;
      if (next === null || cameBy.has(next)) continue;
      cameBy.set(next, edge);
      queue.push(next);
    }
  }
  return [];
}

function wayBack(cameBy: ReadonlyMap<Iri, PathEdge | null>, goal: Iri): PathEdge[] {
  const way: PathEdge[] = [];
  let here = goal;
  for (let edge = cameBy.get(here); edge; edge = cameBy.get(here)) {
    way.unshift(edge);
    here = edge.from === here ? edge.to : edge.from;
  }
  return way;
}

function columnsOf(names: Iri[], edges: readonly PathEdge[], data: Iri, asker: Asker, compartments: Iri[]): Map<Iri, number> {
  const closed = new Set(compartments);
  const columns = new Map<Iri, number>(
    [asker.user, ...asker.agents, ...(asker.purpose ? [asker.purpose] : [])].map((iri) => [iri, 0]),
  );
  const queue = [...columns.keys()];
  for (let here = queue.shift(); here !== undefined; here = queue.shift()) {
    for (const edge of edges) {
      const next = edge.from === here ? edge.to : edge.to === here ? edge.from : null;
      if (next === null || columns.has(next) || closed.has(next)) continue;
      columns.set(next, (columns.get(here) ?? 0) + 1);
      queue.push(next);
    }
  }
  const last = Math.max(1, ...columns.values());
  for (const iri of names) if (!columns.has(iri)) columns.set(iri, closed.has(iri) ? last + 1 : iri === data ? last + 2 : last);
  return columns;
}

/** Rows within the columns, so that few edges cross: a few sweeps of the barycentre method (Sugiyama 1981). */
function rowsOf(names: readonly Iri[], edges: readonly PathEdge[], columns: ReadonlyMap<Iri, number>): Map<Iri, number> {
  const rows = new Map<Iri, number>();
  const byColumn = new Map<number, Iri[]>();
  for (const iri of names) {
    const column = byColumn.get(columns.get(iri) ?? 0) ?? [];
    rows.set(iri, column.length);
    column.push(iri);
    byColumn.set(columns.get(iri) ?? 0, column);
  }
  for (let sweep = 0; sweep < 6; sweep += 1) {
    const order = [...byColumn.keys()].sort((a, b) => (sweep % 2 ? b - a : a - b));
    for (const column of order) {
      const members = byColumn.get(column) ?? [];
      const wanted = new Map(members.map((iri) => [iri, barycentre(iri, edges, rows)]));
      members.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      members.forEach((iri, row) => rows.set(iri, row));
    }
  }
  const most = Math.max(...[...byColumn.values()].map((column) => column.length));
  for (const column of byColumn.values()) column.forEach((iri, row) => rows.set(iri, row + (most - column.length) / 2));
  return rows;
}

function barycentre(iri: Iri, edges: readonly PathEdge[], rows: ReadonlyMap<Iri, number>): number {
  const near = edges.flatMap((edge) => (edge.from === iri ? [edge.to] : edge.to === iri ? [edge.from] : []));
  const at = near.map((one) => rows.get(one) ?? 0);
  return at.length ? at.reduce((sum, row) => sum + row, 0) / at.length : (rows.get(iri) ?? 0);
}

function roleOf(iri: Iri, data: Iri, asker: Asker): Role {
  if (iri === asker.user) return "user";
  if (asker.agents.includes(iri)) return "agent";
  if (iri === asker.purpose) return "purpose";
  if (iri === data) return "data";
  return iri.startsWith(COMPARTMENT) ? "compartment" : "other";
}

function typesOf(iri: Iri, quads: readonly Quad[]): string[] {
  return quads
    .filter((quad) => quad.subject.value === iri && quad.predicate.value === RDF_TYPE && quad.object.kind === "iri")
    .map((quad) => localName(quad.object.value));
}

/** A compartment is called by its sensitivity and jurisdictions, all else by the end of its IRI. */
function nameIn(iri: Iri, quads: readonly Quad[]): string {
  if (!iri.startsWith(COMPARTMENT)) return localName(iri);
  const said = (property: string) =>
    quads.filter((quad) => quad.subject.value === iri && quad.predicate.value === AMBIT + property).map((quad) => localName(quad.object.value));
  const parts = [...said("hasSensitivity"), ...said("hasJurisdiction")];
  return parts.length ? parts.join(" · ") : `compartment ${localName(iri).slice(0, 6)}`;
}
