/**
 * A layered drawing (Sugiyama 1981): columns by distance, rows by barycentre. A line that crosses a column gets a place
 * of its own there, shared by all lines that lead to the same thing, so that no line runs behind a box. Pure.
 */

import type { Iri } from "../words";

export interface Line {
  from: Iri;
  to: Iri;
}

export interface Ends {
  /** What stands on the left. */
  request: readonly Iri[];
  /** What stands behind all that can be reached from there. */
  last: readonly Iri[];
  data: Iri;
}

export interface Spot {
  column: number;
  /** Counted in halves of a box, from the top. */
  row: number;
}

export interface Placed {
  spots: ReadonlyMap<Iri, Spot>;
  /** For each line, in its order, the places it passes through between its ends. */
  bends: Spot[][];
  columns: number;
  rows: number;
}

const BOX = 2;
const BEND = 1;
const SWEEPS = 8;

interface Item {
  column: number;
  height: number;
  row: number;
  near: Item[];
}

/** Gives every name a column and a row, and every line its bends. */
export function arrange(names: readonly Iri[], lines: readonly Line[], ends: Ends): Placed {
  const columns = columnsOf(names, lines, ends);
  const boxes = new Map<Iri, Item>(names.map((iri) => [iri, { column: columns.get(iri) ?? 0, height: BOX, row: 0, near: [] }]));
  const bends = new Map<string, Item>();
  const through = lines.map((line) => threaded(line, boxes, bends));
  const items = [...boxes.values(), ...bends.values()];
  sweep(items);
  const spot = ({ column, row }: Item): Spot => ({ column, row });
  return {
    spots: new Map([...boxes].map(([iri, item]) => [iri, spot(item)])),
    bends: through.map((passed) => passed.map(spot)),
    columns: Math.max(0, ...items.map((item) => item.column)) + 1,
    rows: Math.max(0, ...items.map((item) => item.row + item.height)),
  };
}

/** Columns by distance from the request, not through what stands last; what cannot be reached stands just before that. */
function columnsOf(names: readonly Iri[], lines: readonly Line[], { request, last, data }: Ends): Map<Iri, number> {
  const closed = new Set(last);
  const columns = new Map<Iri, number>(request.map((iri) => [iri, 0]));
  const queue = [...request];
  for (let here = queue.shift(); here !== undefined; here = queue.shift()) {
    for (const { from, to } of lines) {
      const next = from === here ? to : to === here ? from : null;
      if (next === null || columns.has(next) || closed.has(next)) continue;
      columns.set(next, (columns.get(here) ?? 0) + 1);
      queue.push(next);
    }
  }
  const reach = Math.max(1, ...columns.values());
  for (const iri of names)
    if (!columns.has(iri)) columns.set(iri, closed.has(iri) ? reach + 1 : iri === data ? reach + 2 : reach);
  return columns;
}

/** The places a line passes, in its direction; they are named by the end further left, which lines may share. */
function threaded(line: Line, boxes: ReadonlyMap<Iri, Item>, bends: Map<string, Item>): Item[] {
  const [from, to] = [boxes.get(line.from), boxes.get(line.to)];
  if (!from || !to) return [];
  const [left, right, hub] = from.column < to.column ? [from, to, line.from] : [to, from, line.to];
  const passed: Item[] = [];
  let before = left;
  for (let column = left.column + 1; column < right.column; column += 1) {
    const key = `${column} ${hub}`;
    const bend = bends.get(key) ?? { column, height: BEND, row: 0, near: [] };
    if (!bends.has(key)) {
      bends.set(key, bend);
      join(before, bend);
    }
    passed.push(bend);
    before = bend;
  }
  join(before, right);
  return from === left ? passed : passed.reverse();
}

function join(one: Item, other: Item): void {
  one.near.push(other);
  other.near.push(one);
}

function sweep(items: readonly Item[]): void {
  const byColumn = new Map<number, Item[]>();
  for (const item of items) byColumn.set(item.column, [...(byColumn.get(item.column) ?? []), item]);
  const order = [...byColumn.keys()].sort((a, b) => a - b);
  const heights = new Map([...byColumn].map(([column, members]) => [column, members.reduce((sum, item) => sum + item.height, 0)]));
  const most = Math.max(0, ...heights.values());
  for (let turn = 0; turn < SWEEPS; turn += 1) {
    for (const column of turn % 2 ? [...order].reverse() : order) {
      const members = byColumn.get(column) ?? [];
      if (turn > 0) {
        const wanted = new Map(members.map((item) => [item, barycentre(item)]));
        members.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      }
      let row = (most - (heights.get(column) ?? 0)) / 2;
      for (const item of members) {
        item.row = row;
        row += item.height;
      }
    }
  }
}

function barycentre(item: Item): number {
  const middles = item.near.map((one) => one.row + one.height / 2);
  return middles.length ? middles.reduce((sum, middle) => sum + middle, 0) / middles.length : item.row + item.height / 2;
}
