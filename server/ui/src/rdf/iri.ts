/** IRIs as people read them, and what of them may become a link. */

import type { Iri } from "../words";

export const RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const XSD = "http://www.w3.org/2001/XMLSchema#";

/** The end of an IRI, decoded where that is possible; never empty. */
export function localName(iri: Iri): string {
  const trimmed = iri.replace(/[/#]+$/u, "");
  const end = trimmed.slice(Math.max(trimmed.lastIndexOf("/"), trimmed.lastIndexOf("#"), trimmed.lastIndexOf(":")) + 1);
  if (!end) return iri;
  try {
    return decodeURIComponent(end);
  } catch {
    return end;
  }
}

const LONGEST_NAME = 160;

/** A label if there is one, else the IRI's end; a label that is a whole text is cut. */
export function nameOf(thing: { iri: Iri; label?: string | null }): string {
  return printable(shortened(thing.label || localName(thing.iri), LONGEST_NAME));
}

/** A class as it is called, with a capital, whatever its ontology does: lists of classes then look alike. */
export function className(thing: { iri: Iri; label?: string | null }): string {
  const name = nameOf(thing);
  return name.charAt(0).toLocaleUpperCase() + name.slice(1);
}

/** A property as it is called; one without a label by the words in its IRI: `isAssignedTo` is “is assigned to”. */
export function propertyWords(thing: { iri: Iri; label?: string | null }): string {
  const name = nameOf(thing);
  if (name !== localName(thing.iri) || !/^[a-z]+(?:[A-Z][a-z]*)+$/u.test(name)) return name;
  return name.replace(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`);
}

/**
 * Text without characters that reorder or hide what stands around them (U+202E and its kind): a label must not be
 * able to look like something else.
 */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, "\u{fffd}");
}

/** At most `most` characters of a text, whole code points, with an ellipsis where it goes on. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const points = Array.from(text.slice(0, 2 * most + 2));
  return points.length <= most ? text : `${points.slice(0, most - 1).join("").trimEnd()}…`;
}

/** The address an outside link may have: http and https alone, and only as the browser itself reads it. */
export function outsideHref(iri: Iri): string | null {
  if (!/^https?:\/\//iu.test(iri)) return null;
  try {
    const url = new URL(iri);
    return (url.protocol === "http:" || url.protocol === "https:") && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

/** The last two words of a rule's, record's or graph's IRI, for narrow places. */
export function pathName(iri: Iri, words = 2): string {
  const parts = iri.split(/[/#:]/u).filter(Boolean);
  return printable(parts.slice(-words).join("/") || iri);
}

/** A datatype worth showing: plain strings and language strings need none. */
export function shownDatatype(datatype: Iri | null | undefined): string | null {
  if (!datatype || datatype === `${XSD}string` || datatype.endsWith("#langString")) return null;
  return localName(datatype);
}

/** An IRI by its prefix where one fits (`hal:Customer`), else null. */
export function prefixed(iri: Iri, prefixes: Record<string, Iri>): string | null {
  for (const [prefix, namespace] of Object.entries(prefixes)) {
    const local = iri.slice(namespace.length);
    if (namespace && iri.startsWith(namespace) && /^[A-Za-z_][\w-]*$/u.test(local)) return `${prefix}:${local}`;
  }
  return null;
}
