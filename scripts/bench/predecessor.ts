/**
 * A model of the predecessor's loop, for the bench to compare with: runs in the guest, prints `following`, goes on until it is
 * ended. netstat looks every half second; each new port costs two netsh in turn, and so does each port that is gone.
 * Kinder than the original in three ways: no interpreter has to start, no shell stands before each program, and nothing is
 * drawn on a screen. Where net-tools is not installed it reads /proc itself, which is kinder still.
 */
import { ProcNetListeners } from "../../src/linux/proc/proc_net.ts";

const NETSTAT = "/usr/bin/netstat";
const SYSTEM32 = "/mnt/c/Windows/System32";
const INTERVAL_MS = 500;
const RULE_NAME = "WSL Auto Fowards";

const hasNetstat = isThere(NETSTAT);

async function findListeningPorts(): Promise<Set<number>> {
  if (!hasNetstat) return new Set(new ProcNetListeners().snapshot().map(({ port }) => port));
  const command = new Deno.Command(NETSTAT, { args: ["-tpln"], stdin: "null", stderr: "null" });
  const text = new TextDecoder().decode((await command.output()).stdout);
  const ports = new Set<number>();
  for (const line of text.split("\n")) {
    const words = line.split(/\s+/);
    if (words.length < 7 || !/^tcp6?$/.test(words[0]!) || words[6] === "-") continue;
    ports.add(Number(words[3]!.slice(words[3]!.lastIndexOf(":") + 1)));
  }
  return ports;
}

async function netsh(words: string): Promise<void> {
  const args = words.split(" ").map((word) => word.replace("%NAME%", RULE_NAME));
  await new Deno.Command(`${SYSTEM32}/netsh.exe`, { args, cwd: SYSTEM32, stdin: "null", stdout: "null" })
    .output();
}

async function forward(port: number, guestAddress: string): Promise<void> {
  await netsh(
    `interface portproxy add v4tov4 listenaddress=0.0.0.0 listenport=${port} connectaddress=${guestAddress} protocol=tcp`,
  );
  await netsh(`advfirewall firewall add rule name=%NAME% dir=in action=allow protocol=TCP localport=${port}`);
}

async function remove(port: number): Promise<void> {
  await netsh(`interface portproxy delete v4tov4 protocol=TCP listenaddress=0.0.0.0 listenport=${port}`);
  await netsh(`advfirewall firewall delete rule name=%NAME% dir=in protocol=TCP localport=${port}`);
}

function findGuestAddress(): string {
  const own = Deno.networkInterfaces().find(({ name, family }) => name === "eth0" && family === "IPv4");
  if (own === undefined) throw new Error("Cannot find the guest's address: eth0 has none");
  return own.address;
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  const guestAddress = findGuestAddress();
  let forwarded = new Set<number>();
  for (let isFirst = true;; isFirst = false) {
    const ports = await findListeningPorts();
    for (const port of ports) if (!forwarded.has(port)) await forward(port, guestAddress);
    for (const port of forwarded) if (!ports.has(port)) await remove(port);
    forwarded = ports;
    if (isFirst) Deno.stdout.writeSync(new TextEncoder().encode("following\n"));
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
