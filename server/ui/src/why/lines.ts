/** From columns and rows to points, and from points to curves. Pure. */

import type { Placed, Spot } from "./columns";

export const BOX_WIDTH = 164;
export const BOX_HEIGHT = 40;
const COLUMN = BOX_WIDTH + 122;
const HALF = (BOX_HEIGHT + 16) / 2;
const EDGE = 10;
/** Room on the right for lines that leave and enter the last column there. */
const ASIDE = 46;

export interface Point {
  x: number;
  y: number;
}

export interface Words extends Point {
  anchor: "start" | "end";
}

export function size({ columns, rows }: Placed): { width: number; height: number } {
  return { width: (columns - 1) * COLUMN + BOX_WIDTH + 2 * EDGE + ASIDE, height: rows * HALF + 2 * EDGE };
}

export function boxCorner({ column, row }: Spot): Point {
  return { x: EDGE + column * COLUMN, y: EDGE + row * HALF + (2 * HALF - BOX_HEIGHT) / 2 };
}

/** The points of a line: out of one box's side, through its bends as level stretches, into the other's side. */
export function laneOf(from: Spot | undefined, to: Spot | undefined, bends: readonly Spot[]): Point[] | null {
  if (!from || !to) return null;
  const [start, end] = [boxCorner(from), boxCorner(to)];
  const [fy, ty] = [start.y + BOX_HEIGHT / 2, end.y + BOX_HEIGHT / 2];
  if (from.column === to.column) return [{ x: start.x + BOX_WIDTH, y: fy }, { x: end.x + BOX_WIDTH + 2, y: ty }];
  const forth = to.column > from.column;
  const through = bends.flatMap(({ column, row }) => {
    const [left, y] = [EDGE + column * COLUMN, EDGE + row * HALF + HALF / 2];
    const stretch = [{ x: left, y }, { x: left + BOX_WIDTH, y }];
    return forth ? stretch : stretch.reverse();
  });
  const first = { x: forth ? start.x + BOX_WIDTH : start.x, y: fy };
  const last = { x: forth ? end.x - 2 : end.x + BOX_WIDTH + 2, y: ty };
  return [first, ...through, last];
}

/** The curve through a line's points, and where its words stand: beside the box it leaves, clear of those of other boxes. */
export function lineThrough(lane: readonly Point[]): { d: string; words: Words } {
  const [first, ...rest] = lane;
  const last = rest.at(-1);
  if (!first || !last) return { d: "", words: { x: 0, y: 0, anchor: "start" } };
  if (rest.length === 1 && Math.abs(last.x - first.x) < 4) return arc(first, last);
  let d = `M${first.x} ${first.y}`;
  let before = first;
  for (const point of rest) {
    const middle = (before.x + point.x) / 2;
    d += before.y === point.y ? `L${point.x} ${point.y}` : `C${middle} ${before.y} ${middle} ${point.y} ${point.x} ${point.y}`;
    before = point;
  }
  const leftward = last.x < first.x;
  const second = rest[0] ?? last;
  // beside a box that the line leaves upwards the words stand below it, and the other way round
  const below = second.y < first.y;
  return { d, words: { x: first.x + (leftward ? -7 : 7), y: first.y + (below ? 13 : -5), anchor: leftward ? "end" : "start" } };
}

function arc(first: Point, last: Point): { d: string; words: Words } {
  const reach = first.x + 30 + Math.min(16, Math.abs(last.y - first.y) / 12);
  const d = `M${first.x} ${first.y}C${reach} ${first.y} ${reach} ${last.y} ${last.x} ${last.y}`;
  return { d, words: { x: reach - 5, y: (first.y + last.y) / 2 + 4, anchor: "start" } };
}
