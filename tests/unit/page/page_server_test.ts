import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { PageServer } from "../../../src/page/page_server.ts";
import { findTitle } from "../../../src/page/page_titles.ts";
import { escapeHtml, renderList } from "../../../src/page/render_page.ts";
import type { View } from "../../../src/view/view.ts";
import { rule, VIEW } from "../cli/samples.ts";

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

const EVIL = `</a><script src="http://192.0.2.1/x.js"></script>"'&\x1b\u202e`;

/** A view with a page that has that title, and everything else hostile. */
function viewOf(port: number): View {
  const { listen } = rule(port);
  const target = { kind: "proxy", to: { ...listen, address: "127.0.0.1" } } as const;
  const forward = { ...VIEW.forwards[0]!, program: EVIL, folder: `/srv/${EVIL}`, rule: { listen, target } };
  return { ...VIEW, forwards: [forward, { ...VIEW.forwards[1]!, state: "blocked" }] };
}

Deno.test("the page lists what is reachable, by its own title, and obeys nothing hostile", async () => {
  const port = freePort(), pagePort = freePort();
  const service = Deno.serve(
    { hostname: "127.0.0.1", port, onListen: () => {} },
    () =>
      new Response(`<title>Shop &amp; ${EVIL.replaceAll("<", "&lt;")}</title>`, {
        headers: { "content-type": "text/html" },
      }),
  );
  const page = new PageServer(pagePort, () => viewOf(port));
  try {
    const response = await fetch(`http://127.0.0.1:${pagePort}/`);
    const html = await response.text();
    match(response.headers.get("content-security-policy")!, /^default-src 'none'; .*script-src 'self'/);
    match(html, /<h1>1 reachable<\/h1>/);
    ok(html.includes(`<a href="http://127.0.0.1:${port}"><b>Shop &#38; `), html);
    equal(html.match(/<script/g)?.length, 1);
    // Nothing but the page's own files, and the links that are its purpose.
    equal([...html.matchAll(/ src="([^"]*)"/g)].map(([, url]) => url), ["/page.js"]);
    ok(!html.includes("8080"), "what is blocked is not listed");
    for (const path of ["/page.css", "/page.js", "/list"]) {
      const { status, body } = await fetch(`http://127.0.0.1:${pagePort}${path}`);
      equal(status, 200);
      await body?.cancel();
    }
    const unknown = await fetch(`http://127.0.0.1:${pagePort}/../etc/passwd`);
    equal([unknown.status, await unknown.text()], [404, ""]);
  } finally {
    await page.close();
    await service.shutdown();
  }
});

Deno.test("the page says by which other name it goes, and not the one that was typed", async () => {
  const port = freePort();
  const page = new PageServer(port, () => ({ ...VIEW, lanName: "desktop-abc.local" }));
  try {
    const html = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    ok(
      html.includes(`<a href="http://desktop-abc.local:${port}">http://desktop-abc.local:${port}</a>`),
      html,
    );
    const list = await (await fetch(`http://127.0.0.1:${port}/list`)).text();
    ok(!list.includes(".local"));
  } finally {
    await page.close();
  }
});

Deno.test("the page tells of changes as they come, and ends with wslfwd", async () => {
  const port = freePort();
  const page = new PageServer(port, () => VIEW);
  const response = await fetch(`http://127.0.0.1:${port}/events`);
  equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  equal((await reader.read()).value, "retry: 2000\ndata: changed\n\n");
  page.notify();
  equal((await reader.read()).value, "data: changed\n\n");
  const end = reader.read();
  await page.close();
  equal((await end).done, true);
});

Deno.test("the page is not for a name that somebody has lead here", async () => {
  const port = freePort();
  const page = new PageServer(port, () => VIEW);
  const ask = async (host: string) => {
    await using connection = {
      socket: await Deno.connect({ hostname: "127.0.0.1", port }),
      async [Symbol.asyncDispose]() {
        this.socket.close();
        await Promise.resolve();
      },
    };
    await connection.socket.write(
      new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    const bytes = new Uint8Array(16);
    await connection.socket.read(bytes);
    return new TextDecoder().decode(bytes).split(" ")[1];
  };
  try {
    equal(await ask(`evil.example:${port}`), "421");
    equal(await ask(`desktop-8a3.local:${port}`), "200");
    equal(await ask(`192.168.1.20:${port}`), "200");
  } finally {
    await page.close();
  }
});

Deno.test("renderList links what a browser opens, and leaves the page itself out", () => {
  const forwards = [3000, 5432, 8088].map((port) => ({ ...VIEW.forwards[0]!, rule: rule(port) }));
  const list = renderList({ ...VIEW, forwards }, {
    host: "192.168.1.20",
    port: 8088,
    titles: new Map(),
    code: [],
  });
  match(list, /<h1>2 reachable<\/h1>/);
  ok(
    list.includes('<a href="http://192.168.1.20:3000">') &&
      list.includes("<div><b>node</b><span>192.168.1.20:5432"),
  );
  ok(!list.includes("8088"));
});

Deno.test("findTitle and escapeHtml take what pages have", () => {
  equal(findTitle("<html><TITLE lang=en>\n  A &lt;b&gt; \n</TITLE>"), "A <b>");
  equal(findTitle("<title> </title>"), null);
  equal(findTitle("none"), null);
  equal(findTitle(`<title>${"x".repeat(500)}</title>`)?.length, 80);
  equal(escapeHtml(`<a "b" 'c'&\u202e`), "&#60;a &#34;b&#34; &#39;c&#39;&#38;\ufffd");
});
