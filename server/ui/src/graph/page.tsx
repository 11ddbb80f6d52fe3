/** The graph: the drawing, what to do with it, and the panel of the node that is looked at. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { nameOf } from "../rdf/iri";
import { NodePanel } from "../panel/panel";
import { InstancesPanel } from "../panel/instances";
import { Mark } from "../parts/marks";
import { go } from "../state/route";
import { Store, useStore } from "../state/store";
import { drawing, expandGroup, listedClass, tried } from "../state/view";
import { Canvas } from "./canvas";
import type { Actions } from "./keys";
import { Layout } from "./layout";
import { ExpandMenu } from "./menu";
import { withPin, without } from "./model";
import { type Way, extent, nearest } from "./places";
import { Start } from "./start";
import { Legend, Status, Toolbar } from "./toolbar";
import type { Zoom } from "./zoom";
import type { Iri } from "../words";

const WAYS: Way[] = ["right", "left", "down", "up"];

export function GraphPage({ iri }: { iri: Iri | null }) {
  const drawn = useStore(drawing);
  const listed = useStore(listedClass);
  const layout = useMemo(() => new Layout(), []);
  const zoom = useRef<Zoom | null>(null);
  const [focused, setFocused] = useState<Iri | null>(iri);
  const [menuOf, setMenuOf] = useState<Iri | null>(null);
  const moves = useMemo(() => new Store(0), []);
  useEffect(() => () => layout.end(), [layout]);
  useEffect(() => {
    if (iri !== null) listedClass.set(null);
  }, [iri]);

  const actions = useMemo(() => makeActions(layout, zoom, setFocused, setMenuOf), [layout]);
  const tabbable = focused && drawn.nodes.has(focused) ? focused : iri && drawn.nodes.has(iri) ? iri : ([...drawn.nodes.keys()][0] ?? null);
  const menuNode = menuOf ? drawn.nodes.get(menuOf) : undefined;
  const panel = iri ? "node" : listed ? "class" : null;

  function closeMenu(focusNode: boolean) {
    if (focusNode && menuOf) focusNodeOf(menuOf);
    setMenuOf(null);
  }

  return (
    <div class={panel ? "explore with-panel" : "explore"}>
      <section class="stage" aria-label="Drawing">
        {!panel && drawn.nodes.size > 0 && <h1 class="unseen">Graph</h1>}
        <Canvas
          drawing={drawn}
          layout={layout}
          selected={iri}
          focused={tabbable}
          menuOf={menuOf}
          actions={actions}
          onZoom={(made) => (zoom.current = made)}
          onMove={() => moves.update((count) => count + 1)}
        />
        {drawn.nodes.size === 0 && !iri && <Start />}
        {menuNode && (
          <ExpandMenu
            iri={menuNode.iri}
            label={nameOf(menuNode)}
            drawing={drawn}
            at={() => pointOf(menuNode.iri, layout, zoom.current)}
            follow={(moved) => moves.follow(moved)}
            onExpand={({ property, direction }) => {
              closeMenu(true);
              void tried(() => expandGroup(menuNode.iri, property.iri, direction));
            }}
            onClose={closeMenu}
          />
        )}
        {drawn.nodes.size > 0 && (
          <>
            <Legend drawing={drawn} />
            <Status drawing={drawn} selected={iri} />
            <Toolbar actions={actions} layout={layout} />
          </>
        )}
      </section>
      {panel === "node" && iri && <NodePanel key={iri} iri={iri} actions={actions} />}
      {panel === "class" && listed && <InstancesPanel key={listed} iri={listed} />}
      {!panel && drawn.nodes.size > 0 && (
        <p class="hint-line">
          <Mark name="keys" /> Arrow keys move among nodes, Enter expands, P pins, Delete removes.
        </p>
      )}
    </div>
  );
}

function pointOf(iri: Iri, layout: Layout, zoom: Zoom | null) {
  const at = layout.places.get(iri);
  return at && zoom ? zoom.outside(at) : null;
}

function makeActions(
  layout: Layout,
  zoom: { current: Zoom | null },
  setFocused: (iri: Iri) => void,
  setMenuOf: (change: (iri: Iri | null) => Iri | null) => void,
): Actions {
  const focus = (iri: Iri) => {
    const at = layout.places.get(iri);
    if (at) zoom.current?.reveal(at);
    setFocused(iri);
  };
  return {
    focus,
    open(iri) {
      go("node", iri);
      setMenuOf((open) => (open === iri ? null : iri));
    },
    step(from, way) {
      const next = nearest(layout.places, from, way);
      if (next) focusNodeOf(next);
    },
    remove(iri) {
      const next = WAYS.map((way) => nearest(layout.places, iri, way)).find((found) => found !== null);
      drawing.update((now) => without(now, new Set([iri])));
      setMenuOf(() => null);
      if (location.hash.endsWith(encodeURIComponent(iri))) go("graph");
      if (next) requestAnimationFrame(() => focusNodeOf(next));
    },
    pin(iri) {
      drawing.update((now) => withPin(now, iri, !now.nodes.get(iri)?.pinned));
    },
    zoom: (factor) => zoom.current?.by(factor),
    pan: (dx, dy) => zoom.current?.pan(dx, dy),
    fit: () => zoom.current?.fit(extent(layout.places)),
  };
}

function focusNodeOf(iri: Iri): void {
  document.querySelector<SVGElement>(`[data-iri="${CSS.escape(iri)}"]`)?.focus({ preventScroll: true });
}
