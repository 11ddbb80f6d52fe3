/** The full search: passages with what they say. Its text lives in the page, not in the URL, so that no link searches. */

import { useEffect, useState } from "preact/hooks";
import { search } from "../api/graphql";
import { asProblem } from "../api/problem";
import { nameOf, pathName, printable } from "../rdf/iri";
import { hrefTo } from "../state/route";
import { Store, useStore } from "../state/store";
import { kindOf, vocabulary, kindName } from "../state/view";
import { type Pages, START, following, usable } from "./paging";
import { Busy, Trouble } from "./said";
import type { Hit } from "../words";

/** What is searched for; `at` makes the same text a new search. */
export const searchText = new Store<{ text: string; at: number }>({ text: "", at: 0 });

export function SearchPage() {
  const { text, at } = useStore(searchText);
  const [pages, setPages] = useState<Pages<Hit>>(START);

  async function read(from: Pages<Hit>, signal?: AbortSignal) {
    setPages({ ...from, busy: true, problem: null });
    try {
      const { body } = await search(text, from.after, signal);
      setPages(following(from, body.nodes, body.pageInfo));
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem) setPages({ ...from, busy: false, problem });
    }
  }

  useEffect(() => {
    if (!text) return setPages(START);
    const ending = new AbortController();
    void read(START, ending.signal);
    return () => ending.abort();
  }, [text, at]);

  return (
    <section class="page">
      <h1>Search</h1>
      {text ? <p class="lead">“{printable(text)}”</p> : <p class="lead">Type into the field above, and press Enter.</p>}
      <Trouble problem={pages.problem} />
      <ol class="hits" aria-label="Results">
        {pages.items.map((hit) => (
          <Result key={`${hit.iri} ${hit.source}`} hit={hit} />
        ))}
      </ol>
      {pages.busy && <Busy>Searching</Busy>}
      {text && pages.read && !pages.items.length && !pages.busy && <p role="status">Nothing found.</p>}
      {usable(pages) && (
        <button type="button" onClick={() => void read(pages)}>
          More results
        </button>
      )}
    </section>
  );
}

function Result({ hit }: { hit: Hit }) {
  const words = useStore(vocabulary);
  const kind = kindOf(hit.types, words);
  return (
    <li>
      <h2>
        <a href={hrefTo("node", hit.iri)} title={hit.iri}>
          {nameOf(hit)}
        </a>
        {kind && <span class="chip">{kindName(kind, words)}</span>}
      </h2>
      <p>{printable(hit.snippet)}</p>
      <p class="faint" title={hit.source}>
        {pathName(hit.source, 3)}
      </p>
    </li>
  );
}
