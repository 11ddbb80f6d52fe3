/** Where nodes stand, and how that travels between the page and the layout's worker. Pure. */

import type { Drawing } from "./model";
import type { Iri } from "../words";

export interface Point {
  x: number;
  y: number;
}

export type Places = Map<Iri, Point>;

/** What the worker is told: positions as pairs, links as pairs of indices, and which nodes stay where they are. */
export interface Task {
  kind: "task";
  version: number;
  positions: Float32Array;
  links: Uint32Array;
  pinned: Uint8Array;
  /** How warm to begin: 1 for a new drawing, less when little changed. */
  heat: number;
  /** Nothing is told until all stands still. */
  still: boolean;
}

export interface Moved {
  kind: "moved";
  version: number;
  index: number;
  /** null: let go. */
  to: Point | null;
}

export interface Ticked {
  version: number;
  positions: Float32Array;
  settled: boolean;
}

const GOLDEN = Math.PI * (3 - Math.sqrt(5));
const SPACING = 34;

/** Gives each new node a place: around a neighbour that has one, else in a spiral around the middle; the same each time. */
export function settleIn(drawing: Drawing, places: Places): void {
  for (const iri of [...places.keys()]) if (!drawing.nodes.has(iri)) places.delete(iri);
  const anchors = anchorsOf(drawing, places);
  let count = 0;
  for (const iri of drawing.nodes.keys()) {
    if (places.has(iri)) continue;
    const anchor = anchors.get(iri) ?? { x: 0, y: 0 };
    const reach = SPACING * Math.sqrt(count + (places.size ? 1.5 : 0));
    places.set(iri, { x: anchor.x + reach * Math.cos(count * GOLDEN), y: anchor.y + reach * Math.sin(count * GOLDEN) });
    count += 1;
  }
}

function anchorsOf(drawing: Drawing, places: Places): Map<Iri, Point> {
  const anchors = new Map<Iri, Point>();
  for (const { from, to } of drawing.edges.values()) {
    const [start, end] = [places.get(from), places.get(to)];
    if (start && !end && !anchors.has(to)) anchors.set(to, { ...start });
    if (end && !start && !anchors.has(from)) anchors.set(from, { ...end });
  }
  return anchors;
}

/** The task for the worker; nodes are numbered in the order of the drawing. */
export function pack(drawing: Drawing, places: Places, version: number, heat: number, still: boolean): Task {
  const order = [...drawing.nodes.keys()];
  const index = new Map(order.map((iri, at) => [iri, at]));
  const positions = new Float32Array(order.length * 2);
  const pinned = new Uint8Array(order.length);
  order.forEach((iri, at) => {
    const place = places.get(iri) ?? { x: 0, y: 0 };
    positions.set([place.x, place.y], at * 2);
    pinned[at] = drawing.nodes.get(iri)?.pinned ? 1 : 0;
  });
  const links = [...drawing.edges.values()]
    .filter((edge) => edge.from !== edge.to)
    .flatMap((edge) => [index.get(edge.from) ?? 0, index.get(edge.to) ?? 0]);
  return { kind: "task", version, positions, links: Uint32Array.from(links), pinned, heat, still };
}

/** Takes over what the worker found, if it speaks of the present drawing; tells whether it did. */
export function unpack(ticked: Ticked, version: number, order: readonly Iri[], places: Places): boolean {
  if (ticked.version !== version || ticked.positions.length !== order.length * 2) return false;
  order.forEach((iri, at) => {
    const [x = 0, y = 0] = ticked.positions.subarray(at * 2, at * 2 + 2);
    places.set(iri, { x, y });
  });
  return true;
}

export type Way = "left" | "right" | "up" | "down";

/** The nearest node that way, those straight ahead before those aside; null when there is none. */
export function nearest(places: Places, from: Iri, way: Way): Iri | null {
  const here = places.get(from);
  if (!here) return null;
  let best: Iri | null = null;
  let least = Infinity;
  for (const [iri, there] of places) {
    const [dx, dy] = [there.x - here.x, there.y - here.y];
    const ahead = way === "left" ? -dx : way === "right" ? dx : way === "up" ? -dy : dy;
    const aside = Math.abs(way === "left" || way === "right" ? dy : dx);
    if (iri === from || ahead <= 0.5) continue;
    const distance = ahead + 2.5 * aside;
    if (distance < least) [best, least] = [iri, distance];
  }
  return best;
}

/** The box around all places, with room for labels. */
export function extent(places: Places, margin = 44): { x: number; y: number; width: number; height: number } {
  const points = [...places.values()];
  if (!points.length) return { x: -margin, y: -margin, width: 2 * margin, height: 2 * margin };
  const [left, right] = [Math.min(...points.map((p) => p.x)), Math.max(...points.map((p) => p.x))];
  const [top, bottom] = [Math.min(...points.map((p) => p.y)), Math.max(...points.map((p) => p.y))];
  const aside = 2 * margin;
  return { x: left - aside, y: top - margin, width: right - left + 2 * aside, height: bottom - top + 2 * margin };
}
