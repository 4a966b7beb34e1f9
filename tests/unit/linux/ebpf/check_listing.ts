import { deepStrictEqual as equal } from "node:assert/strict";

/** The listing, as the file beside this one holds it. Written anew by `UPDATE_LISTINGS=1 deno test -A`. */
export function checkListing(name: string, listing: string): void {
  const path = new URL(`./${name}`, import.meta.url);
  if (Deno.env.has("UPDATE_LISTINGS")) Deno.writeTextFileSync(path, listing);
  equal(listing, Deno.readTextFileSync(path));
}
