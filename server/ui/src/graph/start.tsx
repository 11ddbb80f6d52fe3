/** Where nothing is drawn yet: what is here, by class. */

import { Busy } from "../parts/said";
import { className } from "../rdf/iri";
import { useStore } from "../state/store";
import { hueOf, listedClass, trouble, vocabulary } from "../state/view";

const NUMBER = new Intl.NumberFormat();

export function Start() {
  const words = useStore(vocabulary);
  const listed = useStore(listedClass);
  const wrong = useStore(trouble);
  if (!words) return <div class="start">{!wrong && <Busy>Looking what is here</Busy>}</div>;
  const classes = [...words.classes].sort((a, b) => b.count - a.count);
  return (
    <div class="start">
      <h1>What is here</h1>
      <p class="lead">
        {classes.length
          ? "What you may see for this purpose, by class. Choose one to begin with, or search for a name above."
          : "Nothing that you may see for this purpose. Another purpose, or another token, may open more."}
      </p>
      <ul class="classes" aria-label="Classes">
        {classes.map((one) => (
          <li key={one.iri}>
            <button type="button" aria-pressed={one.iri === listed} class={`hue-${hueOf(one.iri, words)}`} title={one.iri} onClick={() => listedClass.set(one.iri)}>
              <span class="dot" aria-hidden="true" />
              <span class="class-name">{className(one)}</span> <span class="count">{NUMBER.format(one.count)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
