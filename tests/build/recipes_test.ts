/** What a release has besides the files that are run: recipes, the bill of materials, the list of files. */
import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import { buildDeb, debName } from "../../scripts/package/deb.ts";
import { buildSelfExtracting } from "../../scripts/build/self_extracting.ts";
import { TARGETS } from "../../scripts/build/target.ts";
import { runTool } from "../../scripts/build/tool.ts";
import { renderFiles } from "../../scripts/release/changes.ts";
import { renderRecipes } from "../../scripts/release/recipes.ts";
import { renderSbom } from "../../scripts/release/sbom.ts";
import manifest from "../../deno.json" with { type: "json" };
import { lacksProgram } from "./lacks_program.ts";

const HERE = TARGETS[Deno.build.arch];
const URL_OF_RELEASE = "https://example.org/a/wslfwd/releases/download/v1.0.0";

Deno.test("renderRecipes fills in every word, with the hash of each file that there is", () => {
  const recipes = renderRecipes(URL_OF_RELEASE, new Map([["wslfwd-x86_64", "ab".repeat(32)]]));
  same([...recipes.keys()], ["PKGBUILD", "wslfwd.rb"]);
  for (const text of recipes.values()) ok(!/@[A-Z\d_]+@/.test(text));
  match(
    recipes.get("wslfwd.rb")!,
    /url "https:\/\/example\.org\/a\/wslfwd\/releases\/download\/v1\.0\.0\/wslfwd-x86_64"/,
  );
  match(
    recipes.get("wslfwd.rb")!,
    new RegExp(`homepage "https://example.org/a/wslfwd"[^]*sha256 "${"ab".repeat(32)}"`),
  );
});

Deno.test({
  name: "Homebrew's recipe is Ruby",
  ignore: lacksProgram("/usr/bin/ruby", "ruby"),
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(
        `${folder}/wslfwd.rb`,
        renderRecipes(URL_OF_RELEASE, new Map()).get("wslfwd.rb")!,
      );
      equal((await runTool("ruby", "/usr/bin/ruby", ["-c", `${folder}/wslfwd.rb`])).trim(), "Syntax OK");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name:
    "two builds of a commit are the same bytes, and the AUR's recipe makes a package of them, in which wslfwd runs",
  ignore: lacksProgram("/usr/bin/bsdtar", "libarchive-tools"),
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.chmod(folder, 0o755);
      for (const name of ["1", "2", "make"]) await Deno.mkdir(`${folder}/${name}`);
      for (const name of ["1", "2"]) {
        await buildDeb(`${folder}/${name}`, HERE);
        await buildSelfExtracting(`${folder}/${name}/wslfwd`, HERE, manifest.version, "0123456789ab");
      }
      for (const name of [debName(HERE), "wslfwd"]) {
        await runTool("cmp", "/usr/bin/cmp", [`${folder}/1/${name}`, `${folder}/2/${name}`]);
      }
      const sum = (await runTool("sha256sum", "/usr/bin/sha256sum", [`${folder}/1/${debName(HERE)}`])).slice(
        0,
        64,
      );
      const recipe = renderRecipes(URL_OF_RELEASE, new Map([[debName(HERE), sum]])).get("PKGBUILD")!;
      match(
        recipe,
        new RegExp(`^sha256sums_x86_64=\\('${HERE.architecture === "x86_64" ? sum : "SKIP"}'\\)$`, "m"),
      );
      await Deno.writeTextFile(`${folder}/PKGBUILD`, recipe);
      // As makepkg does: it unpacks each source, and gives package() the two folders.
      const script =
        `set -eu; . ./PKGBUILD; srcdir=$PWD/make/src pkgdir=$PWD/make/pkg; mkdir "$srcdir" "$pkgdir"
        bsdtar -xf "$1" -C "$srcdir"; package`;
      await runTool("bash", "/bin/bash", ["-c", script, "bash", `1/${debName(HERE)}`], { cwd: folder });
      const root = `${folder}/make/pkg`;
      match(await runTool("wslfwd", `${root}/usr/bin/wslfwd`, ["--version"]), /^wslfwd \S+ \(deb, /);
      ok(Deno.statSync(`${root}/usr/share/zsh/site-functions/_wslfwd`).isFile);
      ok(Deno.statSync(`${root}/usr/share/licenses/wslfwd-bin/LICENSES.txt`).isFile);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("renderSbom names the runtime and each package with the hash that the lock file has", async () => {
  const text = await renderSbom();
  equal(text, await renderSbom());
  const { bomFormat, specVersion, serialNumber, components, dependencies } = JSON.parse(text);
  same([bomFormat, specVersion], ["CycloneDX", "1.5"]);
  match(serialNumber, /^urn:uuid:[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/);
  const purls = components.map((each: { purl: string }) => each.purl);
  equal(purls[0], `pkg:npm/deno@${Deno.version.deno}`);
  ok(purls.includes("pkg:npm/%40stricli/core@1.3.0"), `${purls}`);
  same(dependencies[0].dependsOn, purls);
  for (const { hashes } of components.slice(1)) match(hashes[0].content, /^[\da-f]{128}$/);
});

Deno.test("renderFiles says of each file what it is, and its size", () => {
  const files = new Map([["wslfwd-x86_64", { what: "compiled", size: 84_100_000 }], [
    "install.sh",
    { what: "installs it", size: 9_000 },
  ]]);
  match(
    renderFiles(files, "2.9.6"),
    /official Deno 2\.9\.6;[^]*\| `wslfwd-x86_64` \| compiled \| 84\.1 MB \|\n.*\| installs it \| < 0\.1 MB \|/,
  );
});
