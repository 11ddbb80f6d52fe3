import { describe, expect, it } from "vitest";
import { parseLines } from "../src/rdf/ntriples";
import { arrange } from "../src/why/columns";
import { laneOf, lineThrough, size } from "../src/why/lines";
import { layPath } from "../src/why/path";

const A = "https://w3id.org/ambit#";
const asker = { user: "urn:u", agents: ["urn:agent"], purpose: "urn:refund" };
const quads = parseLines([
  `<urn:c10> <${A}isAssignedTo> <urn:u> <urn:crm> .`,
  `<urn:u> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://xmlns.com/foaf/0.1/Person> <urn:hr> .`,
  `<urn:ambit:compartment:1> <${A}hasAudience> <urn:c10> <urn:labels> .`,
  `<urn:ambit:compartment:1> <${A}hasSensitivity> <${A}Payment> <urn:labels> .`,
  `<urn:ambit:compartment:1> <${A}hasJurisdiction> <${A}EU> <urn:labels> .`,
  `<${A}Payment> <${A}isOpenTo> <urn:refund> <urn:purposes> .`,
  `<urn:agent> <${A}readsSensitivity> <${A}Payment> <urn:agents> .`,
]);

describe("the path from who asks to the data", () => {
  const path = layPath(quads, "urn:c10", asker, new Map([["urn:c10", "Umea"]]));
  const node = (iri: string) => path.nodes.find((one) => one.iri === iri);
  const column = (iri: string) => path.placed.spots.get(iri)?.column;

  it("draws the very triples, each by its place in the list, and types as words", () => {
    expect(path.edges.filter((edge) => edge.quad !== null).map((edge) => edge.quad)).toEqual([0, 2, 3, 4, 5, 6]);
    expect(node("urn:u")?.types).toEqual(["Person"]);
    expect([node("urn:ambit:compartment:1")?.name, node("urn:c10")?.name]).toEqual(["Payment · EU", "Umea"]);
    expect(path.edges[0]).toMatchObject({ from: "urn:agent", to: "urn:u", name: "acts for", quad: null });
  });

  it("has the request on the left and compartments on the right", () => {
    expect([column("urn:u"), column("urn:agent"), column("urn:refund")]).toEqual([0, 0, 0]);
    expect(column("urn:ambit:compartment:1")).toBe(path.placed.columns - 1);
    expect(column("urn:c10")).toBe(1);
  });

  it("marks a shortest way from the user and one from the purpose", () => {
    const main = path.edges.filter((edge) => edge.main).map((edge) => edge.name);
    expect(main.sort()).toEqual(["has audience", "has sensitivity", "is assigned to", "is open to"]);
  });

  it("is there for what no triple names, and without any triple", () => {
    const aside = layPath(quads, "urn:page", asker);
    expect(aside.edges.filter((edge) => edge.name === "speaks of")).toHaveLength(1);
    expect(aside.placed.spots.get("urn:page")?.column).toBe(aside.placed.columns - 1);
    expect(layPath([], "urn:x", { user: "urn:u", agents: [], purpose: null }).nodes).toHaveLength(2);
  });
});

describe("columns and rows", () => {
  const lines = [
    { from: "a", to: "b" },
    { from: "b", to: "c" },
    { from: "d", to: "a" },
    { from: "e", to: "a" },
    { from: "c", to: "d" },
  ];
  const placed = arrange(["a", "b", "c", "d", "e"], lines, { request: ["a"], last: ["d", "e"], data: "e" });

  it("lead long lines through places of their own, shared by those that lead to the same thing", () => {
    expect(placed.bends.map((bends) => bends.length)).toEqual([0, 0, 2, 2, 0]);
    expect(placed.bends[2]).toEqual(placed.bends[3]);
    const taken = [...placed.spots.values()].map(({ column, row }) => `${column} ${row}`);
    for (const bend of placed.bends.flat()) expect(taken).not.toContain(`${bend.column} ${bend.row}`);
  });

  it("never put two boxes onto each other", () => {
    const spots = [...placed.spots.values()];
    for (const [at, one] of spots.entries())
      for (const other of spots.slice(at + 1)) expect(one.column !== other.column || Math.abs(one.row - other.row) >= 2).toBe(true);
  });

  it("become curves with finite numbers", () => {
    for (const [at, line] of lines.entries()) {
      const lane = laneOf(placed.spots.get(line.from), placed.spots.get(line.to), placed.bends[at] ?? []);
      expect(lineThrough(lane ?? []).d).toMatch(/^M[\d.LC -]+$/u);
    }
    expect(size(placed).width).toBeGreaterThan(0);
    expect(laneOf(undefined, undefined, [])).toBeNull();
  });
});
