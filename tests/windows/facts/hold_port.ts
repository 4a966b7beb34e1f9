/** A port of Windows that a program of Windows holds. */
import { parseWindowsListeners, SHOW_LISTENERS } from "../../../src/windows/network/windows_listeners.ts";
import type { World } from "../world.ts";

/** How often is looked whether it listens, or still does; each look is a start of netstat.exe. */
const LOOKS = 100;

/** Longer than all looks take. It ends by itself then, whatever becomes of who started it. */
const HOLD_S = 60;

/** What holds it. Disposed, it no longer does. */
export interface HeldPort extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
  /** The process. */
  readonly pid: number;
  /** Kills what stands for it in WSL2; whether the port is free soon. Throws on Windows itself. */
  readonly killClient: () => Promise<boolean>;
}

/** Has one held: by this program on Windows itself, from WSL2 by a PowerShell. Null where that does not come to listen. */
export async function holdPort(world: World): Promise<HeldPort | null> {
  if (world.isNative) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    return {
      port: listener.addr.port,
      pid: Deno.pid,
      killClient: () => Promise.reject(new Error("This runs on Windows: nothing stands for a program of it")),
      [Symbol.asyncDispose]: () => Promise.resolve(listener.close()),
    };
  }
  const port = await world.sparePort(), end = new AbortController();
  const command = `$l = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, ${port}); $l.Start(); ` +
    `Start-Sleep -Seconds ${HOLD_S}; $l.Stop()`;
  const running = world.programs.run(
    "WindowsPowerShell/v1.0/powershell.exe",
    ["-NoProfile", "-Command", command],
    HOLD_S * 2_000,
    end.signal,
  ).catch(() => null);
  const close = async () => {
    end.abort();
    await running;
  };
  const pid = await lookFor(world, (held) => held.get(port));
  if (pid === undefined) {
    await close();
    return null;
  }
  const killClient = async () => {
    await close();
    return await lookFor(world, (held) => held.has(port) ? undefined : true) ?? false;
  };
  return { port, pid, killClient, [Symbol.asyncDispose]: close };
}

/** Looks at who listens until `find` gives something; undefined where it never does. */
async function lookFor<T>(
  world: World,
  find: (held: ReadonlyMap<number, number>) => T | undefined,
): Promise<T | undefined> {
  for (let look = 0; look < LOOKS; look++) {
    const { stdout } = await world.run("netstat.exe", ...SHOW_LISTENERS);
    const found = find(new Map(parseWindowsListeners(stdout).map(({ port, pid }) => [port, pid])));
    if (found !== undefined) return found;
  }
  return undefined;
}
