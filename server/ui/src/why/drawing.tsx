/** The path as a picture; the table below it says the same in words. */

import { printable, shortened } from "../rdf/iri";
import type { Path, PathEdge, PathNode, Role } from "./path";

const WIDTH = 158;
const HEIGHT = 40;
const COLUMN = WIDTH + 118;
const ROW = HEIGHT + 18;
const EDGE = 10;

const ROLES: Record<Role, string> = {
  user: "user",
  agent: "agent",
  purpose: "purpose",
  compartment: "compartment",
  data: "what is seen",
  other: "",
};

interface Props {
  path: Path;
  /** The statement that is pointed at, by its place in the list. */
  marked: number | null;
}

export function PathDrawing({ path, marked }: Props) {
  const at = new Map(path.nodes.map((node) => [node.iri, corner(node)]));
  const width = (path.columns - 1) * COLUMN + WIDTH + 2 * EDGE;
  const height = (path.rows - 1) * ROW + HEIGHT + 2 * EDGE;
  // what lies on the main way is drawn last, above the rest
  const edges = [...path.edges].sort((a, b) => Number(a.main) - Number(b.main));
  return (
    <div class="path-scroll" role="region" aria-label="The path, drawn" tabIndex={0}>
      <svg class="path" role="img" aria-label="The path from who asks to the data" viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
        <defs>
          <marker id="path-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
            <path class="arrow" d="M0 0.8 7.5 4 0 7.2z" />
          </marker>
        </defs>
        {edges.map((edge, index) => (
          <EdgeDrawing key={index} edge={edge} at={at} marked={marked !== null && edge.quad === marked} />
        ))}
        {path.nodes.map((node) => (
          <NodeDrawing key={node.iri} node={node} />
        ))}
      </svg>
    </div>
  );
}

function NodeDrawing({ node }: { node: PathNode }) {
  const { x, y } = corner(node);
  const role = ROLES[node.role] || node.types[0] || "";
  return (
    <g class={`path-node role-${node.role}`} transform={`translate(${x} ${y})`} data-iri={node.iri}>
      <title>{node.iri}</title>
      <rect width={WIDTH} height={HEIGHT} rx="7" />
      <text class="path-name" x="11" y={role ? 17 : 25}>
        {shortened(printable(node.name), 22)}
      </text>
      {role && (
        <text class="path-role" x="11" y="32">
          {shortened(role, 26)}
        </text>
      )}
    </g>
  );
}

function EdgeDrawing({ edge, at, marked }: { edge: PathEdge; at: Map<string, Spot>; marked: boolean }) {
  const [from, to] = [at.get(edge.from), at.get(edge.to)];
  if (!from || !to) return null;
  const { d, middle } = line(from, to);
  const kind = `${edge.main ? "main" : ""}${edge.quad === null ? " asked" : ""}${marked ? " marked" : ""}`;
  return (
    <g class={`path-edge ${kind}`}>
      <path d={d} marker-end="url(#path-arrow)" />
      {(edge.main || marked || edge.quad === null) && (
        <text x={middle.x} y={middle.y - 5} text-anchor="middle">
          {shortened(edge.name, 20)}
        </text>
      )}
    </g>
  );
}

interface Spot {
  x: number;
  y: number;
}

function corner(node: PathNode): Spot {
  return { x: EDGE + node.column * COLUMN, y: EDGE + node.row * ROW };
}

/** A line between two boxes: from side to side across columns, around the left within one. */
function line(from: Spot, to: Spot): { d: string; middle: Spot } {
  const [fy, ty] = [from.y + HEIGHT / 2, to.y + HEIGHT / 2];
  if (from.x === to.x) {
    const x = from.x + WIDTH;
    const reach = x + 34 + Math.abs(ty - fy) / 6;
    return { d: `M${x} ${fy}C${reach} ${fy} ${reach} ${ty} ${x + 2} ${ty}`, middle: { x: reach - 4, y: (fy + ty) / 2 } };
  }
  const forth = to.x > from.x;
  const [x1, x2] = forth ? [from.x + WIDTH, to.x - 2] : [from.x, to.x + WIDTH + 2];
  const bend = (x2 - x1) / 2;
  return { d: `M${x1} ${fy}C${x1 + bend} ${fy} ${x2 - bend} ${ty} ${x2} ${ty}`, middle: { x: (x1 + x2) / 2, y: (fy + ty) / 2 } };
}
