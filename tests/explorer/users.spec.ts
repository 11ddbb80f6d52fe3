import { BASE, CUSTOMER, expect, go, signIn, test } from "./ambit";

test("who handles a refund sees card numbers and payments", async ({ page }) => {
  await signIn(page, "support_refund");
  await expect(page.getByRole("list", { name: "Classes" }).getByRole("button", { name: /^payment/i })).toBeVisible();
  await go(page, `#/node/${encodeURIComponent(CUSTOMER)}`);
  await expect(page.getByRole("rowheader", { name: /card number/i })).toBeVisible();
  await expect(page.getByRole("rowheader", { name: /IBAN/i })).toBeVisible();
});

test("for a product question the same node has none of that, and nothing says so", async ({ page }) => {
  await signIn(page, "support_question");
  await expect(page.getByRole("list", { name: "Classes" }).getByRole("button", { name: /^customer/i })).toBeVisible();
  await expect(page.getByRole("button", { name: /payment/i })).toHaveCount(0);
  await go(page, `#/node/${encodeURIComponent(CUSTOMER)}`);
  await expect(page.getByRole("rowheader", { name: /country/i })).toBeVisible();
  await expect(page.getByText(/card number|IBAN|payment|hidden|withheld/i)).toHaveCount(0);
});

test("who has no rights sees nothing, and the hidden reads like the absent", async ({ page, watch }) => {
  watch.allow(/status of 404/);
  await signIn(page, "no_rights");
  await expect(page.getByRole("button", { name: /^customer/i })).toHaveCount(0);
  const said: (string | null)[] = [];
  for (const iri of [CUSTOMER, `${BASE}/customer/none`]) {
    await go(page, `#/node/${encodeURIComponent(iri)}`);
    const alert = page.getByRole("alert").filter({ hasText: iri });
    await expect(alert).toBeVisible();
    said.push(((await alert.textContent()) ?? "").replaceAll(iri, ""));
    await expect(page.getByText("Umea")).toHaveCount(0);
  }
  expect(said[0]).toBe(said[1]);
  await page.getByRole("combobox", { name: "Search" }).fill("Umea");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Nothing found.")).toBeVisible();
  await expect(page.getByRole("listbox", { name: "Suggestions" }).getByRole("option")).toHaveCount(0);
});

test("what one reader has drawn is gone for the next", async ({ page, watch }) => {
  watch.allow(/status of 404/);
  await signIn(page, "support_refund", `/#/node/${encodeURIComponent(CUSTOMER)}`);
  await expect(page.getByRole("rowheader", { name: /card number/i })).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expect(page.locator("body")).not.toContainText("Umea");
  await signIn(page, "no_rights", "/#/");
  await expect(page.locator("body")).not.toContainText("Umea");
  await expect(page.getByRole("button", { name: /customer/i })).toHaveCount(0);
});
