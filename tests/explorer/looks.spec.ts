import { CUSTOMER, clean, expect, go, picture, settled, signIn, test } from "./ambit";

const SCREENS = ["#/", "#/search", "#/ask", "#/findings", "#/runs", "#/graphql", "#/sparql"];

for (const scheme of ["light", "dark"] as const) {
  test(`every screen is clean in ${scheme}`, async ({ page, context }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto("/");
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await clean(page, `signing in, ${scheme}`);
    await signIn(page, "support_refund");
    for (const screen of SCREENS) {
      await go(page, screen);
      await page.waitForLoadState("networkidle");
      await clean(page, `${screen}, ${scheme}`);
    }
    await go(page, `#/node/${encodeURIComponent(CUSTOMER)}`);
    await expect(page.getByRole("rowheader", { name: /country/i })).toBeVisible();
    await settled(page);
    await clean(page, `a node, ${scheme}`);
    if (scheme === "dark") await picture(page, "dark");
    expect((await context.cookies()).length).toBe(1);
  });
}

test("the reader's choice of dark or light is kept, and is all that is kept", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await signIn(page, "support_refund");
  const shade = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await shade();
  await page.getByRole("button", { name: "Switch to dark" }).click();
  await expect(page.getByRole("button", { name: "Switch to light" })).toBeVisible();
  await expect.poll(shade).not.toBe(before);
  await page.reload();
  await expect(page.getByRole("button", { name: "Switch to light" })).toBeVisible();
  expect(await page.evaluate(() => ({ ...localStorage }))).toEqual({ "ambit-theme": "dark" });
});

test("a narrow window scrolls nothing sideways", async ({ page }) => {
  await page.setViewportSize({ width: 480, height: 800 });
  await signIn(page, "support_refund");
  for (const screen of SCREENS) {
    await go(page, screen);
    await page.waitForLoadState("networkidle");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide, screen).toBeLessThanOrEqual(0);
  }
});
