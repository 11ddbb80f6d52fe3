import { useEffect, useRef } from "preact/hooks";
import { Frame } from "./parts/frame";
import { SignIn } from "./parts/sign-in";
import { signed } from "./state/session";
import { useStore } from "./state/store";
import { loadVocabulary, tried } from "./state/view";
import { AskPage } from "./parts/ask";
import { ConsolePage } from "./console/page";
import { FindingsPage } from "./parts/findings";
import { GraphPage } from "./graph/page";
import { RunPage } from "./parts/run";
import { RunsPage } from "./parts/runs";
import { SearchPage } from "./parts/search";
import { WhyPage } from "./why/page";
import { type Route, route } from "./state/route";

const TITLES: Record<Route["place"], string> = {
  graph: "Graph",
  node: "Graph",
  why: "Why",
  search: "Search",
  ask: "Ask",
  findings: "Findings",
  runs: "Runs",
  run: "Run",
  graphql: "GraphQL",
  sparql: "SPARQL",
};

export function App() {
  const { status, view } = useStore(signed);
  const here = useStore(route);
  useEffect(() => {
    document.title = status === "in" ? `${TITLES[here.place]} · Ambit` : "Sign in · Ambit";
  }, [here.place, status]);
  const before = useRef(here);
  useEffect(() => {
    // what had the focus may have gone with the page before: then the new page has it
    if (before.current !== here && document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true });
    before.current = here;
  }, [here]);
  useEffect(() => {
    if (status === "in") void tried(loadVocabulary);
  }, [status, view]);
  if (status === "unknown") return <div class="blank" role="status" aria-label="Loading" />;
  if (status === "out") return <SignIn />;
  return (
    <Frame here={here}>
      <Page key={`${view} ${here.place === "node" ? "graph" : here.place} ${here.place === "why" || here.place === "run" ? here.iri : ""} ${here.given ?? ""}`} here={here} />
    </Frame>
  );
}

function Page({ here }: { here: Route }) {
  switch (here.place) {
    case "graph":
    case "node":
      return <GraphPage iri={here.place === "node" ? here.iri : null} />;
    case "why":
      return <WhyPage iri={here.iri ?? ""} />;
    case "run":
      return <RunPage iri={here.iri ?? ""} />;
    case "search":
      return <SearchPage />;
    case "ask":
      return <AskPage given={here.given} />;
    case "findings":
      return <FindingsPage />;
    case "runs":
      return <RunsPage />;
    case "graphql":
      return <ConsolePage language="graphql" given={here.given} />;
    case "sparql":
      return <ConsolePage language="sparql" given={here.given} />;
  }
}
