/** The explorer's own reads. */

import { type Told, postJson } from "./http";
import { nameOf, localName } from "../rdf/iri";
import type { Brief, Direction, Iri, Link, NodeDetail, Vocabulary } from "../words";

export async function readNode(iri: Iri, signal?: AbortSignal): Promise<Told<NodeDetail>> {
  return postJson("/explore/node", { iri }, { what: `node ${localName(iri)}`, signal });
}

export interface Page {
  nodes: Brief[];
  next: string | null;
  total: number;
}

export interface Expanding {
  iri: Iri;
  property: Iri;
  direction: Direction;
  after?: string | null;
  first?: number;
}

export async function expand(asked: Expanding, signal?: AbortSignal): Promise<Told<Page>> {
  const { iri, property, direction, after = null, first = 50 } = asked;
  const what = `${nameOf({ iri: property })} of ${localName(iri)}`;
  return postJson("/explore/expand", { iri, property, direction, first, after }, { what, signal });
}

/** Links among nodes; more than the server takes at once are not asked for. */
export async function readLinks(iris: readonly Iri[]): Promise<Link[]> {
  if (iris.length < 2) return [];
  const told = await postJson<{ links: Link[] }>(
    "/explore/links",
    { iris: iris.slice(0, 1_000) },
    { what: `links among ${iris.length} nodes`, background: true },
  );
  return told.body.links;
}

export async function readVocabulary(): Promise<Vocabulary> {
  const told = await postJson<Vocabulary>("/explore/vocabulary", {}, { what: "what is here", background: true });
  return told.body;
}
