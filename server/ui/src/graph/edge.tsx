import { memo } from "./memo";
import { useLayoutEffect } from "preact/hooks";
import { shortened } from "../rdf/iri";
import { vocabulary, propertyName } from "../state/view";
import { useStore } from "../state/store";
import type { Edge } from "./model";

type Marks = Map<string, SVGElement>;

export const EdgeLine = memo(function EdgeLine({ edge, near, plain, marks }: { edge: Edge; near: boolean; plain: boolean; marks: Marks }) {
  const arrow = plain && !near ? undefined : "url(#arrow)";
  return <path ref={keeper(marks, `edge ${edge.key}`)} class={near ? "edge near" : "edge"} marker-end={arrow} />;
});

export const EdgeWords = memo(function EdgeWords({ edge, marks, place }: { edge: Edge; marks: Marks; place: () => void }) {
  const words = useStore(vocabulary);
  useLayoutEffect(place, []);
  const text = edge.properties.map((property) => propertyName(property, words)).join(", ");
  return (
    <text ref={keeper(marks, `words ${edge.key}`)} text-anchor="middle">
      {shortened(text, 32)}
    </text>
  );
});

/** A ref that keeps an element under a name as long as it is there. */
export function keeper(marks: Marks, name: string): (element: SVGElement | null) => void {
  return (element) => {
    if (element) marks.set(name, element);
    else marks.delete(name);
  };
}
