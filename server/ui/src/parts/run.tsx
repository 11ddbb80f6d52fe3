/** A run from who to result, as its provenance tells it. */

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { readRun } from "../api/graphql";
import { localName, printable } from "../rdf/iri";
import { hrefTo } from "../state/route";
import { recentRuns } from "../state/runs";
import { useStore } from "../state/store";
import { learnLabels } from "../state/view";
import { useAsked } from "./asked";
import { Busy, NodeLink, Term, Trouble, moment } from "./said";
import type { Iri, Run, Step } from "../words";

const TRIES = 6;
const PAUSE = 600;

export function RunPage({ iri }: { iri: Iri }) {
  const { value, problem, busy } = useAsked(iri, (signal) => readWhenThere(iri, signal));
  const what = useStore(recentRuns, (runs) => runs.find((run) => run.iri === iri)?.what ?? null);
  return (
    <section class="page">
      <p class="crumb">
        <a href={hrefTo("runs")}>← Runs</a>
      </p>
      <h1>Run</h1>
      {what && <p class="lead">{printable(what)}</p>}
      <p class="iri">
        <code>{iri}</code>
      </p>
      {busy && <Busy>Waiting for its provenance, which is written within two seconds</Busy>}
      <Trouble problem={problem} />
      {!busy && !problem && !value && <p role="alert">Nothing that you may know of has this name.</p>}
      {value && <Provenance run={value} />}
    </section>
  );
}

/** Provenance is there at most two seconds after the answer: what is not there yet is asked for again. */
async function readWhenThere(iri: Iri, signal: AbortSignal): Promise<Run | null> {
  for (let left = TRIES; left > 0; left -= 1) {
    const run = await readRun(iri, signal);
    if (run || signal.aborted) return run;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  return null;
}

function Provenance({ run }: { run: Run }) {
  useEffect(() => void learnLabels([...(run.user ? [run.user] : []), ...run.agents]), [run]);
  return (
    <ol class="provenance" aria-label="Provenance">
      <Stage name="User">{run.user ? <NodeLink iri={run.user} /> : "nobody"}</Stage>
      <Stage name="Agents">
        {run.agents.length ? run.agents.map((agent) => <NodeLink key={agent} iri={agent} />) : <span class="faint">none: the user asked</span>}
      </Stage>
      <Stage name="Purpose">{run.purpose ? <Term iri={run.purpose} /> : <span class="faint">none</span>}</Stage>
      <Stage name="Decision">
        {run.decision && <code>{run.decision}</code>}
        {run.rules.length > 0 && (
          <ul class="rules" aria-label="Rules">
            {run.rules.map((rule) => (
              <li key={rule} title={rule}>
                {rule.replace(/^urn:ambit:rule:/u, "")}
              </li>
            ))}
          </ul>
        )}
      </Stage>
      <Stage name="Steps">
        {run.steps.length ? (
          <ol class="steps">
            {run.steps.map((step) => (
              <StepFacts key={step.iri} step={step} />
            ))}
          </ol>
        ) : (
          <span class="faint">none: no model was asked</span>
        )}
      </Stage>
      <Stage name="Result">
        <p>
          {moment(run.started)}
          {took(run) !== null && <span class="faint">, took {took(run)} ms</span>}
        </p>
        <Handed compartments={run.handed} />
      </Stage>
    </ol>
  );
}

function Stage({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <li>
      <h2>{name}</h2>
      <div>{children}</div>
    </li>
  );
}

function StepFacts({ step }: { step: Step }) {
  return (
    <li>
      <h3>
        {step.task ? localName(step.task) : "Step"}
        {step.count !== null && <span class="count"> {step.count === 1 ? "1 text" : `${step.count} texts`}</span>}
      </h3>
      <dl>
        <Fact name="Deployment" iri={step.deployment} />
        <Fact name="Site" iri={step.site} />
        <Fact name="Version" iri={step.version} />
        {took(step) !== null && (
          <>
            <dt>Took</dt>
            <dd>{took(step)} ms</dd>
          </>
        )}
        <dt>Handed</dt>
        <dd>
          <Handed compartments={step.handed} />
        </dd>
      </dl>
    </li>
  );
}

function Fact({ name, iri }: { name: string; iri: Iri | null }) {
  if (!iri) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <Term iri={iri} />
      </dd>
    </>
  );
}

/** The compartments whose values were handed over. */
function Handed({ compartments }: { compartments: readonly Iri[] }) {
  if (!compartments.length) return <span class="faint">nothing of the graph was handed over</span>;
  return (
    <details>
      <summary>
        values of {compartments.length} {compartments.length === 1 ? "compartment" : "compartments"} handed over
      </summary>
      <ul>
        {compartments.map((one) => (
          <li key={one}>
            <code>{one}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}

function took({ started, ended }: { started: string | null; ended: string | null }): number | null {
  if (!started || !ended) return null;
  const span = new Date(ended).getTime() - new Date(started).getTime();
  return Number.isNaN(span) ? null : span;
}
