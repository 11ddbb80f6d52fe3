import { describe, expect, it } from "vitest";
import { parseLine, parseLines } from "../src/rdf/ntriples";

describe("a line of N-Triples or N-Quads", () => {
  it("gives its terms, and the graph where there is one", () => {
    const quad = parseLine("<https://a.example/s> <https://a.example/p> <https://a.example/o> <urn:g> .");
    expect(quad).toEqual({
      subject: { kind: "iri", value: "https://a.example/s" },
      predicate: { kind: "iri", value: "https://a.example/p" },
      object: { kind: "iri", value: "https://a.example/o" },
      graph: { kind: "iri", value: "urn:g" },
    });
    expect(parseLine("<urn:s> <urn:p> <urn:o> .")?.graph).toBeNull();
    expect(parseLine("<urn:s> <urn:p> <urn:o>")?.object.value).toBe("urn:o");
  });

  it("reads literals with language, datatype and escapes", () => {
    expect(parseLine('<urn:s> <urn:p> "Grüße"@de-AT .')?.object).toEqual({ kind: "literal", value: "Grüße", language: "de-AT" });
    expect(parseLine('<urn:s> <urn:p> "4"^^<urn:int> .')?.object).toEqual({ kind: "literal", value: "4", datatype: "urn:int" });
    expect(parseLine('<urn:s> <urn:p> "a\\"b\\\\c\\n\\u00e9\\U0001F600" .')?.object.value).toBe('a"b\\c\né😀');
    expect(parseLine('<urn:s> <urn:p> "" .')?.object.value).toBe("");
  });

  it("does not take what stands in a literal for syntax", () => {
    const quad = parseLine('<urn:s> <urn:p> "> <urn:evil> . # \\" _:b" <urn:g> . # a comment');
    expect(quad?.object.value).toBe('> <urn:evil> . # " _:b');
    expect(quad?.graph?.value).toBe("urn:g");
  });

  it("reads blank nodes", () => {
    const quad = parseLine("_:a.b <urn:p> _:c .");
    expect([quad?.subject, quad?.object]).toEqual([
      { kind: "blank", value: "a.b" },
      { kind: "blank", value: "c" },
    ]);
  });

  it.each(["", "  ", "# only this", "<urn:s> <urn:p> .", '"s" <urn:p> <urn:o> .', '<urn:s> "p" <urn:o> .', "<urn:s> <urn:p> <urn:o> <urn:g> <urn:h> .", "<urn:s> <urn:p> <a b> .", '<urn:s> <urn:p> "open .'])(
    "is none when it is %j",
    (line) => expect(parseLine(line)).toBeNull(),
  );

  it("is left out of many when it is none", () => {
    expect(parseLines(["<urn:s> <urn:p> <urn:o> .", "nonsense", "<urn:s> <urn:p> <urn:q> ."])).toHaveLength(2);
  });

  it("may be long, and open at its end", () => {
    expect(parseLine(`<urn:s> <urn:p> "${"\\\\".repeat(200_000)}`)).toBeNull();
    expect(parseLine(`<urn:s> <urn:p> "${"x".repeat(1_000_000)}" .`)?.object.value).toHaveLength(1_000_000);
  });
});
