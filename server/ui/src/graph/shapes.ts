/** The lines of the drawing as SVG paths. Pure. */

import type { Edge } from "./model";
import type { Places, Point } from "./places";

export const RADIUS = 11;
const GAP = 4;

/** An edge's line: straight, curved where another comes back, a loop where it ends where it began. */
export function edgePath(edge: Edge, places: Places, curved: boolean): string {
  const [from, to] = [places.get(edge.from), places.get(edge.to)];
  if (!from || !to) return "";
  if (edge.from === edge.to) return loopPath(from);
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  const [x1, y1] = [round(from.x + ux * RADIUS), round(from.y + uy * RADIUS)];
  const [x2, y2] = [round(to.x - ux * (RADIUS + GAP)), round(to.y - uy * (RADIUS + GAP))];
  if (!curved) return `M${x1} ${y1}L${x2} ${y2}`;
  const middle = beside(from, to, 0.5, 18);
  return `M${x1} ${y1}Q${round(middle.x)} ${round(middle.y)} ${x2} ${y2}`;
}

/** Where an edge's words stand: in its middle, or nearer to where it begins if another comes back beside it. */
export function edgeWords(edge: Edge, places: Places, curved: boolean): Point {
  const from = places.get(edge.from) ?? { x: 0, y: 0 };
  if (edge.from === edge.to) return { x: from.x, y: from.y - 44 };
  return beside(from, places.get(edge.to) ?? from, curved ? 0.36 : 0.5, curved ? 9 : 0);
}

/** A point on the way from one to another, and some way to the left of it. */
function beside(from: Point, to: Point, along: number, aside: number): Point {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  return { x: from.x + dx * along - (dy / length) * aside, y: from.y + dy * along + (dx / length) * aside };
}

function loopPath({ x, y }: Point): string {
  return `M${round(x - 7)} ${round(y - 9)}C${round(x - 28)} ${round(y - 46)} ${round(x + 28)} ${round(y - 46)} ${round(x + 8)} ${round(y - 12)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
