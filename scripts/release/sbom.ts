/** What is in a release, for programs that watch for known holes: CycloneDX 1.5, as JSON. */
import manifest from "../../deno.json" with { type: "json" };
import { REPOSITORY, runTool } from "../build/tool.ts";
import { listPackages } from "./licenses.ts";

interface Component {
  readonly type: "application" | "library" | "platform";
  readonly name: string;
  readonly version: string;
  /** A package URL, by which databases of holes find it. */
  readonly purl: string;
  readonly licenses: readonly { readonly license: { readonly id: string } }[];
  readonly hashes?: readonly { readonly alg: "SHA-512"; readonly content: string }[];
}

/** The document; the same text of the same commit. Throws where the lock file lacks a package. */
export async function renderSbom(): Promise<string> {
  const commit = (await runTool("git", "/usr/bin/git", ["rev-parse", "HEAD"])).trim();
  const time = (await runTool("git", "/usr/bin/git", ["log", "-1", "--format=%ct"])).trim();
  const own = component("application", "wslfwd", manifest.version, "pkg:generic/wslfwd", manifest.license);
  const runtime = component("platform", "deno", Deno.version.deno, "pkg:npm/deno", "MIT");
  const libraries = (await listPackages()).map(({ name, version, localPath }) => {
    const { license } = JSON.parse(Deno.readTextFileSync(`${localPath}/package.json`)) as { license: string };
    // Of `@scope/name` the @ is escaped (the purl specification, npm).
    const purl = `pkg:npm/${name.replace(/^@/, "%40")}`;
    return { ...component("library", name, version, purl, license), hashes: [integrityOf(name, version)] };
  });
  const all = [runtime, ...libraries];
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    serialNumber: `urn:uuid:${uuidOf(commit)}`,
    version: 1,
    metadata: {
      timestamp: new Date(Number(time) * 1000).toISOString(),
      component: { ...own, "bom-ref": own.purl },
    },
    components: all.map((each) => ({ ...each, "bom-ref": each.purl })),
    dependencies: [{ ref: own.purl, dependsOn: all.map(({ purl }) => purl) }],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function component(
  type: Component["type"],
  name: string,
  version: string,
  purl: string,
  license: string,
): Component {
  return { type, name, version, purl: `${purl}@${version}`, licenses: [{ license: { id: license } }] };
}

/** The hash that Deno checked the package against. */
function integrityOf(name: string, version: string): { alg: "SHA-512"; content: string } {
  const lock = JSON.parse(Deno.readTextFileSync(new URL("deno.lock", REPOSITORY))) as {
    readonly npm: Readonly<Record<string, { readonly integrity: string }>>;
  };
  const base64 = /^sha512-(.+)$/.exec(lock.npm[`${name}@${version}`]?.integrity ?? "")?.[1];
  if (base64 === undefined) throw new Error(`deno.lock has no SHA-512 of ${name}@${version}`);
  const bytes = [...atob(base64)].map((character) => character.charCodeAt(0));
  return { alg: "SHA-512", content: bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("") };
}

/** A UUID of version 8 (RFC 9562: whatever its maker likes) out of the first digits of a commit. */
function uuidOf(commit: string): string {
  const [, a, b, c, d, e] = /^(.{8})(.{4})(.{3})(.{3})(.{12})/.exec(commit)!;
  return `${a}-${b}-8${c}-8${d}-${e}`;
}
