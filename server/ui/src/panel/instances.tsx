/** The instances of a class, page by page, to be drawn one by one or as they are listed. */

import { useEffect, useState } from "preact/hooks";
import { expand } from "../api/explore";
import { asProblem } from "../api/problem";
import { type Pages, START, following, usable } from "../parts/paging";
import { Mark } from "../parts/marks";
import { Busy, Trouble } from "../parts/said";
import { RDF_TYPE, nameOf } from "../rdf/iri";
import { go } from "../state/route";
import { useStore } from "../state/store";
import { draw, listedClass, tried, vocabulary, kindName } from "../state/view";
import type { Brief, Iri } from "../words";

export function InstancesPanel({ iri }: { iri: Iri }) {
  const words = useStore(vocabulary);
  const [pages, setPages] = useState<Pages<Brief>>(START);
  const name = kindName(iri, words);
  const total = words?.classes.find((one) => one.iri === iri)?.count;

  async function read(from: Pages<Brief>, signal?: AbortSignal) {
    setPages({ ...from, busy: true, problem: null });
    try {
      const { body } = await expand({ iri, property: RDF_TYPE, direction: "in", after: from.after }, signal);
      setPages(following(from, body.nodes, { hasNextPage: body.next !== null, endCursor: body.next }));
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem) setPages({ ...from, busy: false, problem });
    }
  }

  useEffect(() => {
    const ending = new AbortController();
    void read(START, ending.signal);
    return () => ending.abort();
  }, [iri]);

  return (
    <aside class="panel" aria-label={`Instances of ${name}`}>
      <header class="panel-head">
        <p class="types">
          <span class="chip">class</span>
        </p>
        <h1>{name}</h1>
        <p class="iri">
          <code>{iri}</code>
        </p>
        <p class="actions">
          <button class="primary" type="button" disabled={!pages.items.length} onClick={() => void tried(() => draw(pages.items))}>
            Draw these
          </button>
          <span class="faint">
            {pages.items.length.toLocaleString("en")}
            {total !== undefined && ` of ${total.toLocaleString("en")}`}
          </span>
          <button class="icon last" type="button" aria-label="Close" title="Close" onClick={() => listedClass.set(null)}>
            <Mark name="clear" />
          </button>
        </p>
      </header>
      <div class="panel-body">
        <Trouble problem={pages.problem} />
        <ul class="instances" aria-label={`Instances of ${name}`}>
          {pages.items.map((one) => (
            <li key={one.iri}>
              <button class="link" type="button" title={one.iri} onClick={() => go("node", one.iri)}>
                {nameOf(one)}
              </button>
            </li>
          ))}
        </ul>
        {pages.busy && <Busy />}
        {usable(pages) && (
          <button type="button" onClick={() => void read(pages)}>
            More
          </button>
        )}
      </div>
    </aside>
  );
}
