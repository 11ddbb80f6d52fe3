/** What is said of a node, each statement with the records that say it. */

import { useState } from "preact/hooks";
import { NodeLink, OutsideLink } from "../parts/said";
import { RDF_TYPE, className, localName, pathName, printable, propertyWords, shownDatatype } from "../rdf/iri";
import { type Cited, type Numbered, byProperty, numbered } from "./sources";
import type { NodeDetail, Value } from "../words";

const LONG = 400;
const NOTES = 2;

export function Statements({ detail }: { detail: NodeDetail }) {
  const { cited, sources } = numbered(detail.triples);
  const [marked, setMarked] = useState<number | null>(null);
  return (
    <>
      <table class="statements" aria-label="Statements">
        <colgroup>
          <col class="col-property" />
          <col />
          <col class="col-notes" />
        </colgroup>
        <thead>
          <tr class="unseen">
            <th scope="col">Property</th>
            <th scope="col">Value</th>
            <th scope="col">Sources</th>
          </tr>
        </thead>
        <tbody>
          {byProperty(cited).map(({ property, values }) =>
            values.map((one, at) => (
              <tr key={`${property.iri} ${at}`} class={at > 0 ? "again" : ""}>
                <th scope="row" title={property.iri}>
                  <span class={at > 0 ? "unseen" : ""}>{propertyWords(property)}</span>
                </th>
                <td>
                  <ValueText value={one.statement.value} isType={property.iri === RDF_TYPE} />
                  {one.statement.inferred && (
                    <span class="tag" title="This follows from what the sources say">
                      inferred
                    </span>
                  )}
                  {one.statement.value.type === "iri" && <OutsideLink iri={one.statement.value.value} />}
                </td>
                <td class="notes">
                  <Notes cited={one} marked={marked} onMark={setMarked} />
                </td>
              </tr>
            )),
          )}
        </tbody>
      </table>
      {detail.truncated && <p class="faint">Only the first {detail.triples.length} statements are listed.</p>}
      {detail.triples.length === 0 && <p class="faint">Nothing is stated of it; others link to it.</p>}
      {sources.length > 0 && <SourceList sources={sources} marked={marked} />}
    </>
  );
}

function Notes({ cited, marked, onMark }: { cited: Cited; marked: number | null; onMark: (number: number | null) => void }) {
  const [all, setAll] = useState(false);
  const shown = all || cited.numbers.length <= NOTES ? cited.numbers : cited.numbers.slice(0, NOTES - 1);
  const rest = cited.numbers.length - shown.length;
  return (
    <>
      {shown.map((number) => (
        <button key={number} class="note" type="button" aria-label={`source ${number}`} aria-pressed={marked === number} onClick={() => onMark(marked === number ? null : number)}>
          {number}
        </button>
      ))}
      {rest > 0 && (
        <button class="note" type="button" aria-label={`+${rest} more sources`} onClick={() => setAll(true)}>
          +{rest}
        </button>
      )}
    </>
  );
}

function SourceList({ sources, marked }: { sources: readonly Numbered[]; marked: number | null }) {
  return (
    <section class="sources">
      <h2>Sources</h2>
      <ol aria-label="Sources">
        {sources.map(({ number, source }) => (
          <li key={number} class={number === marked ? "marked" : ""} aria-current={number === marked ? "true" : undefined}>
            <span title={source.source}>{localName(source.source)}</span> <span class="faint">›</span>{" "}
            <span title={source.record}>{recordName(source.record, source.source)}</span>
            {source.location && <span class="place"> {printable(source.location)}</span>}
            <code class="graph-iri" title="The record graph">
              {source.graph}
            </code>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** A record by its path inside of its source. */
function recordName(record: string, source: string): string {
  return record.startsWith(`${source}/`) ? printable(decodedPath(record.slice(source.length + 1))) : pathName(record, 3);
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function ValueText({ value, isType = false }: { value: Value; isType?: boolean }) {
  const [whole, setWhole] = useState(false);
  if (value.type === "iri")
    return <NodeLink iri={value.value} label={isType ? className({ iri: value.value, label: value.label ?? null }) : (value.label ?? null)} />;
  const text = printable(value.value);
  const long = text.length > LONG && !whole;
  const type = shownDatatype(value.datatype);
  return (
    <>
      <span class="literal">{long ? `${text.slice(0, LONG)}…` : text}</span>
      {value.language && <span class="tag">{value.language}</span>}
      {type && <span class="type">{type}</span>}
      {long && (
        <button class="link" type="button" onClick={() => setWhole(true)}>
          all {text.length.toLocaleString("en")} characters
        </button>
      )}
    </>
  );
}
