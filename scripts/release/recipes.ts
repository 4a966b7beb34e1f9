/** Recipes for package managers whose packages others build: they name the release's files and their hashes. */
import manifest from "../../deno.json" with { type: "json" };
import formula from "./recipes/wslfwd.rb" with { type: "text" };
import pkgbuild from "./recipes/PKGBUILD" with { type: "text" };

/** The recipes by the name that each has as a file. */
const RECIPES: Readonly<Record<string, string>> = { "PKGBUILD": pkgbuild, "wslfwd.rb": formula };

/** Which file of the release each hash is of. */
const HASHED: Readonly<Record<string, string>> = {
  SHA256_AMD64: `wslfwd_${manifest.version}_amd64.deb`,
  SHA256_ARM64: `wslfwd_${manifest.version}_arm64.deb`,
  SHA256_X86_64: "wslfwd-x86_64",
  SHA256_AARCH64: "wslfwd-aarch64",
};

/**
 * The recipes' texts by their names. `url`: where the files will be; `sums`: the SHA-256 of each file, by its name. A file
 * that is not there has the word SKIP, by which its recipe cannot be used as it is.
 */
export function renderRecipes(url: string, sums: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const words: Record<string, string> = {
    VERSION: manifest.version,
    URL: url,
    // Of https://…/releases/download/v1.0.0 the project's own page.
    HOME: url.replace(/\/releases\/download\/[^/]*$/, ""),
  };
  for (const [word, name] of Object.entries(HASHED)) words[word] = sums.get(name) ?? "SKIP";
  const fill = (text: string) =>
    text.replace(/@([A-Z\d_]+)@/g, (_, name: string) => {
      const word = words[name];
      if (word === undefined) throw new Error(`Cannot fill in @${name}@`);
      return word;
    });
  return new Map(Object.entries(RECIPES).map(([name, text]) => [name, fill(text)]));
}
