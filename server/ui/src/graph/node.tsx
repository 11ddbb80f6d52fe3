import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import { nameOf, shortened } from "../rdf/iri";
import { useStore } from "../state/store";
import { hueOf, kindOf, vocabulary, kindName } from "../state/view";
import { keeper } from "./edge";
import type { Actions } from "./keys";
import type { Layout } from "./layout";
import { memo } from "./memo";
import type { DrawnNode } from "./model";
import { RADIUS } from "./shapes";
import type { Zoom } from "./zoom";

interface Props {
  node: DrawnNode;
  selected: boolean;
  tabbable: boolean;
  open: boolean;
  marks: Map<string, SVGElement>;
  layout: Layout;
  zoom: RefObject<Zoom | null>;
  actions: Actions;
}

const SLACK = 4;

/** One node: a disc in its class's colour, with its name below. */
export const NodeMark = memo(function NodeMark({ node, selected, tabbable, open, marks, layout, zoom, actions }: Props) {
  const words = useStore(vocabulary);
  const drag = useDrag(node, layout, zoom, actions);
  const kind = kindOf(node.types, words);
  const name = nameOf(node);
  const said = [shortened(name, 200), kind ? kindName(kind, words) : "no class", ...(node.pinned ? ["pinned"] : [])].join(", ");
  return (
    <g ref={keeper(marks, `node ${node.iri}`)} class={`node hue-${hueOf(kind, words)}${selected ? " selected" : ""}`} {...drag}>
      <g
        role="button"
        tabIndex={tabbable ? 0 : -1}
        aria-label={said}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-current={selected ? "true" : undefined}
        data-iri={node.iri}
        onFocus={() => actions.focus(node.iri)}
      >
        <circle class="halo" r={RADIUS + 5} />
        <circle class="disc" r={RADIUS} />
      </g>
      <text class="letters" text-anchor="middle" y="3.5" aria-hidden="true">
        {letters(kind ? kindName(kind, words) : "")}
      </text>
      {node.pinned && <path class="pin" d="M6 -14h7l-1 5 2.5 2.5h-10L7 -9zM9.5 -6.5v6" aria-hidden="true" />}
      <text class="name" text-anchor="middle" y={RADIUS + 15} aria-hidden="true">
        {shortened(name, 24)}
        <title>{shortened(name, 200)}</title>
      </text>
    </g>
  );
});

/** Two letters for a class: `PurchaseOrder` is PO, `Ticket` is Ti. */
export function letters(word: string): string {
  const heads = word.match(/\p{Lu}|(?<=[\s_-])\p{L}|^\p{L}/gu) ?? [];
  const shown = heads.length > 1 ? heads.slice(0, 2).join("") : Array.from(word).slice(0, 2).join("");
  return shown.charAt(0).toUpperCase() + shown.slice(1);
}

/** Click opens; moving further than a little drags the node, which then stays where it was put. */
function useDrag(node: DrawnNode, layout: Layout, zoom: RefObject<Zoom | null>, actions: Actions) {
  const from = useRef<{ x: number; y: number; moved: boolean } | null>(null);
  return {
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0) return;
      from.current = { x: event.clientX, y: event.clientY, moved: false };
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
    },
    onPointerMove(event: PointerEvent) {
      const start = from.current;
      if (!start || !zoom.current) return;
      start.moved ||= Math.hypot(event.clientX - start.x, event.clientY - start.y) > SLACK;
      if (start.moved) layout.move(node.iri, zoom.current.inside(event.clientX, event.clientY));
    },
    onPointerUp() {
      if (from.current?.moved && !node.pinned) actions.pin(node.iri);
    },
    onPointerCancel() {
      from.current = null;
    },
    onClick() {
      const moved = from.current?.moved ?? false;
      from.current = null;
      if (!moved) actions.open(node.iri);
    },
  };
}
