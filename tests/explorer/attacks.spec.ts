import { CUSTOMER, expect, go, signIn, test } from "./ambit";

const MARKUP = '<img src=x onerror="document.title=1"> {{7*7}} zebulon';
const SCHEMES = [
  "javascript:document.title=1",
  "data:text/html,<script>document.title=1</script>",
  "vbscript:x",
  "file:///etc/passwd",
];

test("markup in a title and a text is text", async ({ page }) => {
  page.on("dialog", () => {
    throw new Error("a dialog");
  });
  await signIn(page, "support_question");
  await page.getByRole("combobox", { name: "Search" }).fill("zebulon");
  await page.keyboard.press("Enter");
  const result = page.getByRole("list", { name: "Results" }).getByRole("link", { name: MARKUP });
  await expect(result).toBeVisible();
  await result.click();
  await expect(page.getByRole("heading", { name: MARKUP })).toBeVisible();
  expect(await page.locator("img[src=x], script:not([src])").count()).toBe(0);
  expect(await page.title()).not.toBe("1");
});

test("an IRI of a scheme that runs or reads something is no link of its own", async ({ page }) => {
  await page.route("**/explore/node", async (route) => {
    const answer = await route.fetch();
    const node = await answer.json();
    const [first] = node.triples;
    for (const value of SCHEMES) node.triples.push({ ...first, value: { type: "iri", value, label: MARKUP } });
    node.triples.push({ ...first, value: { type: "literal", value: "\u202Egnp.exe" } });
    node.triples.push({ ...first, value: { type: "literal", value: "x".repeat(1_000_000) } });
    await route.fulfill({ response: answer, json: node });
  });
  await signIn(page, "support_refund");
  await go(page, `#/node/${encodeURIComponent(CUSTOMER)}`);
  await expect(page.getByRole("rowheader", { name: /country/i })).toBeVisible();
  const hrefs = await page.locator("a").evaluateAll((all) => all.map((one) => one.getAttribute("href") ?? ""));
  expect(hrefs.some((href) => href.includes(encodeURIComponent(SCHEMES[0] ?? "")))).toBe(true);
  expect(hrefs.filter((href) => !/^(#|https?:)/.test(href))).toEqual([]);
  for (const outside of await page.locator('a[href^="http"]').all()) {
    await expect(outside).toHaveAttribute("rel", /noopener/);
    await expect(outside).toHaveAttribute("rel", /noreferrer/);
  }
  expect(await page.locator("img[src=x]").count()).toBe(0);
});
