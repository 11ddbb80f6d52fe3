import { describe, expect, it } from "vitest";
import { className, localName, nameOf, outsideHref, pathName, prefixed, printable, propertyWords, shortened, shownDatatype } from "../src/rdf/iri";

describe("a link out of the explorer", () => {
  it.each(["https://a.example/x?y=1#z", "http://a.example/", "HTTPS://a.example/"])("may lead to %s", (iri) => {
    expect(outsideHref(iri)).toBe(new URL(iri).href);
  });

  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "https:a.example/reads/otherwise",
    "\thttps://a.example/",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://a.example/1",
    "urn:ambit:run:1",
    "mailto:a@b.example",
    "//a.example/x",
    "https://user:password@a.example/",
    "https://",
    "",
  ])("never leads to %j", (iri) => expect(outsideHref(iri)).toBeNull());
});

describe("a name", () => {
  it("is the label, else the end of the IRI", () => {
    expect(nameOf({ iri: "https://a.example/customer/10", label: "Umea" })).toBe("Umea");
    expect(nameOf({ iri: "https://a.example/customer/10", label: null })).toBe("10");
    expect(localName("https://a.example/ns#Order")).toBe("Order");
    expect(localName("urn:ambit:run:ab")).toBe("ab");
    expect(localName("https://a.example/a%20b/")).toBe("a b");
    expect(localName("https://a.example/%E0%A4%A")).toBe("%E0%A4%A");
    expect(localName("https://")).toBe("https://");
  });

  it("shows what would reorder or hide the text around it", () => {
    expect(printable("invoice\u202egnp.exe")).toBe("invoice\u{fffd}gnp.exe");
    expect(printable("a\u200bb\u0000c\u2066d\ufeff")).toBe("a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}");
    expect(printable("two\nlines\tand é 😀")).toBe("two\nlines\tand é 😀");
    expect(nameOf({ iri: "urn:x", label: "\u202eyb devorppA" })).not.toContain("\u202e");
  });

  it("is short, however long the label", () => {
    expect(nameOf({ iri: "urn:x", label: "W".repeat(1_000_000) })).toHaveLength(160);
  });

  it("is cut at whole characters", () => {
    expect(shortened("short", 10)).toBe("short");
    expect(shortened("😀".repeat(20), 5)).toBe("😀😀😀😀…");
    expect(shortened("x".repeat(1_000_000), 80)).toHaveLength(80);
  });

  it("of a class begins with a capital, of a property is words", () => {
    expect(className({ iri: "urn:x#order", label: "order" })).toBe("Order");
    expect(propertyWords({ iri: "urn:x#isAssignedTo", label: null })).toBe("is assigned to");
    expect(propertyWords({ iri: "urn:x#IBAN", label: null })).toBe("IBAN");
    expect(propertyWords({ iri: "urn:x#iban", label: "isOddlyNamed" })).toBe("isOddlyNamed");
  });
});

it("an IRI is prefixed only where the rest is a plain name", () => {
  const prefixes = { hal: "https://a.example/ns#", empty: "" };
  expect(prefixed("https://a.example/ns#Order", prefixes)).toBe("hal:Order");
  expect(prefixed("https://a.example/ns#a/b", prefixes)).toBeNull();
  expect(prefixed("https://b.example/x", prefixes)).toBeNull();
});

it("paths and datatypes are told in short", () => {
  expect(pathName("https://a.example/source/crm/customer/10", 3)).toBe("crm/customer/10");
  expect(shownDatatype("http://www.w3.org/2001/XMLSchema#date")).toBe("date");
  expect(shownDatatype("http://www.w3.org/2001/XMLSchema#string")).toBeNull();
});
