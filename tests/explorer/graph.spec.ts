import type { Page } from "@playwright/test";
import { clean, expect, picture, settled, signIn, test } from "./ambit";

const TEN = /^Umea Laboratories 10, customer/i;

async function drawCustomers(page: Page): Promise<void> {
  await signIn(page, "support_refund");
  await expect(page.getByRole("heading", { name: "What is here" })).toBeVisible();
  await page.getByRole("list", { name: "Classes" }).getByRole("button", { name: /^customer/i }).click();
  await page.getByRole("button", { name: "Draw these" }).click();
  await expect.poll(() => settled(page)).toBe(25);
}

test("a class is drawn, and a node expands by click, by property and direction", async ({ page }) => {
  await drawCustomers(page);
  const node = page.getByRole("button", { name: TEN });
  await node.click();
  const menu = page.getByRole("menu", { name: "Expand Umea Laboratories 10" });
  const orders = menu.getByRole("menuitem", { name: /^orders ?, outgoing, \d+$/i });
  const count = Number((await orders.textContent())?.match(/(\d+)\D*$/)?.[1]);
  expect(count).toBeGreaterThan(0);
  await expect(menu.getByRole("menuitem", { name: /^ordered by ?, incoming, \d+$/i })).toBeVisible();
  await orders.click();
  await expect.poll(() => settled(page)).toBe(25 + count);
  await expect(page.getByRole("button", { name: /, order$/i })).toHaveCount(count);
  await expect(page.getByRole("complementary", { name: "About Umea Laboratories 10" })).toBeVisible();
  await clean(page, "the graph");
  await picture(page, "graph");
});

test("the keyboard alone signs in, draws, walks, expands, pins and removes", async ({ page }) => {
  await page.goto("/");
  const press = async (key: string, times = 1) => {
    for (let n = 0; n < times; n += 1) await page.keyboard.press(key);
  };
  const reach = async (name: RegExp) => {
    for (let n = 0; n < 60; n += 1) {
      const said = await page.evaluate(() => {
        let at: Element | null = document.activeElement;
        while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
        const labelled = (at as HTMLInputElement | null)?.labels?.[0]?.textContent;
        return at?.getAttribute("aria-label") ?? labelled ?? at?.textContent ?? "";
      });
      if (name.test(said.trim())) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`${name} is not reached by Tab`);
  };
  await reach(/^Token/);
  await page.keyboard.insertText(JSON.parse(process.env.AMBIT_TOKENS ?? "{}").support_refund);
  await press("Enter");
  await expect(page.getByRole("heading", { name: "What is here" })).toBeVisible();
  await reach(/^customer\s*\d/i);
  await press("Enter");
  await expect(page.getByRole("button", { name: "Draw these" })).toBeVisible();
  await reach(/^Draw these/);
  await press("Enter");
  await expect.poll(() => settled(page)).toBe(25);
  await reach(/, (customer|hospital)$/i);
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-iri"));
  const first = await focused();
  expect(first).toBeTruthy();
  for (const key of ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"]) {
    await press(key);
    if ((await focused()) !== first) break;
  }
  const second = await focused();
  expect(second).toBeTruthy();
  expect(second, "arrows move the focus to another node").not.toBe(first);
  await press("Enter");
  const menu = page.getByRole("menu");
  await expect(menu.getByRole("menuitem", { name: /incoming|outgoing/ }).first()).toBeFocused();
  await press("Escape");
  await expect(menu).toBeHidden();
  expect(await focused(), "the focus is back on the node").toBe(second);
  await press("Enter");
  await expect(menu.getByRole("menuitem", { name: /incoming|outgoing/ }).first()).toBeFocused();
  const orders = menu.getByRole("menuitem", { name: /^orders ?, outgoing/i });
  const items = await menu.getByRole("menuitem").count();
  for (let n = 0; n < items && !(await orders.evaluate((item) => item === document.activeElement)); n += 1) {
    await press("ArrowDown");
  }
  await expect(orders).toBeFocused();
  await press("Enter");
  await expect.poll(() => settled(page)).toBeGreaterThan(25);
  const drawn = await settled(page);
  await page.locator(`[data-iri="${second}"]`).first().focus();
  await press("p");
  await expect(page.getByRole("button", { name: /, pinned$/ })).toHaveCount(1);
  await press("Delete");
  await expect.poll(() => settled(page)).toBe(drawn - 1);
  expect(await focused(), "the focus is not lost with the node").toBeTruthy();
});

test("the drawing is exported, fitted and cleared", async ({ page }) => {
  await drawCustomers(page);
  await page.getByRole("button", { name: "Zoom in" }).click();
  await page.getByRole("button", { name: "Fit" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export SVG" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/\.svg$/);
  const svg = await (await download.createReadStream()).toArray();
  const text = Buffer.concat(svg).toString("utf8");
  expect(text).toContain("Umea Laboratories 10");
  expect(text).not.toContain("<script");
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(page.getByRole("heading", { name: "What is here" })).toBeVisible();
});
