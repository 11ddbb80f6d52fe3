/** Where we are: the URL's fragment, and nothing but it. A fragment names a place; it never makes a query run. */

import { Store } from "./store";

export const PLACES = ["graph", "node", "why", "search", "ask", "findings", "runs", "run", "graphql", "sparql"] as const;
export type Place = (typeof PLACES)[number];

export interface Route {
  place: Place;
  /** The IRI that `node`, `why` and `run` are about. */
  iri: string | null;
  /** What a link wants to see in a box: it is shown there and waits to be sent by hand. */
  given: string | null;
}

const LONGEST = 20_000;

/** The route of a fragment; what is no place is the start. */
export function parseRoute(fragment: string): Route {
  const [path = "", query = ""] = fragment.replace(/^#\/?/u, "").split(/\?(.*)/su);
  const [head = "", ...rest] = path.split("/");
  const place = PLACES.find((one) => one === head) ?? "graph";
  const about = place === "node" || place === "why" || place === "run";
  const iri = about ? decoded(rest.join("/")) : "";
  if (about && !iri) return { place: "graph", iri: null, given: null };
  const parameters = new URLSearchParams(query);
  const given = parameters.get(place === "ask" ? "question" : "query");
  return { place, iri: iri || null, given: given ? given.slice(0, LONGEST) : null };
}

/** The fragment of a place. */
export function hrefTo(place: Place, iri?: string): string {
  if (place === "graph") return "#/";
  return iri === undefined ? `#/${place}` : `#/${place}/${encodeURIComponent(iri)}`;
}

export const route = new Store<Route>({ place: "graph", iri: null, given: null });

export function go(place: Place, iri?: string): void {
  location.hash = hrefTo(place, iri);
}

/** Follows the address bar; returns what ends it. */
export function followAddress(): () => void {
  const read = () => route.set(parseRoute(location.hash));
  read();
  window.addEventListener("hashchange", read);
  return () => window.removeEventListener("hashchange", read);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
