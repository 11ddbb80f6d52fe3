/** What was read for the present view: words, the drawing, details. All of it goes when who asks or why changes. */

import { type Drawing, EMPTY, type Expansion, MOST, expansionKey, exhausted, grown, withLinks, withNodes } from "../graph/model";
import { labelsOf } from "../api/graphql";
import { expand, readLinks, readNode, readVocabulary } from "../api/explore";
import { Problem, asProblem } from "../api/problem";
import { className, propertyWords } from "../rdf/iri";
import { signed } from "./session";
import { Store } from "./store";
import type { Brief, Direction, Iri, NodeDetail, Vocabulary } from "../words";

export const vocabulary = new Store<Vocabulary | null>(null);
export const drawing = new Store<Drawing>(EMPTY);
export const details = new Store<ReadonlyMap<Iri, NodeDetail>>(new Map());
/** What nodes are called, as far as it is known. */
export const labels = new Store<ReadonlyMap<Iri, string>>(new Map());
export const expansions = new Store<ReadonlyMap<string, Expansion>>(new Map());
/** The class whose instances are listed beside the drawing. */
export const listedClass = new Store<Iri | null>(null);
/** What stands in the consoles, until somebody else signs in. */
export const drafts = new Map<string, string>();
/** What went wrong last; told in one place. */
export const trouble = new Store<Problem | null>(null);

/** Empties everything when the view changes; returns what ends it. */
export function followView(): () => void {
  let view = signed.value.view;
  return signed.follow(() => {
    if (signed.value.view === view) return;
    view = signed.value.view;
    if (signed.value.status !== "in") drafts.clear();
    vocabulary.set(null);
    clearDrawing();
    details.set(new Map());
    labels.set(new Map());
    asked.clear();
    listedClass.set(null);
    trouble.set(null);
  });
}

export function clearDrawing(): void {
  drawing.set(EMPTY);
  expansions.set(new Map());
}

/** Does something that may fail, and tells what went wrong; what was called off is not told. */
export async function tried<T>(work: () => Promise<T>): Promise<T | null> {
  const { view } = signed.value;
  try {
    trouble.set(null);
    return await work();
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem && view === signed.value.view) trouble.set(problem);
    return null;
  }
}

const asked = new Set<Iri>();
const MOST_NAMES = 20;

/** Looks up what nodes are called, each once; where that fails they go by the end of their IRI. */
export async function learnLabels(iris: readonly Iri[]): Promise<void> {
  const { view } = signed.value;
  const unknown = [...new Set(iris)].filter((iri) => !asked.has(iri) && !iri.startsWith("urn:ambit:")).slice(0, MOST_NAMES);
  if (!unknown.length) return;
  for (const iri of unknown) asked.add(iri);
  try {
    const found = await labelsOf(unknown);
    if (view === signed.value.view) labels.set(new Map([...labels.value, ...found]));
  } catch {
    // a name is a comfort; nothing depends on it
  }
}

/** The words of this view, read once. */
export async function loadVocabulary(): Promise<void> {
  if (vocabulary.value) return;
  const { view } = signed.value;
  const found = await readVocabulary();
  if (view === signed.value.view) vocabulary.set(found);
}

/** A node's details, read once for each view; draws the node and its links to what is drawn. */
export async function openNode(iri: Iri, signal: AbortSignal): Promise<NodeDetail> {
  const { view } = signed.value;
  const known = details.value.get(iri);
  const detail = known ?? (await readNode(iri, signal)).body;
  if (view !== signed.value.view) throw new DOMException("another view", "AbortError");
  if (!known) details.set(new Map(details.value).set(iri, detail));
  if (detail.label) labels.set(new Map(labels.value).set(iri, detail.label));
  await draw([{ iri, label: detail.label, types: detail.types.map((type) => type.iri) }]);
  return detail;
}

/** Draws nodes and their links among each other and to what is drawn already. */
export async function draw(briefs: readonly Brief[]): Promise<void> {
  const before = drawing.value;
  const after = withNodes(before, briefs);
  const isNew = after.nodes.size > before.nodes.size;
  drawing.set(after);
  if (!isNew) return;
  const { view } = signed.value;
  const links = await readLinks([...after.nodes.keys()]);
  if (view === signed.value.view) drawing.set(withLinks(drawing.value, links));
}

/** Draws the next nodes of one group of a node's neighbours. */
export async function expandGroup(iri: Iri, property: Iri, direction: Direction): Promise<void> {
  const key = expansionKey(iri, property, direction);
  const before = expansions.value.get(key);
  if (exhausted(before) || drawing.value.nodes.size >= MOST) {
    drawing.update((now) => ({ ...now, refused: exhausted(before) ? 0 : Math.max(1, now.refused) }));
    return;
  }
  const { view } = signed.value;
  const { body } = await expand({ iri, property, direction, after: before?.next ?? null, first: 30 });
  if (view !== signed.value.view) return;
  // the links found by expanding are drawn at once, so that new nodes begin beside the one they belong to
  const links = body.nodes.map((node) =>
    direction === "out" ? { from: iri, property, to: node.iri } : { from: node.iri, property, to: iri },
  );
  const refusedBefore = drawing.value.nodes.size + body.nodes.length > MOST;
  const added = withLinks(withNodes(drawing.value, body.nodes), links);
  drawing.set(added);
  if (!refusedBefore) expansions.set(new Map(expansions.value).set(key, grown(before, body)));
  const more = await readLinks([...added.nodes.keys()]);
  if (view === signed.value.view) drawing.set(withLinks(drawing.value, more));
}

/** How a property is called. */
export function propertyName(iri: Iri, words: Vocabulary | null): string {
  return propertyWords(words?.properties.find((one) => one.iri === iri) ?? { iri });
}

/** How a class is called. */
export function kindName(iri: Iri, words: Vocabulary | null): string {
  return className(words?.classes.find((one) => one.iri === iri) ?? { iri });
}

/** The class to show a node as: the one with the fewest instances says most. */
export function kindOf(types: readonly Iri[], words: Vocabulary | null): Iri | null {
  const counted = new Map(words?.classes.map((one) => [one.iri, one.count]) ?? []);
  const ranked = [...types].sort((a, b) => (counted.get(a) ?? Infinity) - (counted.get(b) ?? Infinity) || (a < b ? -1 : 1));
  return ranked[0] ?? null;
}

/** The colour of a class, 0 to 7 for the most frequent, 8 for all others. */
export function hueOf(kind: Iri | null, words: Vocabulary | null): number {
  const at = words?.classes.findIndex((one) => one.iri === kind) ?? -1;
  return at >= 0 && at < 8 ? at : 8;
}
