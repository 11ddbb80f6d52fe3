/** A question, and the sentences that support an answer, each with the source it stands in. */

import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api/graphql";
import { type Problem, asProblem } from "../api/problem";
import { pathName, printable } from "../rdf/iri";
import { hrefTo } from "../state/route";
import { learnLabels } from "../state/view";
import { Busy, NodeLink, Trouble } from "./said";
import type { Answer } from "../words";

export function AskPage({ given }: { given: string | null }) {
  const box = useRef<HTMLTextAreaElement>(null);
  const [answer, setAnswer] = useState<{ question: string; told: Answer } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);

  async function send(event: Event) {
    event.preventDefault();
    const question = box.current?.value.trim();
    if (!question || busy) return;
    setBusy(true);
    setProblem(null);
    setAnswer(null);
    try {
      setAnswer({ question, told: (await ask(question)).body });
    } catch (thrown) {
      setProblem(asProblem(thrown));
    }
    setBusy(false);
  }

  return (
    <section class="page">
      <h1>Ask</h1>
      <p class="lead">The answer is quoted from what you may read, with its sources.</p>
      <form class="ask" onSubmit={(event) => void send(event)}>
        <label class="unseen" for="question">
          Question
        </label>
        <textarea
          id="question"
          ref={box}
          rows={2}
          defaultValue={given ?? ""}
          placeholder="How long does a refund take?"
          onKeyDown={(event) => event.key === "Enter" && !event.shiftKey && void send(event)}
        />
        <button class="primary" type="submit" disabled={busy}>
          Ask
        </button>
      </form>
      {busy && <Busy>Reading</Busy>}
      <Trouble problem={problem} />
      {answer && <AnswerText question={answer.question} told={answer.told} />}
    </section>
  );
}

function AnswerText({ question, told }: { question: string; told: Answer }) {
  useEffect(() => void learnLabels(told.citations.map(({ iri }) => iri)), [told]);
  return (
    <section class="answer" aria-label="Answer">
      <p class="asked">{printable(question)}</p>
      <p class="told" data-testid="answer" role="status">
        {printable(told.text)}
      </p>
      {told.citations.length > 0 && <h2>Citations</h2>}
      <ol class="citations" aria-label="Citations">
        {told.citations.map(({ iri, quote, source }, at) => (
          <li key={at}>
            <blockquote>{printable(quote)}</blockquote>
            <p>
              <NodeLink iri={iri} />{" "}
              <span class="faint" title={source}>
                {pathName(source, 3)}
              </span>
            </p>
          </li>
        ))}
      </ol>
      <p class="faint">
        <a href={hrefTo("run", told.run)}>Run</a> of this answer: who asked, for whom, why, and what was handed to which model
      </p>
    </section>
  );
}
