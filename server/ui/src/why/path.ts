/** The triples that made the rules hold, as a graph from who asks to the data. Pure; `columns.ts` says where all stands. */

import type { Quad } from "../rdf/ntriples";
import { RDF_TYPE, localName, propertyWords } from "../rdf/iri";
import { type Placed, arrange } from "./columns";
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
  placed: Placed;
}

/** Lays the triples out: the request on the left, compartments and the data on the right. */
export function layPath(quads: readonly Quad[], data: Iri, asker: Asker, labels: ReadonlyMap<Iri, string> = new Map()): Path {
  const edges = edgesOf(quads, asker);
  const request = [asker.user, ...asker.agents, ...(asker.purpose ? [asker.purpose] : [])];
  const names = new Set<Iri>(request);
  for (const edge of edges) names.add(edge.from).add(edge.to);
  const compartments = [...names].filter((iri) => iri.startsWith(COMPARTMENT));
  if (!names.has(data))
    for (const from of compartments) edges.push({ from, to: data, name: "speaks of", quad: null, main: true });
  names.add(data);
  markMain(edges, asker, compartments.length ? compartments : [data]);
  const nodes = [...names].map((iri) => ({
    iri,
    name: labels.get(iri) ?? nameIn(iri, quads),
    role: roleOf(iri, data, asker),
    types: typesOf(iri, quads),
  }));
  return { nodes, edges, placed: arrange([...names], edges, { request, last: compartments, data }) };
}

function edgesOf(quads: readonly Quad[], asker: Asker): PathEdge[] {
  const edges: PathEdge[] = [];
  const chain = [asker.user, ...asker.agents];
  asker.agents.forEach((agent, at) => {
    edges.push({ from: agent, to: chain[at] ?? asker.user, name: "acts for", quad: null, main: false });
  });
  quads.forEach(({ subject, predicate, object }, quad) => {
    if (object.kind === "literal" || predicate.value === RDF_TYPE) return;
    const name = propertyWords({ iri: predicate.value });
    edges.push({ from: subject.value, to: object.value, name, quad, main: false });
  });
  return edges;
}

/** Marks a shortest way from the user, and one from the purpose, to a compartment of the data. */
function markMain(edges: PathEdge[], asker: Asker, goals: readonly Iri[]): void {
  const said = edges.filter((edge) => edge.quad !== null);
  for (const start of [asker.user, asker.purpose])
    if (start) for (const edge of shortest(said, start, new Set(goals))) edge.main = true;
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
    quads
      .filter((quad) => quad.subject.value === iri && quad.predicate.value === AMBIT + property)
      .map((quad) => localName(quad.object.value));
  const parts = [...said("hasSensitivity"), ...said("hasJurisdiction")];
  return parts.length ? parts.join(" · ") : `compartment ${localName(iri).slice(0, 6)}`;
}
