/** An answer of a console: as a table where it is one, and as it came. */

import { useState } from "preact/hooks";
import { type Problem, asProblem } from "../api/problem";
import { Tabs } from "../parts/tabs";
import { NodeLink, Trouble } from "../parts/said";
import { useStore } from "../state/store";
import { vocabulary } from "../state/view";
import { prefixed, printable, shortened } from "../rdf/iri";
import { hrefTo } from "../state/route";
import type { Cell, Table } from "./results";
import type { Iri } from "../words";

export interface Answered {
  table: Table | null;
  text: string;
  /** What the second tab is called. */
  form: string;
  problems: readonly Problem[];
  run: Iri | null;
  took: number;
}

const ROWS = 1_000;
const CELL = 2_000;
const CHARACTERS = 200_000;

export function Result({ answered }: { answered: Answered }) {
  const names = answered.table ? ["Table", answered.form] : [answered.form];
  const [chosen, setChosen] = useState(names[0] ?? answered.form);
  const tab = names.includes(chosen) ? chosen : (names[0] ?? "");
  const rows = answered.table?.rows.length ?? 0;
  return (
    <section class="result" aria-label="Result">
      {answered.problems.map((problem, at) => (
        <Trouble key={at} problem={problem} />
      ))}
      <p class="result-line" role="status">
        {answered.table && <span>{rows === 1 ? "1 row" : `${rows.toLocaleString("en")} rows`}</span>}
        <span class="faint">{answered.took} ms</span>
        {answered.run && <a href={hrefTo("run", answered.run)}>Run of this answer</a>}
      </p>
      {answered.text && (
        <Tabs names={names} chosen={tab} onChoose={setChosen} label="How to show it">
          {tab === "Table" && answered.table ? <TableOf table={answered.table} /> : <TextOf text={answered.text} />}
        </Tabs>
      )}
    </section>
  );
}

function TableOf({ table }: { table: Table }) {
  return (
    <>
      <table class="grid" aria-label="Result">
        <thead>
          <tr>
            {table.columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.slice(0, ROWS).map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column}>
                  <CellText cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {table.rows.length > ROWS && <p class="faint">The first {ROWS.toLocaleString("en")} rows are shown; the other tab has all.</p>}
    </>
  );
}

function CellText({ cell }: { cell: Cell }) {
  const words = useStore(vocabulary);
  if (cell.iri) return <NodeLink iri={cell.iri} label={prefixed(cell.iri, words?.prefixes ?? {}) ?? cell.iri} />;
  return (
    <>
      {printable(shortened(cell.text, CELL))}
      {cell.note && <span class="tag">{cell.note}</span>}
    </>
  );
}

function TextOf({ text }: { text: string }) {
  const cut = text.length > CHARACTERS;
  return (
    <>
      <pre data-testid="result-text">{printable(cut ? text.slice(0, CHARACTERS) : text)}</pre>
      {cut && <p class="faint">Only the first {CHARACTERS.toLocaleString("en")} characters are shown.</p>}
    </>
  );
}

export function failed(thrown: unknown, took: number): Answered | null {
  const problem = asProblem(thrown);
  return problem && { table: null, text: "", form: "JSON", problems: [problem], run: null, took };
}
