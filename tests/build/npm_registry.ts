/** An npm registry on this machine with one package, for what would need the network. */
import { runTool, type Variables } from "../../scripts/build/tool.ts";

/** The registry, and a cache of Deno's own that is used with it. */
export interface NpmRegistry extends AsyncDisposable {
  /** What makes a Deno take npm packages from here, by an empty cache. */
  readonly env: Variables;
  /** Ends it. */
  stop(): Promise<void>;
}

/** Serves a package of Deno's runtime. `integrity`: what the registry says its hash is; default: the right one. */
export async function serveRuntime(
  name: string,
  program: Uint8Array,
  integrity?: string,
): Promise<NpmRegistry> {
  const folder = await Deno.makeTempDir();
  const version = Deno.version.deno;
  await Deno.mkdir(`${folder}/package`);
  await Deno.writeFile(`${folder}/package/deno`, program, { mode: 0o755 });
  await Deno.writeTextFile(`${folder}/package/package.json`, JSON.stringify({ name, version }));
  await runTool("tar", "/usr/bin/tar", ["--create", "--gzip", "--file=package.tgz", "package"], {
    cwd: folder,
  });
  const tarball = await Deno.readFile(`${folder}/package.tgz`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-512", tarball));
  const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, (request) => {
    if (request.url.endsWith(".tgz")) return new Response(tarball);
    const dist = {
      tarball: `http://127.0.0.1:${server.addr.port}/package.tgz`,
      integrity: integrity ?? `sha512-${btoa(String.fromCharCode(...digest))}`,
    };
    return Response.json({
      name,
      "dist-tags": { latest: version },
      versions: { [version]: { name, version, dist } },
    });
  });
  const env = {
    NPM_CONFIG_REGISTRY: `http://127.0.0.1:${server.addr.port}/`,
    DENO_DIR: `${folder}/cache`,
  };
  let isStopped = false;
  const stop = async () => {
    if (!isStopped) await server.shutdown();
    isStopped = true;
  };
  return {
    env,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
