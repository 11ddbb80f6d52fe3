/** All about one node: what is said of it and by whom, its links, what is like it. */

import { useState } from "preact/hooks";
import type { Actions } from "../graph/keys";
import { Mark } from "../parts/marks";
import { useAsked } from "../parts/asked";
import { Busy, OutsideLink, Trouble } from "../parts/said";
import { className, nameOf } from "../rdf/iri";
import { hrefTo, go } from "../state/route";
import { useStore } from "../state/store";
import { drawing, openNode } from "../state/view";
import { Links } from "./links";
import { SimilarList } from "./similar";
import { Statements } from "./statements";
import { Tabs } from "../parts/tabs";
import type { Iri, NodeDetail } from "../words";

const TABS = ["Statements", "Links", "Similar"] as const;

export function NodePanel({ iri, actions }: { iri: Iri; actions: Actions }) {
  const { value, problem, busy } = useAsked(iri, (signal) => openNode(iri, signal));
  const label = value ? nameOf(value) : nameOf({ iri });
  return (
    <aside class="panel" aria-label={`About ${label}`}>
      {busy && <Busy>Reading</Busy>}
      {problem && (
        <div class="panel-body">
          <h1>{label}</h1>
          <Trouble problem={problem} />
          <p>
            <a href={hrefTo("why", iri)}>Why not?</a> · <a href={hrefTo("graph")}>Back to the drawing</a>
          </p>
        </div>
      )}
      {value && <About detail={value} actions={actions} />}
    </aside>
  );
}

function About({ detail, actions }: { detail: NodeDetail; actions: Actions }) {
  const [tab, setTab] = useState<(typeof TABS)[number]>("Statements");
  const drawn = useStore(drawing, (now) => now.nodes.get(detail.iri));
  return (
    <>
      <header class="panel-head">
        <p class="types">
          {detail.types.map((type) => (
            <span key={type.iri} class="chip" title={type.iri}>
              {className(type)}
            </span>
          ))}
        </p>
        <h1>{nameOf(detail)}</h1>
        <p class="iri">
          <code>{detail.iri}</code> <OutsideLink iri={detail.iri} />
        </p>
        <p class="actions">
          <a class="button primary" href={hrefTo("why", detail.iri)}>
            <Mark name="why" /> Why may I see this?
          </a>
          <button class="icon" type="button" aria-label="Copy IRI" title="Copy IRI" onClick={() => void navigator.clipboard.writeText(detail.iri)}>
            <Mark name="copy" />
          </button>
          <button class="icon" type="button" aria-label={drawn?.pinned ? "Unpin" : "Pin"} aria-pressed={drawn?.pinned ?? false} title={drawn?.pinned ? "Unpin" : "Pin"} disabled={!drawn} onClick={() => actions.pin(detail.iri)}>
            <Mark name="pin" />
          </button>
          <button class="icon" type="button" aria-label="Remove" title="Remove from the drawing" disabled={!drawn} onClick={() => actions.remove(detail.iri)}>
            <Mark name="minus" />
          </button>
          <button class="icon last" type="button" aria-label="Close" title="Close" onClick={() => go("graph")}>
            <Mark name="clear" />
          </button>
        </p>
      </header>
      <Tabs names={TABS} chosen={tab} onChoose={setTab} label="About this node" counts={{ Statements: detail.triples.length, Links: detail.groups.length }}>
        {tab === "Statements" && <Statements detail={detail} />}
        {tab === "Links" && <Links detail={detail} />}
        {tab === "Similar" && <SimilarList iri={detail.iri} />}
      </Tabs>
    </>
  );
}
