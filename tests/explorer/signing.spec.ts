import { expect, go, picture, signIn, test, tokenOf } from "./ambit";

test("a visitor sees where to sign in, and nothing is asked for", async ({ page, watch }) => {
  await page.goto("/#/sparql?query=SELECT%20*%20WHERE%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  const paths = watch.asked.map((one) => one.path).filter((path) => !path.startsWith("/assets/"));
  expect(new Set(paths)).toEqual(new Set(["/", "/session"]));
  await picture(page, "sign-in");
});

test("a token that proves nothing is refused with what to do", async ({ page, watch, context }) => {
  watch.allow(/status of 401/);
  await page.goto("/");
  await page.getByLabel("Token").fill("a.b.c");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("ambit token");
  expect(await context.cookies()).toEqual([]);
});

test("the token is exchanged for a cookie and is nowhere afterwards", async ({ page, context }) => {
  await signIn(page, "support_refund");
  const [cookie, ...more] = await context.cookies();
  expect(more).toEqual([]);
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });
  expect(cookie?.name).toMatch(/^ambit_session/);
  expect(cookie?.value).not.toContain(tokenOf("support_refund").slice(-40));
  const kept = await page.evaluate(() => ({
    local: JSON.stringify({ ...localStorage }),
    session: JSON.stringify({ ...sessionStorage }),
    cookie: document.cookie,
    url: location.href,
    page: document.documentElement.outerHTML,
    values: [...document.querySelectorAll("input")].map((input) => input.value).join(" "),
    databases: indexedDB.databases().then((found) => found.length),
  }));
  expect(JSON.stringify(kept)).not.toContain(tokenOf("support_refund"));
  expect(kept.cookie).toBe("");
  expect(kept.session).toBe("{}");
});

test("a session outlives the page and ends with signing out", async ({ page, context, watch }) => {
  await signIn(page, "support_refund");
  await page.reload();
  await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
  const [cookie] = await context.cookies();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  expect(await context.cookies()).toEqual([]);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  if (cookie) await context.addCookies([cookie]); // whoever kept it has nothing
  await page.reload();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  expect(watch.asked.filter((one) => one.path === "/session" && one.method === "DELETE")).toHaveLength(1);
});

test("a session that ends meanwhile leads back to signing in", async ({ page, context, watch }) => {
  watch.allow(/status of 401/);
  await signIn(page, "support_refund");
  const [cookie] = await context.cookies();
  if (!cookie) throw new Error("no cookie");
  await context.addCookies([{ ...cookie, value: "another" }]);
  await go(page, "#/findings");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
});
