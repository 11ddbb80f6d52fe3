/** The two consoles. A query that came with the URL is put into the editor and waits there. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Mark } from "../parts/marks";
import { Busy } from "../parts/said";
import { drafts, vocabulary } from "../state/view";
import { EditorBox } from "./editor-box";
import { type Answered, Result, failed } from "./result";
import { runGraphql, runSparql } from "./run";

type Language = "graphql" | "sparql";

const FIRST: Record<Language, string> = {
  graphql: "{\n  me {\n    iri\n    actors\n    purpose\n  }\n}\n",
  sparql: "SELECT ?class (COUNT(?thing) AS ?count) WHERE {\n  ?thing a ?class\n}\nGROUP BY ?class\nORDER BY DESC(?count)\nLIMIT 20\n",
};
const NAMES: Record<Language, string> = { graphql: "GraphQL", sparql: "SPARQL" };

export function ConsolePage({ language, given }: { language: Language; given: string | null }) {
  const text = useRef(given ?? drafts.get(language) ?? FIRST[language]);
  const variables = useRef(drafts.get("variables") ?? "");
  const ending = useRef<AbortController | null>(null);
  const [answered, setAnswered] = useState<Answered | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => () => ending.current?.abort(), []);

  const run = useCallback(async () => {
    ending.current?.abort();
    const mine = new AbortController();
    ending.current = mine;
    const began = performance.now();
    setBusy(true);
    try {
      const work = language === "sparql" ? runSparql(text.current, mine.signal) : runGraphql(text.current, variables.current, mine.signal);
      const answer = await work;
      if (!mine.signal.aborted) setAnswered(answer);
    } catch (thrown) {
      const failure = failed(thrown, Math.round(performance.now() - began));
      if (!mine.signal.aborted && failure) setAnswered(failure);
    }
    if (ending.current === mine) setBusy(false);
  }, [language]);

  return (
    <section class="console">
      <div class="console-in">
        <header>
          <h1>{NAMES[language]}</h1>
          {given !== null && <p class="faint">This query came with the link. It runs when you say so.</p>}
          {busy && (
            <button type="button" onClick={() => ending.current?.abort()}>
              Stop
            </button>
          )}
          <button class="primary" type="button" aria-keyshortcuts="Control+Enter" onClick={() => void run()}>
            <Mark name="out" /> Run
          </button>
          <kbd aria-hidden="true">Ctrl ↵</kbd>
        </header>
        <EditorBox
          language={language}
          label={`${NAMES[language]} query`}
          text={text.current}
          words={() => vocabulary.value}
          onChange={(now) => keep(language, (text.current = now))}
          onRun={() => void run()}
        />
        {language === "graphql" && (
          <EditorBox
            small
            language="json"
            label="Variables (JSON)"
            text={variables.current}
            hint='Variables as JSON: {"name": "value"}'
            words={() => null}
            onChange={(now) => keep("variables", (variables.current = now))}
            onRun={() => void run()}
          />
        )}
      </div>
      <div class="console-out">
        {busy && <Busy>Running</Busy>}
        {!busy && answered && <Result answered={answered} />}
        {!busy && !answered && <p class="faint">The answer will stand here. Ctrl+Space completes: classes, properties and fields of what you may see.</p>}
      </div>
    </section>
  );
}

function keep(name: string, text: string): void {
  drafts.set(name, text);
}
