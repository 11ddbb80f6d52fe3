import { describe, expect, it } from "vitest";
import { EMPTY, MOST, around, edgeKey, exhausted, grown, neighbours, withLinks, withNodes, withPin, without } from "../src/graph/model";
import { extent, nearest, pack, settleIn, unpack, type Places } from "../src/graph/places";
import { edgePath } from "../src/graph/shapes";

const brief = (iri: string, label: string | null = null, types: string[] = []) => ({ iri, label, types });
const three = withLinks(withNodes(EMPTY, [brief("a"), brief("b"), brief("c")]), [
  { from: "a", property: "p", to: "b" },
  { from: "b", property: "q", to: "c" },
]);

describe("a drawing", () => {
  it("holds a thousand nodes at most, and counts those that found no room", () => {
    const many = Array.from({ length: MOST + 7 }, (_, at) => brief(`n${at}`));
    const full = withNodes(EMPTY, many);
    expect([full.nodes.size, full.refused]).toEqual([MOST, 7]);
    const again = withNodes(full, [brief("n3", "named"), brief("new")]);
    expect([again.nodes.size, again.refused, again.nodes.get("n3")?.label]).toEqual([MOST, 1, "named"]);
  });

  it("learns of a node without forgetting what it knew, or its pin", () => {
    const pinned = withPin(withNodes(EMPTY, [brief("a", "Ada", ["T"])]), "a", true);
    expect(withNodes(pinned, [brief("a")]).nodes.get("a")).toEqual({ iri: "a", label: "Ada", types: ["T"], pinned: true });
    expect(withPin(pinned, "nobody", true)).toBe(pinned);
  });

  it("joins links between the same two nodes, and leaves out those with an end that is not drawn", () => {
    const drawn = withLinks(three, [
      { from: "a", property: "z", to: "b" },
      { from: "a", property: "p", to: "b" },
      { from: "b", property: "p", to: "a" },
      { from: "a", property: "p", to: "elsewhere" },
      { from: "a", property: "self", to: "a" },
    ]);
    expect(drawn.edges.get(edgeKey("a", "b"))?.properties).toEqual(["p", "z"]);
    expect(drawn.edges.size).toBe(4);
    expect(neighbours(drawn, "a")).toEqual(new Set(["b"]));
  });

  it("keeps apart what only looks alike when glued together", () => {
    expect(edgeKey("a b", "c")).not.toBe(edgeKey("a", "b c"));
  });

  it("loses a node with its edges, and keeps what is near another", () => {
    const less = without(three, new Set(["b"]));
    expect([[...less.nodes.keys()], less.edges.size]).toEqual([["a", "c"], 0]);
    const near = around(withPin(withNodes(three, [brief("d"), brief("e")]), "e", true), "a");
    expect([...near.nodes.keys()]).toEqual(["a", "b", "e"]);
  });
});

describe("an expansion", () => {
  it("grows page by page until there is no next", () => {
    const first = grown(undefined, { nodes: [1, 2], next: "x", total: 3 });
    expect([first, exhausted(first), exhausted(undefined)]).toEqual([{ shown: 2, next: "x", total: 3 }, false, false]);
    expect(exhausted(grown(first, { nodes: [3], next: null, total: 3 }))).toBe(true);
  });
});

describe("the layout's bookkeeping", () => {
  it("puts a new node beside the one it belongs to, and forgets places of nodes that went", () => {
    const places: Places = new Map([["a", { x: 500, y: 500 }], ["gone", { x: 0, y: 0 }]]);
    settleIn(withLinks(withNodes(EMPTY, [brief("a"), brief("b")]), [{ from: "a", property: "p", to: "b" }]), places);
    const b = places.get("b");
    expect(places.has("gone")).toBe(false);
    expect(Math.hypot((b?.x ?? 0) - 500, (b?.y ?? 0) - 500)).toBeLessThan(80);
  });

  it("numbers nodes for the worker, without loops, and takes back what fits", () => {
    const drawn = withPin(withLinks(three, [{ from: "c", property: "p", to: "c" }]), "b", true);
    const places: Places = new Map();
    settleIn(drawn, places);
    const task = pack(drawn, places, 7, 1, false);
    expect([...task.links]).toEqual([0, 1, 1, 2]);
    expect([...task.pinned]).toEqual([0, 1, 0]);
    const positions = Float32Array.from([1, 2, 3, 4, 5, 6]);
    const order = ["a", "b", "c"];
    expect(unpack({ version: 6, positions, settled: true }, 7, order, places)).toBe(false);
    expect(unpack({ version: 7, positions: positions.slice(2), settled: true }, 7, order, places)).toBe(false);
    expect(unpack({ version: 7, positions, settled: true }, 7, order, places)).toBe(true);
    expect(places.get("c")).toEqual({ x: 5, y: 6 });
  });

  it("finds the next node that way, straight ahead before aside", () => {
    const places: Places = new Map([["a", { x: 0, y: 0 }], ["near", { x: 40, y: 60 }], ["ahead", { x: 90, y: 4 }], ["left", { x: -10, y: 0 }]]);
    expect(nearest(places, "a", "right")).toBe("ahead");
    expect(nearest(places, "a", "left")).toBe("left");
    expect(nearest(places, "a", "up")).toBeNull();
    expect(nearest(places, "nowhere", "up")).toBeNull();
  });

  it("measures what is drawn, and nothing as well", () => {
    expect(extent(new Map([["a", { x: 0, y: 0 }], ["b", { x: 100, y: 50 }]]), 10)).toEqual({ x: -20, y: -10, width: 140, height: 70 });
    expect(extent(new Map()).width).toBeGreaterThan(0);
  });

  it("draws lines, curves and loops, also where two nodes stand on each other", () => {
    const places: Places = new Map([["a", { x: 0, y: 0 }], ["b", { x: 100, y: 0 }], ["c", { x: 0, y: 0 }]]);
    const edge = (from: string, to: string) => ({ key: "", from, to, properties: [] });
    expect(edgePath(edge("a", "b"), places, false)).toMatch(/^M11 0L85 0$/u);
    expect(edgePath(edge("a", "b"), places, true)).toContain("Q");
    expect(edgePath(edge("a", "a"), places, false)).toContain("C");
    expect(edgePath(edge("a", "c"), places, true)).not.toContain("NaN");
    expect(edgePath(edge("a", "nobody"), places, false)).toBe("");
  });
});
