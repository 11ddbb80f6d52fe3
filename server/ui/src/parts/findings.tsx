/** Findings: what validation and drift detection found, with the evidence. */

import { Fragment } from "preact";
import { useEffect, useState } from "preact/hooks";
import { findings } from "../api/graphql";
import { asProblem } from "../api/problem";
import { localName, pathName, printable } from "../rdf/iri";
import { hrefTo } from "../state/route";
import { type Pages, START, following, usable } from "./paging";
import { Busy, Term, Trouble, coded, moment } from "./said";
import type { Finding } from "../words";

export function FindingsPage() {
  const [pages, setPages] = useState<Pages<Finding>>(START);
  const [total, setTotal] = useState<number | null>(null);

  async function read(from: Pages<Finding>, signal?: AbortSignal) {
    setPages({ ...from, busy: true, problem: null });
    try {
      const { body } = await findings(from.after, signal);
      setTotal(body.totalCount);
      setPages(following(from, body.nodes, body.pageInfo));
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem) setPages({ ...from, busy: false, problem });
    }
  }

  useEffect(() => {
    const ending = new AbortController();
    void read(START, ending.signal);
    return () => ending.abort();
  }, []);

  return (
    <section class="page wide">
      <h1>
        Findings {total !== null && total > 0 && <span class="count">{total.toLocaleString("en")}</span>}
      </h1>
      <p class="lead">What does not fit the shapes, or has drifted from what the ontology says, as far as you may see it.</p>
      <Trouble problem={pages.problem} />
      {pages.items.length > 0 && (
        <div class="table-scroll" role="region" aria-label="Findings, listed" tabIndex={0}>
          <table class="grid" aria-label="Findings">
            <thead>
              <tr>
                <th scope="col">Severity</th>
                <th scope="col">What</th>
                <th scope="col">About</th>
                <th scope="col">Found</th>
              </tr>
            </thead>
            <tbody>
              {pages.items.map((finding) => (
                <Row key={finding.iri} finding={finding} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {pages.busy && <Busy />}
      {pages.read && !pages.items.length && !pages.busy && <p role="status">No findings.</p>}
      {usable(pages) && (
        <button type="button" onClick={() => void read(pages)}>
          More findings
        </button>
      )}
    </section>
  );
}

function Row({ finding }: { finding: Finding }) {
  const [open, setOpen] = useState(false);
  const severity = localName(finding.severity);
  return (
    <>
      <tr>
        <td>
          <span class={`severity ${severity.toLowerCase()}`}>{severity}</span>
        </td>
        <td>
          <button class="disclosure" type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
            <span class="arrow-mark" aria-hidden="true">
              ›
            </span>
            <span>
              <span class="unseen">Evidence of {finding.code}: </span>
              {coded(finding.message)}
            </span>
          </button>
          <code class="code">{finding.code}</code>
        </td>
        <td title={finding.about}>{pathName(finding.about, 3)}</td>
        <td class="moment">{moment(finding.created)}</td>
      </tr>
      {open && (
        <tr class="evidence">
          <td colSpan={4}>
            <Evidence finding={finding} />
          </td>
        </tr>
      )}
    </>
  );
}

function Evidence({ finding }: { finding: Finding }) {
  return (
    <dl>
      {finding.focus && (
        <>
          <dt>Node</dt>
          <dd>
            <a href={hrefTo("node", finding.focus)} title={finding.focus}>
              {localName(finding.focus)}
            </a>
          </dd>
        </>
      )}
      {finding.path && (
        <>
          <dt>Property</dt>
          <dd>
            <Term iri={finding.path} />
          </dd>
        </>
      )}
      {finding.value !== null && (
        <>
          <dt>Value</dt>
          <dd>
            <code>{printable(finding.value)}</code>
          </dd>
        </>
      )}
      <dt>Record</dt>
      <dd>
        <code>{finding.about}</code>
      </dd>
      {finding.evidence.map((one, at) => (
        <FactRows key={at} text={one} />
      ))}
    </dl>
  );
}

/** Evidence is an object as JSON; what is something else is shown as it is. */
function FactRows({ text }: { text: string }) {
  return (
    <>
      {factsOf(text).map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name.charAt(0).toUpperCase() + name.slice(1)}</dt>
          <dd>
            <code>{printable(value)}</code>
          </dd>
        </Fragment>
      ))}
    </>
  );
}

export function factsOf(text: string): [string, string][] {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read !== "object" || read === null || Array.isArray(read)) return [["evidence", text]];
    return Object.entries(read).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
  } catch {
    return [["evidence", text]];
  }
}
