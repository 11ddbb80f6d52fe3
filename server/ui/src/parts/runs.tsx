/** The runs of this page's life. */

import { useState } from "preact/hooks";
import { hrefTo } from "../state/route";
import { recentRuns } from "../state/runs";
import { useStore } from "../state/store";
import { clock } from "./said";

export function RunsPage() {
  const runs = useStore(recentRuns);
  const [all, setAll] = useState(false);
  const shown = all ? runs : runs.filter((run) => !run.background);
  return (
    <section class="page">
      <h1>Runs</h1>
      <p class="lead">Every answer has a run, which can prove later who asked, for whom, why, and what came out. These are the runs of this session; the list ends with it.</p>
      <label class="check">
        <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} /> Show background reads
      </label>
      {shown.length === 0 && <p role="status">No runs yet.</p>}
      <ol class="run-list" aria-label="Recent runs">
        {shown.map((run) => (
          <li key={run.iri}>
            <time dateTime={run.at.toISOString()}>{clock(run.at)}</time>
            <a href={hrefTo("run", run.iri)} title={run.iri}>
              {run.what}
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}
