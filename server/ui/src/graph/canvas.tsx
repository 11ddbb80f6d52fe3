/** The drawing itself: every node is an element with a role and a name; positions are set past the virtual DOM. */

import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { type Drawing, edgeKey } from "./model";
import { EdgeLine, EdgeWords } from "./edge";
import type { Layout } from "./layout";
import { NodeMark } from "./node";
import { extent } from "./places";
import { edgePath, edgeWords } from "./shapes";
import { Zoom } from "./zoom";
import { type Actions, keyed } from "./keys";
import type { Iri } from "../words";

const FAR = 0.5;
const WORDS_UNTIL = 40;
/** Edges beyond which arrows would be all that one sees. */
const DENSE = 400;

interface Props {
  drawing: Drawing;
  layout: Layout;
  /** The node whose details are shown. */
  selected: Iri | null;
  /** The node that Tab leads to. */
  focused: Iri | null;
  menuOf: Iri | null;
  actions: Actions;
  onZoom: (zoom: Zoom) => void;
  onMove: () => void;
}

export function Canvas({ drawing, layout, selected, focused, menuOf, actions, onZoom, onMove }: Props) {
  const svg = useRef<SVGSVGElement>(null);
  const world = useRef<SVGGElement>(null);
  const zoom = useRef<Zoom | null>(null);
  const byHand = useRef(false);
  const marks = useRef(new Map<string, SVGElement>()).current;
  const current = useRef(drawing);
  current.current = drawing;

  const place = useMemo(() => () => placeAll(current.current, layout, marks), [layout]);

  useLayoutEffect(() => {
    const root = svg.current;
    if (!root) return;
    const made = new Zoom(root, (transform, hand) => {
      byHand.current ||= hand;
      world.current?.setAttribute("transform", transform.toString());
      root.toggleAttribute("data-far", transform.k < FAR);
      onMove();
    });
    zoom.current = made;
    made.fit(extent(layout.places));
    onZoom(made);
    const sized = new ResizeObserver(() => byHand.current || made.fit(extent(layout.places)));
    sized.observe(root);
    return () => sized.disconnect();
  }, []);

  useEffect(
    () =>
      layout.follow(() => {
        place();
        svg.current?.setAttribute("data-settled", String(layout.settled));
        if (!byHand.current) zoom.current?.fit(extent(layout.places));
        onMove();
      }),
    [layout],
  );

  useLayoutEffect(() => {
    if (!drawing.nodes.size) byHand.current = false;
    layout.show(drawing);
    place();
    svg.current?.setAttribute("data-settled", String(layout.settled));
  }, [drawing]);

  const wordy = drawing.edges.size <= WORDS_UNTIL;
  const dense = drawing.edges.size > DENSE;
  const edges = [...drawing.edges.values()];
  const touches = (from: Iri, to: Iri) => selected !== null && (from === selected || to === selected);

  return (
    <svg
      ref={svg}
      class={dense ? "canvas dense" : "canvas"}
      role="group"
      aria-label="Graph"
      data-testid="graph"
      data-nodes={drawing.nodes.size}
      onKeyDown={(event) => keyed(event, actions)}
    >
      <defs>
        <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
          <path class="arrow" d="M0 0.8 7.5 4 0 7.2z" />
        </marker>
      </defs>
      <g ref={world} class="world">
        <g class="edges" aria-hidden="true">
          {edges.map((edge) => (
            <EdgeLine key={edge.key} edge={edge} near={touches(edge.from, edge.to)} plain={dense} marks={marks} />
          ))}
        </g>
        <g class="edge-words" aria-hidden="true">
          {edges.map((edge) =>
            wordy || touches(edge.from, edge.to) ? <EdgeWords key={edge.key} edge={edge} marks={marks} place={place} /> : null,
          )}
        </g>
        <g class="nodes">
          {[...drawing.nodes.values()].map((node) => (
            <NodeMark
              key={node.iri}
              node={node}
              selected={node.iri === selected}
              tabbable={node.iri === focused}
              open={node.iri === menuOf}
              marks={marks}
              layout={layout}
              zoom={zoom}
              actions={actions}
            />
          ))}
        </g>
      </g>
    </svg>
  );
}

/** Puts every element where its node or edge now is. */
function placeAll(drawing: Drawing, layout: Layout, marks: Map<string, SVGElement>): void {
  const { places } = layout;
  for (const iri of drawing.nodes.keys()) {
    const at = places.get(iri);
    if (at) marks.get(`node ${iri}`)?.setAttribute("transform", `translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`);
  }
  for (const edge of drawing.edges.values()) {
    const curved = drawing.edges.has(edgeKey(edge.to, edge.from));
    marks.get(`edge ${edge.key}`)?.setAttribute("d", edgePath(edge, places, curved));
    const words = marks.get(`words ${edge.key}`);
    if (!words) continue;
    const spot = edgeWords(edge, places, curved);
    words.setAttribute("x", spot.x.toFixed(1));
    words.setAttribute("y", (spot.y - 4).toFixed(1));
  }
}
