/** Figures of the explorer in Debian's chromium, printed as JSON; AMBIT_URL and AMBIT_TOKENS as for the journeys. */
import { chromium } from "@playwright/test";

const STARTS = 7;
const NODES = 500;
const CLASS = "https://halden.example/ontology#Customer";
const LINK = "https://halden.example/ontology#orders";
const url = process.env.AMBIT_URL;
const token = JSON.parse(process.env.AMBIT_TOKENS).support_refund;

/** Milliseconds from the start of the navigation to the first contentful paint, and to the list of classes. */
async function start(browser, storageState) {
  const context = await browser.newContext({ baseURL: url, storageState });
  const page = await context.newPage();
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (document.querySelector("main li button")) {
        observer.disconnect();
        requestAnimationFrame(() => performance.mark("ready"));
      }
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto("/");
  const found = await page.waitForFunction(() => {
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    const [ready] = performance.getEntriesByName("ready");
    return paint && ready && [paint.startTime, ready.startTime];
  });
  const times = await found.jsonValue();
  await context.close();
  return times;
}

/** Answers for a class of `NODES` entities that are linked to one another, as the server would give them. */
async function stage(page) {
  const nodes = Array.from({ length: NODES }, (_, n) => ({ iri: `urn:n:${n}`, label: `Node ${n}`, types: [CLASS] }));
  const links = nodes.slice(1).map((node, n) => ({ from: node.iri, property: LINK, to: `urn:n:${Math.floor(n / 3)}` }));
  const answer = (make) => async (route) => {
    const asked = route.request().postDataJSON();
    await route.fulfill({ json: make(asked), headers: { "Ambit-Run": "urn:ambit:run:1" } });
  };
  const classes = [{ iri: CLASS, label: "customer", count: NODES }];
  await page.route("**/explore/vocabulary", answer(() => ({ classes, properties: [], prefixes: {} })));
  await page.route(
    "**/explore/expand",
    answer(({ first = 50, after }) => {
      const from = Number(after ?? 0);
      const next = from + first < NODES ? String(from + first) : null;
      return { nodes: nodes.slice(from, from + first), next, total: NODES };
    }),
  );
  await page.route(
    "**/explore/links",
    answer(({ iris }) => {
      const drawn = new Set(iris);
      return { links: links.filter((link) => drawn.has(link.from) && drawn.has(link.to)) };
    }),
  );
}

/** Milliseconds of each frame while `NODES` nodes are dragged about by the mouse. */
async function pan(browser, storageState) {
  const context = await browser.newContext({ baseURL: url, storageState, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await stage(page);
  await page.goto("/");
  await page.getByRole("button", { name: /^customer/i }).click();
  const more = page.getByRole("button", { name: "More", exact: true });
  const count = page.getByText(`${NODES} of ${NODES}`);
  while (!(await count.isVisible())) {
    await more.click();
    await page.waitForTimeout(50);
  }
  await page.getByRole("button", { name: "Draw these" }).click();
  const graph = page.getByTestId("graph");
  await page.waitForFunction(
    (wanted) => {
      const at = document.querySelector("[data-testid=graph]");
      return at?.getAttribute("data-nodes") === String(wanted) && at.getAttribute("data-settled") === "true";
    },
    NODES,
    { timeout: 120_000 },
  );
  await page.getByRole("button", { name: "Fit" }).click();
  const box = await graph.boundingBox();
  const [x, y] = [box.x + 8, box.y + 8]; // a corner, where no node lies
  await page.evaluate(() => {
    window.frames_ = [];
    let last = performance.now();
    const each = (now) => {
      window.frames_.push(now - last);
      last = now;
      requestAnimationFrame(each);
    };
    requestAnimationFrame(each);
  });
  const placed = () => graph.evaluate((drawing) => [...drawing.querySelectorAll("[transform]")].slice(0, 3).map((one) => one.getBoundingClientRect().x));
  const before = await placed();
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let step = 1; step <= 120; step += 1) {
    await page.mouse.move(x + 200 * Math.sin(step / 10), y + 150 * (1 - Math.cos(step / 10)));
  }
  await page.mouse.up();
  if (String(before) === String(await placed())) throw new Error("the drawing did not move");
  const frames = await page.evaluate(() => window.frames_.slice(1));
  await context.close();
  return frames;
}

const browser = await chromium.launch({
  executablePath: process.env.AMBIT_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const context = await browser.newContext({ baseURL: url });
const page = await context.newPage();
await page.goto("/");
await page.getByLabel("Token").fill(token);
await page.getByRole("button", { name: "Sign in" }).click();
await page.getByRole("button", { name: "Sign out" }).waitFor();
const storageState = await context.storageState();
const starts = [];
for (let n = 0; n < STARTS; n += 1) starts.push(await start(browser, storageState));
const frames = await pan(browser, storageState);
await browser.close();
console.log(JSON.stringify({ painted: starts.map(([paint]) => paint), ready: starts.map(([, ready]) => ready), frames }));
