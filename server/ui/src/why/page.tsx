/** Why may I see this: the verdict in a sentence, the rules, and the very triples that made them hold. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { explain } from "../api/graphql";
import { useAsked } from "../parts/asked";
import { Busy, NodeLink, Term, Trouble } from "../parts/said";
import { localName, nameOf, pathName, printable } from "../rdf/iri";
import { type Quad, type Term as RdfTerm, parseLines } from "../rdf/ntriples";
import { hrefTo } from "../state/route";
import { choosePurpose, signed } from "../state/session";
import { useStore } from "../state/store";
import { labels, learnLabels } from "../state/view";
import { PathDrawing } from "./drawing";
import { layPath } from "./path";
import type { Explanation, Iri, Session } from "../words";

export function WhyPage({ iri }: { iri: Iri }) {
  const { session, purpose } = useStore(signed);
  const label = useStore(labels, (all) => all.get(iri) ?? null);
  const { value, problem, busy } = useAsked(iri, (signal) => explain(iri, signal));
  return (
    <section class="page wide">
      <p class="crumb">
        <a href={hrefTo("node", iri)} title={iri}>
          ← {nameOf({ iri, label })}
        </a>
      </p>
      <h1>Why may I see this?</h1>
      <p class="iri">
        <code>{iri}</code>
      </p>
      {busy && <Busy>Deciding</Busy>}
      <Trouble problem={problem} />
      {value && session && <Verdict iri={iri} told={value.body} run={value.run} session={session} purpose={purpose} />}
    </section>
  );
}

interface VerdictProps {
  iri: Iri;
  told: Explanation;
  run: Iri | null;
  session: Session;
  purpose: Iri | null;
}

function Verdict({ iri, told, run, session, purpose }: VerdictProps) {
  const quads = useMemo(() => parseLines(told.triples), [told]);
  const known = useStore(labels);
  const path = useMemo(() => layPath(quads, iri, { ...session, purpose }, known), [quads, known]);
  useEffect(() => {
    const terms = quads.flatMap(({ subject, object }) => [subject, object]).filter(({ kind }) => kind === "iri");
    void learnLabels([iri, ...terms.map(({ value }) => value)]);
  }, [quads]);
  const [marked, setMarked] = useState<number | null>(null);
  return (
    <>
      <div class={told.permitted ? "verdict yes" : "verdict no"}>
        {/* what is absent and what is hidden read the same: only what another purpose would open is called closed */}
        {(told.permitted || told.missing.length > 0) && <p class="verdict-word">{told.permitted ? "Permitted" : "Not open"}</p>}
        <p data-testid="sentence">{printable(told.sentence)}</p>
      </div>
      <Missing missing={told.missing} session={session} purpose={purpose} />
      {told.rules.length > 0 && <Rules rules={told.rules} />}
      {quads.length > 0 && (
        <>
          <h2>The path</h2>
          <p class="faint">
            From who asks and why, on the left, to the data. Strong lines are the shortest way; a dashed line is said by the request
            itself; all others are triples that stand in the records below.
          </p>
          <PathDrawing path={path} marked={marked} />
          <h2>The triples</h2>
          <Triples quads={quads} onMark={setMarked} />
        </>
      )}
      {run && (
        <p class="after">
          <a href={hrefTo("run", run)}>Run of this answer</a>
        </p>
      )}
    </>
  );
}

function Rules({ rules }: { rules: readonly Iri[] }) {
  return (
    <>
      <h2>The rules</h2>
      <ul class="rules" aria-label="Rules">
        {rules.map((rule) => (
          <li key={rule} title={rule}>
            {rule.replace(/^urn:ambit:rule:/u, "")}
          </li>
        ))}
      </ul>
    </>
  );
}

function Missing({ missing, session, purpose }: { missing: readonly Iri[]; session: Session; purpose: Iri | null }) {
  if (!missing.length) return null;
  return (
    <>
      <h2>What would open more of it</h2>
      <ul class="rules" aria-label="Would open it">
        {missing.map((one) => (
          <li key={one} title={one}>
            {localName(one)}
            {one !== purpose && (session.purposes ?? [one]).includes(one) && !one.endsWith("#Approval") && (
              <button class="link" type="button" onClick={() => choosePurpose(one)}>
                ask for this purpose
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function Triples({ quads, onMark }: { quads: readonly Quad[]; onMark: (at: number | null) => void }) {
  return (
    <div class="table-scroll" role="region" aria-label="Triples, listed" tabIndex={0}>
      <table class="grid" aria-label="Triples">
        <thead>
          <tr>
            <th scope="col">Subject</th>
            <th scope="col">Property</th>
            <th scope="col">Object</th>
            <th scope="col">Stated in</th>
          </tr>
        </thead>
        <tbody>
          {quads.map((quad, at) => (
            <tr key={at} onPointerEnter={() => onMark(at)} onPointerLeave={() => onMark(null)} onFocusIn={() => onMark(at)} onFocusOut={() => onMark(null)}>
              <td>
                <TermText term={quad.subject} />
              </td>
              <td>
                <Term iri={quad.predicate.value} />
              </td>
              <td>
                <TermText term={quad.object} />
              </td>
              <td class="faint" title={quad.graph?.value}>
                {quad.graph ? pathName(quad.graph.value, 3) : ""}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TermText({ term }: { term: RdfTerm }) {
  if (term.kind === "literal") return <span class="literal">{printable(term.value)}</span>;
  if (term.kind === "blank") return <code>_:{term.value}</code>;
  if (term.value.startsWith("urn:ambit:")) return <Term iri={term.value} />;
  return <NodeLink iri={term.value} />;
}
