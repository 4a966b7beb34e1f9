/** How long a page has to answer, in milliseconds, and how much of it is read, in bytes. */
const TIMEOUT_MS = 2000, MAX_BYTES = 65_536;

/** So much of a title is shown, in characters. */
const MAX_TITLE = 80;

/** The title of a page that listens in this guest; null where it has none, or is no web page. Never rejects. Hostile text. */
export async function readTitle(address: string, port: number): Promise<string | null> {
  try {
    const response = await fetch(`http://${address}:${port}/`, {
      redirect: "manual",
      headers: { accept: "text/html" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const isHtml = response.headers.get("content-type")?.startsWith("text/html") ?? false;
    if (!isHtml || response.body === null) {
      await response.body?.cancel();
      return null;
    }
    return findTitle(await readStart(response.body));
  } catch {
    return null;
  }
}

/** What stands in the title element of the start of a page. */
export function findTitle(html: string): string | null {
  const [, inside] = /<title[^>]*>([^<]*)<\/title/i.exec(html) ?? [];
  const title = inside === undefined ? "" : decodeEntities(inside).replaceAll(/\s+/g, " ").trim();
  return title === "" ? null : [...title].slice(0, MAX_TITLE).join("");
}

/** The entities that titles have; any other one stays as it is. */
function decodeEntities(text: string): string {
  const names: Readonly<Record<string, string>> = {
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    nbsp: " ",
  };
  return text.replaceAll(/&(amp|lt|gt|quot|apos|nbsp);/g, (_, name: string) => names[name]!);
}

async function readStart(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "", length = 0;
  for await (const part of body) {
    text += decoder.decode(part, { stream: true });
    length += part.length;
    if (length >= MAX_BYTES || /<\/title/i.test(text)) break;
  }
  return text;
}
