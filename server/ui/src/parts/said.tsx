/** Small things that are said everywhere: problems, progress, names. */

import type { ComponentChildren } from "preact";
import { nameOf, outsideHref, printable } from "../rdf/iri";
import { hrefTo } from "../state/route";
import { useStore } from "../state/store";
import { labels } from "../state/view";
import type { Problem } from "../api/problem";
import type { Iri } from "../words";

export function Trouble({ problem }: { problem: Problem | null }) {
  if (!problem) return null;
  return (
    <div class="trouble" role="alert">
      <p>
        <strong>{sentence(problem.message)}</strong>
      </p>
      {problem.hint && <p>{sentence(problem.hint)}</p>}
      <p class="faint">
        <code>{problem.code}</code>
      </p>
    </div>
  );
}

export function Busy({ children = "Loading" }: { children?: ComponentChildren }) {
  return (
    <p class="busy" role="status">
      <span class="spinner" aria-hidden="true" />
      {children}…
    </p>
  );
}

/** Server texts are lower case without a full stop; a page begins its sentences with a capital. Code keeps its ticks. */
export function sentence(text: string): ComponentChildren {
  return coded(text.charAt(0).toUpperCase() + text.slice(1));
}

/** Text in which what stands in backticks is code. */
export function coded(text: string): ComponentChildren {
  return printable(text)
    .split("`").map((part, at) => (at % 2 ? <code key={at}>{part}</code> : part));
}

/** A link to a node of the graph, by its name; the IRI is its title. */
export function NodeLink({ iri, label }: { iri: Iri; label?: string | null }) {
  const known = useStore(labels, (all) => all.get(iri) ?? null);
  return (
    <a href={hrefTo("node", iri)} title={iri}>
      {nameOf({ iri, label: label ?? known })}
    </a>
  );
}

/** A way out of the explorer, for http and https alone; it shows where it leads. */
export function OutsideLink({ iri }: { iri: Iri }) {
  const href = outsideHref(iri);
  if (!href) return null;
  return (
    <a class="outside" href={href} target="_blank" rel="noopener noreferrer" title={href} aria-label={`open ${href}`}>
      ↗
    </a>
  );
}

/** An IRI that is no link: its name, with the whole as title. */
export function Term({ iri }: { iri: Iri }) {
  return <span title={iri}>{nameOf({ iri })}</span>;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function clock(moment: Date): string {
  return CLOCK.format(moment);
}

/** A moment as its text says it, in this place's time; what is no moment stays as it is. */
export function moment(text: string | null): string {
  if (!text) return "";
  const read = new Date(text);
  return Number.isNaN(read.getTime()) ? text : DAY.format(read);
}
