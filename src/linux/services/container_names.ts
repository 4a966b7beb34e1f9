import type { Protocol } from "../../net/endpoint.ts";
import { askEngine, type Container } from "./container_engine.ts";
import type { LedPort } from "../nat/find_published.ts";

/** Asks the engine of containers what is behind the ports that it publishes. See `ContainerNames`. */
export async function readContainerNames(signal?: AbortSignal): Promise<(led: LedPort) => string | null> {
  const containers = await askEngine(signal);
  return ({ protocol, port }) => findContainer(containers, protocol, port)?.name ?? null;
}

/** The container that a port of the guest leads to. */
export function findContainer(
  containers: readonly Container[],
  protocol: Protocol,
  port: number,
): Container | null {
  return containers.find(({ ports }) =>
    ports.some((each) => each.protocol === protocol && each.port === port)
  ) ?? null;
}
