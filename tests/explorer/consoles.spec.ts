import type { Page } from "@playwright/test";
import { clean, expect, go, picture, signIn, test } from "./ambit";

const ASKED = ["/graphql", "/sparql"];

async function write(page: Page, box: string, text: string): Promise<void> {
  await page.getByRole("textbox", { name: box }).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(text);
}

/** Types `text` and asks for completions, until what they come from has been read. */
async function complete(page: Page, box: string, text: string, wanted: RegExp): Promise<void> {
  await expect(async () => {
    await write(page, box, text);
    await page.keyboard.press("Control+Space");
    await expect(page.getByRole("option", { name: wanted }).first()).toBeVisible({ timeout: 2_000 });
  }).toPass();
}

test("GraphQL completes what the reader may see, and answers", async ({ page }) => {
  await signIn(page, "support_refund", "/#/graphql");
  await complete(page, "GraphQL query", "{ customers(first: 2) { nodes { cardN", /cardNumber/);
  await page.keyboard.press("Escape");
  await write(page, "GraphQL query", "{ customers(first: 2) { nodes { name cardNumber } } }");
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page.getByRole("region", { name: "Result" }).getByText(/cardNumber/).first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Run of this answer" })).toBeVisible();
  await clean(page, "the GraphQL console");
  await picture(page, "graphql");
});

test("GraphQL completes nothing that is hidden", async ({ page }) => {
  await signIn(page, "support_question", "/#/graphql");
  await complete(page, "GraphQL query", "{ customers(first: 2) { nodes { co", /country/);
  await complete(page, "GraphQL query", "{ customers(first: 2) { nodes { c", /country/);
  await expect(page.getByRole("option", { name: /cardNumber/ })).toHaveCount(0);
});

test("SPARQL completes classes and properties, and answers as a table", async ({ page }) => {
  await signIn(page, "support_refund", "/#/sparql");
  await complete(page, "SPARQL query", "SELECT ?c WHERE { ?c a Custo", /customer/i);
  await page.keyboard.press("Escape");
  await write(
    page,
    "SPARQL query",
    "SELECT ?c ?card WHERE { ?c <https://halden.example/ontology#cardNumber> ?card } ORDER BY ?c LIMIT 3",
  );
  await page.keyboard.press("ControlOrMeta+Enter");
  const table = page.getByRole("table", { name: "Result" });
  await expect(table.getByRole("row")).toHaveCount(4);
  await clean(page, "the SPARQL console");
  await picture(page, "sparql");
});

test("an error says what is wrong and where its page is", async ({ page, watch }) => {
  watch.allow(/status of 400/);
  await signIn(page, "support_refund", "/#/sparql");
  await write(page, "SPARQL query", "SELECT * WHERE { SERVICE <https://elsewhere.example/> { ?s ?p ?o } }");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(page.getByRole("alert")).toContainText("query-refused");
});

for (const [console_, path, query] of [
  ["SPARQL query", "sparql", "SELECT * WHERE { ?never ?run ?alone }"],
  ["GraphQL query", "graphql", "{ never { run alone } }"],
] as const) {
  test(`a ${console_} in a URL is put into the box and not run`, async ({ page, watch }) => {
    await signIn(page, "support_refund");
    await go(page, `#/${path}?query=${encodeURIComponent(query)}`);
    await expect(page.getByRole("textbox", { name: console_ })).toContainText("never");
    await page.reload();
    await expect(page.getByRole("textbox", { name: console_ })).toContainText("never");
    await page.waitForLoadState("networkidle");
    const run = watch.asked.filter((one) => ASKED.includes(one.path) && (one.body ?? "").includes("never"));
    expect(run).toEqual([]);
  });
}
