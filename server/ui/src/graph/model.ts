/** What is drawn: nodes and edges, and how they come and go. Pure bookkeeping; where things stand is the layout's. */

import type { Brief, Iri, Link } from "../words";

/** Nodes drawn at once at most. */
export const MOST = 1_000;

export interface DrawnNode extends Brief {
  pinned: boolean;
}

/** All links from one node to another, as one line. */
export interface Edge {
  key: string;
  from: Iri;
  to: Iri;
  properties: readonly Iri[];
}

export interface Drawing {
  nodes: ReadonlyMap<Iri, DrawnNode>;
  edges: ReadonlyMap<string, Edge>;
  /** Nodes that found no room when something was last added. */
  refused: number;
}

export const EMPTY: Drawing = { nodes: new Map(), edges: new Map(), refused: 0 };

/** With these nodes too, as far as there is room; what is drawn already keeps its place and its pin. */
export function withNodes(drawing: Drawing, briefs: readonly Brief[]): Drawing {
  const nodes = new Map(drawing.nodes);
  let refused = 0;
  for (const { iri, label, types } of briefs) {
    const known = nodes.get(iri);
    if (known) nodes.set(iri, { ...known, label: label ?? known.label, types: types.length ? types : known.types });
    else if (nodes.size < MOST) nodes.set(iri, { iri, label, types, pinned: false });
    else refused += 1;
  }
  return { ...drawing, nodes, refused };
}

/** With these links too: those whose ends are both drawn. */
export function withLinks(drawing: Drawing, links: readonly Link[]): Drawing {
  const edges = new Map(drawing.edges);
  for (const { from, property, to } of links) {
    if (!drawing.nodes.has(from) || !drawing.nodes.has(to)) continue;
    const key = edgeKey(from, to);
    const known = edges.get(key);
    if (!known) edges.set(key, { key, from, to, properties: [property] });
    else if (!known.properties.includes(property))
      edges.set(key, { ...known, properties: [...known.properties, property].sort() });
  }
  return { ...drawing, edges };
}

/** Without these nodes and the edges that end in them. */
export function without(drawing: Drawing, gone: ReadonlySet<Iri>): Drawing {
  return kept(drawing, (iri) => !gone.has(iri));
}

/** Only a node, those linked to it, and what is pinned. */
export function around(drawing: Drawing, centre: Iri): Drawing {
  const near = neighbours(drawing, centre);
  return kept(drawing, (iri) => iri === centre || near.has(iri) || drawing.nodes.get(iri)?.pinned === true);
}

export function withPin(drawing: Drawing, iri: Iri, pinned: boolean): Drawing {
  const node = drawing.nodes.get(iri);
  if (!node || node.pinned === pinned) return drawing;
  return { ...drawing, nodes: new Map(drawing.nodes).set(iri, { ...node, pinned }) };
}

/** The nodes that an edge links with this one. */
export function neighbours(drawing: Drawing, iri: Iri): Set<Iri> {
  const found = new Set<Iri>();
  for (const { from, to } of drawing.edges.values()) {
    if (from === iri && to !== iri) found.add(to);
    if (to === iri && from !== iri) found.add(from);
  }
  return found;
}

export function edgeKey(from: Iri, to: Iri): string {
  return JSON.stringify([from, to]);
}

/** How many groups of neighbours of one property were drawn, and where the next page begins. */
export interface Expansion {
  shown: number;
  next: string | null;
  total: number;
}

export function expansionKey(iri: Iri, property: Iri, direction: string): string {
  return JSON.stringify([iri, direction, property]);
}

/** An expansion after one more page of it. */
export function grown(before: Expansion | undefined, page: { nodes: readonly unknown[]; next: string | null; total: number }): Expansion {
  return { shown: (before?.shown ?? 0) + page.nodes.length, next: page.next, total: page.total };
}

/** Whether all of an expansion has been drawn. */
export function exhausted(expansion: Expansion | undefined): boolean {
  return expansion !== undefined && expansion.next === null;
}

function kept(drawing: Drawing, stays: (iri: Iri) => boolean): Drawing {
  const nodes = new Map([...drawing.nodes].filter(([iri]) => stays(iri)));
  const edges = new Map([...drawing.edges].filter(([, edge]) => nodes.has(edge.from) && nodes.has(edge.to)));
  return { nodes, edges, refused: 0 };
}
