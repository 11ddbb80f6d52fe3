/** Completion for SPARQL: keywords, the query's variables, and the classes and properties that the caller may see. */

import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";
import { nameOf, prefixed } from "../rdf/iri";
import type { Iri, Vocabulary } from "../words";

const KEYWORDS =
  "SELECT DISTINCT REDUCED CONSTRUCT DESCRIBE ASK WHERE FROM NAMED GRAPH OPTIONAL UNION MINUS FILTER BIND VALUES EXISTS NOT IN AS GROUP BY HAVING ORDER ASC DESC LIMIT OFFSET PREFIX BASE UNDEF COUNT SUM AVG MIN MAX SAMPLE GROUP_CONCAT STR LANG DATATYPE BOUND IRI CONTAINS STRSTARTS STRENDS REGEX LCASE UCASE STRLEN CONCAT REPLACE COALESCE IF YEAR MONTH DAY NOW isIRI isBlank isLiteral isNumeric".split(
    " ",
  );

const WORD = /<[^<>\s]*|[?$]\w*|[\w-]*:[\w-]*|\w+/u;

/** A source of completions over the words that `words` gives at the time. */
export function completeSparql(words: () => Vocabulary | null) {
  return (context: CompletionContext): CompletionResult | null => {
    const before = context.matchBefore(WORD);
    if (!before && !context.explicit) return null;
    const typed = before?.text ?? "";
    const from = before?.from ?? context.pos;
    const text = context.state.doc.toString();
    return { from, options: optionsFor(typed, text, from, words()), validFor: /^[<?$]?[\w:/#.-]*$/u };
  };
}

/** What may stand where `typed` stands. */
export function optionsFor(typed: string, text: string, from: number, words: Vocabulary | null): Completion[] {
  if (/^[?$]/u.test(typed)) return variablesIn(text, from).map((label) => ({ label, type: "variable" }));
  const terms = words ? termOptions(words, typed.startsWith("<")) : [];
  if (typed.startsWith("<") || typed.includes(":")) return terms;
  return [...KEYWORDS.map((label) => ({ label, type: "keyword" })), ...terms];
}

/** The variables of a query, but for the one that is being typed. */
export function variablesIn(text: string, from: number): string[] {
  const found = [...text.matchAll(/[?$]\w+/gu)].filter((match) => match.index !== from).map((match) => match[0]);
  return [...new Set(found)].sort();
}

function termOptions(words: Vocabulary, whole: boolean): Completion[] {
  const classes = words.classes.map((one) => ({ ...one, detail: `class, ${one.count}`, boost: 1 }));
  const properties = words.properties.map((one) => ({ ...one, detail: "property", boost: 0 }));
  return [...classes, ...properties].map(({ iri, label, detail, boost }) => {
    const short = whole ? null : prefixed(iri, words.prefixes);
    const type = boost ? "class" : "property";
    const info = `${nameOf({ iri, label })} — ${iri}`;
    if (!short) return { label: `<${iri}>`, detail, type, boost, info };
    return { label: short, detail, type, boost, info, apply: withPrefix(words.prefixes) };
  });
}

/** Puts a prefixed name in, and declares its prefix above where that is missing. */
function withPrefix(prefixes: Record<string, Iri>) {
  return (view: EditorView, { label }: Completion, from: number, to: number): void => {
    const declaration = missingPrefix(view.state.doc.toString(), label, prefixes);
    const insertion = { from, to, insert: label };
    view.dispatch({
      changes: declaration ? [{ from: 0, insert: declaration }, insertion] : [insertion],
      selection: { anchor: from + declaration.length + label.length },
      userEvent: "input.complete",
    });
  };
}

/** The line that declares a name's prefix, if the query does not have it; else nothing. */
export function missingPrefix(text: string, name: string, prefixes: Record<string, Iri>): string {
  const prefix = name.slice(0, name.indexOf(":"));
  const namespace = prefixes[prefix];
  const declared = [...text.matchAll(/\bPREFIX\s+([\w-]*):/giu)].some((match) => match[1] === prefix);
  return namespace && !declared ? `PREFIX ${prefix}: <${namespace}>\n` : "";
}
