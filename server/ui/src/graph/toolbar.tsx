import { Mark, type MarkName } from "../parts/marks";
import { useStore } from "../state/store";
import { clearDrawing, drawing as drawingStore, hueOf, kindOf, vocabulary, kindName } from "../state/view";
import { go } from "../state/route";
import { saveSvg } from "./export";
import type { Actions } from "./keys";
import type { Layout } from "./layout";
import { type Drawing, MOST, around } from "./model";
import type { Iri } from "../words";

interface Props {
  actions: Actions;
  layout: Layout;
}

export function Toolbar({ actions, layout }: Props) {
  return (
    <div class="tools" role="group" aria-label="Drawing tools">
      <Tool name="Zoom in" mark="plus" onClick={() => actions.zoom(1.25)} />
      <Tool name="Zoom out" mark="minus" onClick={() => actions.zoom(0.8)} />
      <Tool name="Fit" mark="fit" onClick={() => actions.fit()} />
      <Tool name="Export SVG" mark="export" onClick={() => saveSvg(layout.places)} />
      <Tool
        name="Clear"
        mark="clear"
       
        onClick={() => {
          clearDrawing();
          go("graph");
        }}
      />
    </div>
  );
}

function Tool({ name, mark, onClick }: { name: string; mark: MarkName; onClick: () => void }) {
  return (
    <button class="icon" type="button" aria-label={name} title={name} onClick={onClick}>
      <Mark name={mark} />
    </button>
  );
}

/** The classes of what is drawn, in their colours. */
export function Legend({ drawing }: { drawing: Drawing }) {
  const words = useStore(vocabulary);
  const counts = new Map<Iri | null, number>();
  for (const node of drawing.nodes.values()) {
    const kind = kindOf(node.types, words);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const kinds = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 9);
  return (
    <ul class="legend" aria-label="Types">
      {kinds.map(([kind, count]) => (
        <li key={kind} class={`hue-${hueOf(kind, words)}`}>
          <span class="dot" aria-hidden="true" />
          {kind ? kindName(kind, words) : "no class"} <span class="count">{count}</span>
        </li>
      ))}
    </ul>
  );
}

/** How much is drawn, and at the end of the room, how to go on. */
export function Status({ drawing, selected }: { drawing: Drawing; selected: Iri | null }) {
  const { size } = drawing.nodes;
  const full = size >= MOST;
  return (
    <div class={full ? "tally full" : "tally"}>
      <p role="status">
        {full
          ? `${MOST.toLocaleString("en")} nodes are drawn, the most at once.${drawing.refused ? ` ${drawing.refused} more found no room.` : ""} Remove some to go on, or keep only what is near one node.`
          : `${size.toLocaleString("en")} of at most ${MOST.toLocaleString("en")} nodes drawn`}
      </p>
      {full && selected && (
        <button type="button" onClick={() => drawingStore.update((now) => around(now, selected))}>
          Keep only what is near this node
        </button>
      )}
    </div>
  );
}
