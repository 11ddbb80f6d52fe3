import { useEffect, useRef, useState } from "preact/hooks";
import { asProblem, type Problem } from "../api/problem";
import { Busy, Trouble } from "../parts/said";
import type { Vocabulary } from "../words";

interface Props {
  language: "graphql" | "sparql" | "json";
  label: string;
  text: string;
  hint?: string;
  small?: boolean;
  words: () => Vocabulary | null;
  onChange: (text: string) => void;
  onRun: () => void;
}

/** A place for an editor, which comes with its own part of the bundle when it is first needed. */
export function EditorBox({ language, label, text, hint = "", small = false, words, onChange, onRun }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const [ready, setReady] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  // the editor is made once; what it calls is always the newest
  const calls = useRef({ onChange, onRun });
  calls.current = { onChange, onRun };

  useEffect(() => {
    const ending = new AbortController();
    let end = () => undefined as void;
    void import("./languages").then(({ mountEditor, sparqlLanguage, graphqlLanguage, learnSchema }) => {
      if (ending.signal.aborted || !host.current) return;
      const grammar = language === "sparql" ? sparqlLanguage(words) : language === "graphql" ? graphqlLanguage() : [];
      const editor = mountEditor(host.current, {
        label,
        text,
        hint,
        language: grammar,
        onChange: (now) => calls.current.onChange(now),
        onRun: () => calls.current.onRun(),
      });
      end = () => editor.end();
      setReady(true);
      if (language === "graphql")
        learnSchema(editor.view, ending.signal).catch((thrown: unknown) => ending.signal.aborted || setProblem(asProblem(thrown)));
    });
    return () => {
      ending.abort();
      end();
    };
  }, []);

  return (
    <>
      {!ready && <Busy />}
      <div ref={host} class={small ? "editor small" : "editor"} />
      <Trouble problem={problem} />
    </>
  );
}
