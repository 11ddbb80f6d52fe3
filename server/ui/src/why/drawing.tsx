/** The path as a picture; the table below it says the same in words. */

import { printable, shortened } from "../rdf/iri";
import type { Spot } from "./columns";
import { BOX_HEIGHT, BOX_WIDTH, type Point, boxCorner, laneOf, lineThrough, size } from "./lines";
import type { Path, PathEdge, PathNode, Role } from "./path";

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
  const { spots, bends } = path.placed;
  const { width, height } = size(path.placed);
  const lanes = path.edges.map((edge, at) => laneOf(spots.get(edge.from), spots.get(edge.to), bends[at] ?? []));
  // what lies on the main way is drawn last, above the rest
  const order = path.edges.map((_, at) => at).sort((a, b) => Number(path.edges[a]?.main) - Number(path.edges[b]?.main));
  return (
    <div class="path-scroll" role="region" aria-label="The path, drawn" tabIndex={0}>
      <svg class="path" role="img" aria-label="The path from who asks to the data" viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
        <defs>
          <marker id="path-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto-start-reverse">
            <path class="arrow" d="M0 0.8 7.5 4 0 7.2z" />
          </marker>
        </defs>
        {order.map((at) => {
          const edge = path.edges[at];
          const lane = lanes[at];
          return edge && lane ? <EdgeDrawing key={at} edge={edge} lane={lane} marked={marked !== null && edge.quad === marked} /> : null;
        })}
        {path.nodes.map((node) => {
          const spot = spots.get(node.iri);
          return spot ? <NodeDrawing key={node.iri} node={node} spot={spot} /> : null;
        })}
      </svg>
    </div>
  );
}

function NodeDrawing({ node, spot }: { node: PathNode; spot: Spot }) {
  const { x, y } = boxCorner(spot);
  const role = ROLES[node.role] || node.types[0] || "";
  return (
    <g class={`path-node role-${node.role}`} transform={`translate(${x} ${y})`} data-iri={node.iri}>
      <title>{node.iri}</title>
      <rect width={BOX_WIDTH} height={BOX_HEIGHT} rx="7" />
      <text class="path-name" x="11" y={role ? 17 : 25}>
        {shortened(printable(node.name), 21)}
      </text>
      {role && (
        <text class="path-role" x="11" y="32">
          {shortened(role, 24)}
        </text>
      )}
    </g>
  );
}

function EdgeDrawing({ edge, lane, marked }: { edge: PathEdge; lane: Point[]; marked: boolean }) {
  const { d, words } = lineThrough(lane);
  const kind = ["path-edge", edge.main && "main", edge.quad === null && "asked", marked && "marked"].filter(Boolean).join(" ");
  return (
    <g class={kind}>
      <title>{edge.name}</title>
      <path d={d} marker-end="url(#path-arrow)" />
      {(edge.main || marked || edge.quad === null) && (
        <text x={words.x} y={words.y} text-anchor={words.anchor}>
          {shortened(edge.name, 20)}
        </text>
      )}
    </g>
  );
}
