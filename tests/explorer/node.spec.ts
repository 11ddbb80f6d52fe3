import { BASE, CUSTOMER, clean, expect, go, picture, signIn, test } from "./ambit";

test("typing a few letters of a name suggests it, and leads to it", async ({ page }) => {
  await signIn(page, "support_refund");
  const box = page.getByRole("combobox", { name: "Search" });
  await box.pressSequentially("umea lab");
  const list = page.getByRole("listbox", { name: "Suggestions" });
  await expect(list.getByRole("option", { name: /Umea Laboratories 10/ })).toBeVisible();
  await expect(box).toHaveAttribute("aria-expanded", "true");
  await picture(page, "search");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("complementary", { name: /^About Umea Laboratories/ })).toBeVisible();
});

test("a search finds pages by what they say", async ({ page }) => {
  await signIn(page, "support_question");
  await page.getByRole("combobox", { name: "Search" }).fill("how long does a refund take");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Search" })).toBeVisible();
  const results = page.getByRole("list", { name: "Results" });
  await expect(results.getByRole("link", { name: /refund/i }).first()).toBeVisible();
  await clean(page, "search");
});

test("a node says what is said of it, and where from", async ({ page }) => {
  await signIn(page, "support_refund", `/#/node/${encodeURIComponent(CUSTOMER)}`);
  const panel = page.getByRole("complementary", { name: "About Umea Laboratories 10" });
  const table = panel.getByRole("table", { name: "Statements" });
  await expect(table.getByRole("row", { name: /card number 4000/i })).toBeVisible();
  await expect(table.getByRole("row", { name: /^orders .*inferred/i }).first()).toBeVisible();
  const sources = panel.getByRole("list", { name: "Sources" });
  await expect(sources.getByText("crm.db customer row 10").first()).toBeVisible();
  await expect(sources.getByText(`${BASE}/source/crm/customer/10#payment`)).toBeVisible();
  await clean(page, "a node");
  await panel.getByRole("tab", { name: "Links" }).click();
  await expect(panel.getByRole("button", { name: /^orders ?, outgoing, \d+$/i })).toBeVisible();
});

test("why may I see this: the rules and the path of the very triples", async ({ page }) => {
  await signIn(page, "support_refund", `/#/node/${encodeURIComponent(CUSTOMER)}`);
  await page.getByRole("link", { name: "Why may I see this?" }).click();
  await expect(page.getByRole("heading", { name: "Why may I see this?" })).toBeVisible();
  await expect(page.getByTestId("sentence")).not.toBeEmpty();
  await expect(page.getByRole("list", { name: "Rules" }).getByRole("listitem").first()).toBeVisible();
  const triples = page.getByRole("table", { name: "Triples" });
  await expect(triples.getByRole("row").nth(1)).toBeVisible();
  const path = page.getByRole("img", { name: "The path from who asks to the data" });
  await expect(path).toBeVisible();
  await expect(path.locator(`[data-iri="${BASE}/people/support-3"]`)).toHaveCount(1);
  await clean(page, "why");
  await picture(page, "why");
});

test("a run tells who asked, under which decision, what was handed over, what came out", async ({ page }) => {
  await signIn(page, "support_refund", `/#/node/${encodeURIComponent(CUSTOMER)}`);
  await expect(page.getByRole("table", { name: "Statements" })).toBeVisible();
  await go(page, "#/sparql");
  await page.getByRole("textbox", { name: "SPARQL query" }).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText("SELECT (COUNT(*) AS ?n) WHERE { ?c a <https://halden.example/ontology#Customer> }");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(page.getByRole("region", { name: "Result" }).getByText("25")).toBeVisible();
  await page.getByRole("link", { name: "Run of this answer" }).click();
  const provenance = page.getByRole("list", { name: "Provenance" });
  for (const step of ["User", "Agents", "Purpose", "Decision", "Result"]) {
    await expect(provenance.getByRole("heading", { name: step })).toBeVisible();
  }
  await expect(provenance.getByText("support-3").first()).toBeVisible();
  await expect(provenance.getByText(/refund-handling/).first()).toBeVisible();
  await clean(page, "a run");
  await picture(page, "run");
  await page.getByRole("navigation", { name: "Parts" }).getByRole("link", { name: "Runs" }).click();
  await expect(page.getByRole("list", { name: "Recent runs" }).getByRole("link").first()).toBeVisible();
  await clean(page, "the runs");
});

test("an administrator reads the findings with their evidence", async ({ page }) => {
  await signIn(page, "admin", "/#/findings");
  const rows = page.getByRole("table", { name: "Findings" }).getByRole("button", { name: /evidence of /i });
  await expect(rows.first()).toBeVisible();
  await rows.first().click();
  await expect(rows.first()).toHaveAttribute("aria-expanded", "true");
  await clean(page, "the findings");
  await picture(page, "findings");
});

test("a question is answered by sentences of what may be read, each with its source", async ({ page, watch }) => {
  await signIn(page, "support_question");
  await go(page, `#/ask?question=${encodeURIComponent("How long does a refund take?")}`);
  await expect(page.getByRole("textbox", { name: "Question" })).toHaveValue("How long does a refund take?");
  expect(watch.asked.filter((one) => (one.body ?? "").includes("ask(")), "a question in a URL is not asked").toEqual([]);
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await expect(page.getByTestId("answer")).toContainText(/refund/i);
  const citations = page.getByRole("list", { name: "Citations" });
  await expect(citations.getByRole("link").first()).toBeVisible();
  await clean(page, "an answer");
  await picture(page, "ask");
});
