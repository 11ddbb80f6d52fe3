/** The menu at a node: its neighbours by property and direction, with counts. After the menu pattern of the APG. */

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Mark } from "../parts/marks";
import { RDF_TYPE, propertyWords } from "../rdf/iri";
import { type Drawing, type Expansion, MOST, expansionKey, exhausted } from "./model";
import { expansions, details } from "../state/view";
import { useStore } from "../state/store";
import type { Point } from "./places";
import type { Group, Iri } from "../words";

interface Props {
  iri: Iri;
  label: string;
  drawing: Drawing;
  at: () => Point | null;
  /** Follows the node while it moves; gives back what ends that. */
  follow: (moved: () => void) => () => void;
  onExpand: (group: Group) => void;
  onClose: (focusNode: boolean) => void;
}

export function ExpandMenu({ iri, label, drawing, at, follow, onExpand, onClose }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const groups = useStore(details, (all) => all.get(iri)?.groups);
  const grownBy = useStore(expansions);

  useLayoutEffect(() => {
    const move = () => place(box.current, at());
    move();
    return follow(move);
  }, [iri, groups]);
  useLayoutEffect(() => {
    box.current?.querySelector<HTMLElement>("[role=menuitem]:not([aria-disabled=true])")?.focus({ preventScroll: true });
  }, [iri, groups]);
  useEffect(() => {
    const away = (event: PointerEvent) => {
      const target = event.target as Element;
      if (!box.current?.contains(target) && target.closest(".node")?.querySelector("[data-iri]")?.getAttribute("data-iri") !== iri) onClose(false);
    };
    document.addEventListener("pointerdown", away, true);
    return () => document.removeEventListener("pointerdown", away, true);
  }, [iri]);

  return (
    <div ref={box} class="menu" role="menu" aria-label={`Expand ${label}`} tabIndex={-1} onKeyDown={(event) => menuKey(event, onClose)}>
      {!groups?.length && (
        <button class="group" type="button" role="menuitem" tabIndex={-1} onClick={() => onClose(true)}>
          <span class="faint">{groups ? "No links to other nodes" : "Looking…"}</span>
        </button>
      )}
      {groups && inOrder(groups).map((group) => (
        <GroupItem
          key={expansionKey(iri, group.property.iri, group.direction)}
          group={group}
          grown={grownBy.get(expansionKey(iri, group.property.iri, group.direction))}
          full={drawing.nodes.size >= MOST}
          role="menuitem"
          onExpand={() => onExpand(group)}
        />
      ))}
    </div>
  );
}

interface ItemProps {
  group: Group;
  grown: Expansion | undefined;
  full: boolean;
  role?: "menuitem";
  onExpand: () => void;
}

/** What leads to a class comes last: it says least about a node among others. */
export function inOrder(groups: readonly Group[]): Group[] {
  return [...groups].sort((a, b) => Number(a.property.iri === RDF_TYPE) - Number(b.property.iri === RDF_TYPE));
}

/** One property in one direction, as an item of the menu or a button of the panel. */
export function GroupItem({ group, grown, full, role, onExpand }: ItemProps) {
  const done = exhausted(grown);
  const way = group.direction === "out" ? "outgoing" : "incoming";
  const name = propertyWords(group.property);
  const shown = grown && !done ? `${grown.shown} of ${grown.total}` : String(grown?.total ?? group.count);
  return (
    <button
      class="group"
      type="button"
      role={role}
      tabIndex={role ? -1 : undefined}
      aria-disabled={done || full}
      title={group.property.iri}
      onClick={() => done || full || onExpand()}
    >
      <Mark name={group.direction} />
      <span class="unseen">{`${name}, ${way}, ${shown}${done ? ", all drawn" : ""}`}</span>
      <span class="group-name" aria-hidden="true">
        {name}
      </span>
      <span class="count" aria-hidden="true">
        {shown}
      </span>
      {grown && (
        <span class="faint" aria-hidden="true">
          {done ? "drawn" : "more"}
        </span>
      )}
    </button>
  );
}

function menuKey(event: KeyboardEvent, onClose: (focusNode: boolean) => void): void {
  const items = [...(event.currentTarget as Element).querySelectorAll<HTMLElement>("[role=menuitem]")];
  const at = items.indexOf(event.target as HTMLElement);
  const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
  const next = to[event.key];
  if (next !== undefined) items.at(next >= items.length ? 0 : next)?.focus({ preventScroll: true });
  else if (event.key === "Escape") onClose(true);
  else if (event.key === "Tab") return onClose(false);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Puts the menu beside a point, inside of the canvas around it. */
function place(box: HTMLElement | null, point: Point | null): void {
  const around = box?.parentElement;
  if (!box || !around || !point) return;
  const right = point.x + 20 + box.offsetWidth > around.clientWidth;
  const x = right ? point.x - 20 - box.offsetWidth : point.x + 20;
  const y = Math.min(point.y - 16, around.clientHeight - box.offsetHeight - 8);
  box.style.left = `${Math.max(8, x)}px`;
  box.style.top = `${Math.max(8, y)}px`;
}
