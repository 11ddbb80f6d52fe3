import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { localName, nameOf } from "../rdf/iri";
import { type Place, type Route, hrefTo } from "../state/route";
import { choosePurpose, signOut, signed } from "../state/session";
import { useStore } from "../state/store";
import { labels, learnLabels, trouble } from "../state/view";
import { Brand, Mark, type MarkName } from "./marks";
import { Trouble } from "./said";
import { SearchBox } from "./search-box";
import { ThemeButton } from "./theme-button";
import type { Session } from "../words";

const PARTS: { place: Place; name: string; mark: MarkName; also: Place[] }[] = [
  { place: "graph", name: "Graph", mark: "graph", also: ["node", "why", "search"] },
  { place: "ask", name: "Ask", mark: "ask", also: [] },
  { place: "findings", name: "Findings", mark: "findings", also: [] },
  { place: "runs", name: "Runs", mark: "runs", also: ["run"] },
  { place: "graphql", name: "GraphQL", mark: "graphql", also: [] },
  { place: "sparql", name: "SPARQL", mark: "sparql", also: [] },
];

export function Frame({ here, children }: { here: Route; children: ComponentChildren }) {
  const { session, purpose, problem } = useStore(signed);
  const wrong = useStore(trouble);
  if (!session) return null;
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={skip}>
        Skip to content
      </a>
      <header class="bar">
        <a class="brand" href="#/" aria-label="Ambit, start">
          <Brand /> <span>Ambit</span>
        </a>
        <SearchBox />
        <Who session={session} />
        <Purpose session={session} purpose={purpose} />
        <ThemeButton />
        <button class="quiet" type="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </header>
      <nav class="rail" aria-label="Parts">
        {PARTS.map(({ place, name, mark, also }) => (
          <a key={place} href={hrefTo(place)} aria-current={place === here.place || also.includes(here.place) ? "page" : undefined}>
            <Mark name={mark} />
            <span>{name}</span>
          </a>
        ))}
      </nav>
      <main id="main" tabIndex={-1}>
        {(wrong ?? problem) && (
          <div class="notice">
            <Trouble problem={wrong ?? problem} />
            <button class="icon" type="button" aria-label="Dismiss" onClick={() => trouble.set(null)}>
              <Mark name="clear" />
            </button>
          </div>
        )}
        {children}
      </main>
    </div>
  );
}

function skip(event: Event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function Who({ session }: { session: Session }) {
  const view = useStore(signed, (now) => now.view);
  const known = useStore(labels);
  useEffect(() => void learnLabels([session.user, ...session.agents]), [view]);
  return (
    <div class="who" role="group" aria-label="Who asks">
      <strong title={session.user}>{nameOf({ iri: session.user, label: known.get(session.user) ?? null })}</strong>
      {session.agents.length > 0 && (
        <span class="faint">
          through{" "}
          {session.agents.map((agent, at) => (
            <span key={agent} title={agent}>
              {at > 0 && " → "}
              {nameOf({ iri: agent, label: known.get(agent) ?? null })}
            </span>
          ))}
        </span>
      )}
    </div>
  );
}

function Purpose({ session, purpose }: { session: Session; purpose: string | null }) {
  if (session.purposes === null) return <DeclaredPurpose purpose={purpose} />;
  const only = session.purposes.length === 1;
  return (
    <label class="purpose">
      <span class="faint">Purpose</span>
      <select value={purpose ?? ""} title={purpose ?? "none"} onChange={(event) => choosePurpose(event.currentTarget.value || null)}>
        {!only && <option value="">none</option>}
        {session.purposes.map((one) => (
          <option key={one} value={one}>
            {localName(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A person whose token names no purposes may declare one, by its IRI. */
function DeclaredPurpose({ purpose }: { purpose: string | null }) {
  return (
    <label class="purpose">
      <span class="faint">Purpose</span>
      <input
        type="text"
        defaultValue={purpose ?? ""}
        placeholder="none: IRI to declare one"
        spellcheck={false}
        onChange={(event) => choosePurpose(event.currentTarget.value.trim() || null)}
      />
    </label>
  );
}
