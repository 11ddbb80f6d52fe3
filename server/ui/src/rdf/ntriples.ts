/** N-Triples and N-Quads, one statement a line (RDF 1.1 N-Quads §2), as `explain` gives them. */

export interface Term {
  kind: "iri" | "blank" | "literal";
  value: string;
  datatype?: string;
  language?: string;
}

export interface Quad {
  subject: Term;
  predicate: Term;
  object: Term;
  graph: Term | null;
}

const IRI = /<([^\u0000-\u0020<>"{}|^`]*)>/uy;
const BLANK = /_:([^\s<>"]+?)(?=\s|\.\s*$|$)/uy;
const LITERAL = /"((?:[^"\\\n\r]|\\.)*)"(?:\^\^<([^\u0000-\u0020<>"{}|^`]*)>|@([A-Za-z]+(?:-[A-Za-z0-9]+)*))?/uy;
const SPACE = /[ \t]*/uy;
const ESCAPE = /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/gu;
const LETTERS: Record<string, string> = { t: "\t", b: "\b", n: "\n", r: "\r", f: "\f", '"': '"', "'": "'", "\\": "\\" };

/** The quad of one line; null for an empty line, a comment, or what is no statement. */
export function parseLine(line: string): Quad | null {
  const reader = new Reader(line);
  const subject = reader.term();
  const predicate = reader.term();
  const object = reader.term();
  const graph = reader.term();
  if (!subject || !predicate || !object || !reader.ended()) return null;
  if (subject.kind === "literal" || predicate.kind !== "iri" || graph?.kind === "literal") return null;
  return { subject, predicate, object, graph };
}

/** The quads of several lines; what is no statement is left out. */
export function parseLines(lines: readonly string[]): Quad[] {
  return lines.map(parseLine).filter((quad) => quad !== null);
}

class Reader {
  #at = 0;

  constructor(private readonly text: string) {}

  term(): Term | null {
    this.#match(SPACE);
    const iri = this.#match(IRI);
    if (iri) return { kind: "iri", value: unescaped(iri[1] ?? "") };
    const blank = this.#match(BLANK);
    if (blank) return { kind: "blank", value: blank[1] ?? "" };
    const literal = this.#match(LITERAL);
    if (!literal) return null;
    const term: Term = { kind: "literal", value: unescaped(literal[1] ?? "") };
    if (literal[2] !== undefined) term.datatype = unescaped(literal[2]);
    if (literal[3] !== undefined) term.language = literal[3];
    return term;
  }

  /** Whether nothing but the full stop and a comment is left; `explain` may leave the stop out. */
  ended(): boolean {
    return /^[ \t]*\.?[ \t]*(?:#.*)?\r?\n?$/u.test(this.text.slice(this.#at));
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }
}

function unescaped(text: string): string {
  return text.replace(ESCAPE, (whole, four: string | undefined, eight: string | undefined, letter: string | undefined) => {
    if (letter !== undefined) return LETTERS[letter] ?? whole;
    const point = Number.parseInt(four ?? eight ?? "", 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : "\u{fffd}";
  });
}
