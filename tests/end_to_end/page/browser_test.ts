/** The page for a phone in Debian's Chromium: at 360 pixels, light and dark, live, and without JavaScript. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { PageServer } from "../../../src/page/page_server.ts";
import type { Forward, View } from "../../../src/view/view.ts";
import { rule, VIEW } from "../../unit/cli/samples.ts";
import { lacks } from "../../contract/needs.ts";
import { Chromium } from "./chromium.ts";

const LONG = "a-name-that-has-no-blank-and-is-much-longer-than-a-phone-is-wide-".repeat(3);

function open(port: number, program: string, folder: string): Forward {
  return { ...VIEW.forwards[0]!, program, folder, rule: rule(port) };
}

/** Serves the page with a view that the test changes. */
async function withPage(
  run: (chromium: Chromium, url: string, show: (forwards: Forward[]) => void) => Promise<void>,
): Promise<void> {
  using free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  let view: View = { ...VIEW, forwards: [open(3000, "vite", "/home/ann/shop/web"), open(8080, LONG, LONG)] };
  const page = new PageServer(port, () => view);
  try {
    await using chromium = await Chromium.open(360, 640);
    await run(chromium, `http://127.0.0.1:${port}/`, (forwards) => {
      view = { ...view, forwards };
      page.notify();
    });
  } finally {
    await page.close();
  }
}

const options = { ignore: lacks("chromium") };

Deno.test("the page fits 360 pixels, whatever the names, with links that a thumb hits", options, async () => {
  await withPage(async (chromium, url) => {
    await chromium.goTo(url);
    equal(await chromium.evaluate("document.documentElement.scrollWidth"), 360);
    const heights = await chromium.evaluate<number[]>(
      "[...document.querySelectorAll('li > *')].map((each) => each.getBoundingClientRect().height)",
    );
    equal(heights.length, 2);
    ok(heights.every((height) => height >= 48), heights.join());
    const code = await chromium.evaluate<number>(
      "document.querySelector('svg').getBoundingClientRect().width",
    );
    ok(code >= 150 && code <= 328, String(code));
    equal(chromium.requestedHosts, [new URL(url).host]);
  });
});

Deno.test("the page is light or dark as the device is, and readable in both", options, async () => {
  await withPage(async (chromium, url) => {
    const lights: number[] = [];
    for (const value of ["light", "dark"]) {
      await chromium.call("Emulation.setEmulatedMedia", {
        features: [{ name: "prefers-color-scheme", value }],
      });
      await chromium.goTo(url);
      const { back, text } = await chromium.evaluate<{ back: string; text: string }>(
        `(() => { const probe = document.createElement("div"); probe.style.cssText = "background: Canvas";
          document.body.append(probe); return { back: getComputedStyle(probe).backgroundColor,
          text: getComputedStyle(document.querySelector("li b")).color }; })()`,
      );
      ok(contrast(back, text) >= 4.5, `${value}: ${text} on ${back}`);
      lights.push(luminance(back));
    }
    ok(lights[0]! > 0.9 && lights[1]! < 0.1, lights.join());
  });
});

Deno.test("the page follows what opens and closes without being loaded again", options, async () => {
  await withPage(async (chromium, url, show) => {
    await chromium.goTo(url);
    await chromium.evaluate("window.mark = 7");
    const steps = [[[], "Nothing is open yet"], [[open(9000, "x", "/")], "1 reachable"]] as const;
    for (const [forwards, head] of steps) {
      show([...forwards]);
      await chromium.evaluate(`new Promise((resolve) => {
        const list = document.getElementById("list");
        const look = () => list.querySelector("h1")?.textContent === ${JSON.stringify(head)} && resolve();
        new MutationObserver(look).observe(list, { childList: true });
        look();
      })`);
    }
    equal(await chromium.evaluate("[document.links[0].href, window.mark]"), ["http://127.0.0.1:9000/", 7]);
  });
});

Deno.test("the page can be read without JavaScript", options, async () => {
  await withPage(async (chromium, url) => {
    await chromium.call("Emulation.setScriptExecutionDisabled", { value: true });
    await chromium.goTo(url);
    const { root } = await chromium.call("DOM.getDocument", { depth: -1 }) as { root: { nodeId: number } };
    const { outerHTML } = await chromium.call("DOM.getOuterHTML", { nodeId: root.nodeId }) as {
      outerHTML: string;
    };
    ok(outerHTML.includes('<a href="http://127.0.0.1:3000"><b>vite</b>'), outerHTML);
    equal(chromium.requestedHosts, [new URL(url).host]);
  });
});

/** Relative luminance of `rgb(1, 2, 3)` (WCAG 2.1). */
function luminance(color: string): number {
  const [r, g, b] = /(\d+), (\d+), (\d+)/.exec(color)!.slice(1).map(Number).map((each) => {
    const part = each / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}
