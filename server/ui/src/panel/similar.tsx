import { similar } from "../api/graphql";
import { useAsked } from "../parts/asked";
import { Busy, NodeLink, Trouble } from "../parts/said";
import { useStore } from "../state/store";
import { kindOf, vocabulary, kindName } from "../state/view";
import type { Iri } from "../words";

/** What is like this node by meaning, as far as models may read it. */
export function SimilarList({ iri }: { iri: Iri }) {
  const words = useStore(vocabulary);
  const { value, problem, busy } = useAsked(iri, (signal) => similar(iri, signal));
  if (busy) return <Busy>Comparing</Busy>;
  if (problem) return <Trouble problem={problem} />;
  if (!value) return <p class="faint">No model may compare this with anything.</p>;
  if (!value.length) return <p class="faint">Nothing similar.</p>;
  return (
    <ol class="similar" aria-label="Similar">
      {value.map((one) => {
        const kind = kindOf(one.types, words);
        return (
          <li key={one.iri}>
            <NodeLink iri={one.iri} label={one.label} /> {kind && <span class="faint">{kindName(kind, words)}</span>}
            <span class="score" title={`score ${one.score}`}>
              {Math.round(one.score * 100)} %
            </span>
          </li>
        );
      })}
    </ol>
  );
}
