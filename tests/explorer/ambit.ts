/** What every journey has: signing in by name, and eyes on all that a page must never do. */
import AxeBuilder from "@axe-core/playwright";
import { type ConsoleMessage, type Page, expect, test as base } from "@playwright/test";

const tokens = JSON.parse(process.env.AMBIT_TOKENS ?? "{}") as Record<string, string>;

export const BASE = "https://halden.example";
export const CUSTOMER = `${BASE}/customer/10`;

/** The token of one of the demo's people. */
export function tokenOf(name: string): string {
  const token = tokens[name];
  if (token === undefined) throw new Error(`no token of ${name}`);
  return token;
}

/** What went wrong on a page, in words; empty at the end of every journey. */
export class Watch {
  readonly wrong: string[] = [];
  readonly asked: { method: string; path: string; body: string | null }[] = [];
  private readonly expected: RegExp[] = [];

  constructor(private readonly origin: string) {}

  /** A line of the console that a journey brings about on purpose. */
  allow(message: RegExp): void {
    this.expected.push(message);
  }

  async over(page: Page): Promise<void> {
    page.on("console", (message) => this.hear(message));
    page.on("pageerror", (error) => this.wrong.push(`error: ${error.message}`));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (!["data:", "blob:"].includes(url.protocol) && url.origin !== this.origin) {
        this.wrong.push(`left the origin: ${request.url()}`);
      }
      this.asked.push({ method: request.method(), path: url.pathname, body: request.postData() });
      for (const token of Object.values(tokens)) {
        if (request.url().includes(token)) this.wrong.push(`a token in a URL: ${url.pathname}`);
      }
    });
    page.on("response", async (response) => {
      if (response.request().resourceType() === "document" || response.url().includes("/assets/")) return;
      const text = await response.text().catch(() => "");
      const head = JSON.stringify(await response.allHeaders().catch(() => ({})));
      for (const token of Object.values(tokens)) {
        if ((text + head).includes(token)) this.wrong.push(`a token in the answer of ${response.url()}`);
      }
    });
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`violation of ${event.violatedDirective} by ${event.blockedURI} ${event.sourceFile ?? ""}`);
      });
    });
  }

  private hear(message: ConsoleMessage): void {
    if (!["error", "warning"].includes(message.type())) return;
    if (!this.expected.some((known) => known.test(message.text()))) this.wrong.push(message.text());
  }
}

export const test = base.extend<{ watch: Watch }>({
  watch: [
    async ({ page, baseURL }, use) => {
      const watch = new Watch(new URL(baseURL ?? "").origin);
      await watch.over(page);
      await use(watch);
      expect(watch.wrong, "violations, errors in the console, requests elsewhere, tokens shown").toEqual([]);
    },
    { auto: true },
  ],
});
export { expect };

/** Signs in as a reader does: by pasting the token. */
export async function signIn(page: Page, name: string, at = "/"): Promise<void> {
  await page.goto(at);
  await page.getByLabel("Token").fill(tokenOf(name));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
}

/** Goes to a screen by its fragment, without a load. */
export async function go(page: Page, fragment: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, fragment);
}

/** Waits until the drawing stands still, and gives back how many nodes it has. */
export async function settled(page: Page): Promise<number> {
  const graph = page.getByTestId("graph");
  await expect(graph).toHaveAttribute("data-settled", "true");
  return Number(await graph.getAttribute("data-nodes"));
}

/** No finding of axe's on the page as it is now. */
export async function clean(page: Page, what: string): Promise<void> {
  const found = await new AxeBuilder({ page }).analyze();
  const said = found.violations.map((one) => `${one.id}: ${one.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  expect(said, `axe on ${what}`).toEqual([]);
}

/** Writes a picture for the docs, where AMBIT_IMAGES names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.AMBIT_IMAGES;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}
