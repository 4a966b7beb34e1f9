import type { Listener, Program } from "../../net/listener.ts";
import { askEngine } from "./container_engine.ts";
import { findContainer } from "./container_names.ts";

/** Programs that have a port for a container: who connects reaches that. */
const PROXIES: ReadonlySet<string> = new Set(["docker-proxy", "rootlessport", "rootlesskit"]);

/** Whether a program has its port for somebody else. */
export function isContainerProxy({ name, aliases }: Program): boolean {
  return PROXIES.has(name) && aliases[0] !== CONTAINER;
}

/** What a program that has its port for a container is called besides. */
const CONTAINER = "container";

/** The programs of these sockets, by the name of the container that they have their ports for, where the engine knows it. */
export async function nameContainers(
  sockets: readonly (Listener & { readonly program: Program })[],
): Promise<ReadonlyMap<number, Program>> {
  const named = new Map<number, Program>();
  if (sockets.length === 0) return named;
  const containers = await askEngine();
  for (const { inode, protocol, port, program } of sockets) {
    const container = findContainer(containers, protocol, port);
    if (container === null) continue;
    const aliases = [CONTAINER, program.name, ...program.aliases].filter((alias) => alias !== container.name);
    // Where the proxy works says nothing of the container.
    const { folder: _, ...proxy } = program;
    named.set(inode, { ...proxy, name: container.name, aliases });
  }
  return named;
}
