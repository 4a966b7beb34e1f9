import { equal, ok } from "node:assert/strict";
import { runCommand } from "../../../src/process/command.ts";
import type { Lab } from "../../simulated/lab.ts";
import { WINDOWS_ADDRESS } from "../../simulated/peer.ts";
import { startForwarder, stopForwarder, waitForForwarded } from "../forwarder.ts";
import { udpForwarding, waitForHoldings } from "../holdings.ts";
import { udpScenario } from "./udp_scenario.ts";

/** A name server of one name: every question for an address is answered with 192.0.2.7. */
const NAME_SERVER =
  `use Socket; socket(S, PF_INET, SOCK_DGRAM, 0); bind(S, sockaddr_in(5300, INADDR_ANY)) or die;
while (my $from = recv(S, my $ask, 512, 0)) {
  my $end = index($ask, "\\0", 12) + 5;
  my $answer = "\\xc0\\x0c" . pack("nnNnC4", 1, 1, 60, 4, 192, 0, 2, 7);
  send(S, substr($ask, 0, 2) . pack("nnnnn", 0x8180, 1, 1, 0, 0) . substr($ask, 12, $end - 12) . $answer, 0, $from);
}`;

/** Runs a program on the LAN; what it printed. Throws where there is no such program. */
async function runOnLan(lab: Lab, ...argv: string[]): Promise<string> {
  const args = [`--net=/proc/${lab.lanPid}/ns/net`, ...argv];
  const { stdout } = await runCommand("/usr/bin/nsenter", args, { timeoutMs: 60_000 });
  return new TextDecoder().decode(stdout);
}

function lacksProgram(path: string): boolean {
  try {
    return !Deno.statSync(path).isFile;
  } catch {
    Deno.stderr.writeSync(new TextEncoder().encode(`Tests are skipped that need ${path}\n`));
    return true;
  }
}

if (!lacksProgram("/usr/bin/dig")) {
  udpScenario("a name server in the guest answers dig on the LAN, and goes with its program", async (lab) => {
    const program = await startForwarder(lab, ["--udp"]);
    const server = lab.guest.spawn(["perl", "-e", NAME_SERVER]);
    await waitForForwarded(program, 5300);
    await waitForHoldings(lab, [udpForwarding(5300)]);
    const answer = await runOnLan(
      lab,
      "/usr/bin/dig",
      "@192.168.50.1",
      "-p",
      "5300",
      "+short",
      "any.test",
      "A",
    );
    equal(answer, "192.0.2.7\n");
    await server.kill("SIGKILL");
    await waitForHoldings(lab, []);
    await stopForwarder(program);
  });
}

if (!lacksProgram("/usr/bin/iperf3")) {
  udpScenario("iperf3 sends UDP from the LAN to the guest", async (lab) => {
    const server = lab.guest.spawn(["iperf3", "-s", "-1"]);
    const program = await startForwarder(lab, ["--udp-port", "5201"]);
    // By TCP it listens; its UDP socket comes with the first client.
    await program.waitForEvent("forwarded", (event) => event.listenPort === 5201 && event.program !== null);
    await program.waitForEvent("forwarded", (event) => event.listenPort === 5201 && event.program === null);
    const client = ["/usr/bin/iperf3", "-c", "192.168.50.1", "-u", "-b", "2M", "-l", "1000", "-t", "1", "-J"];
    const { end, error } = JSON.parse(await runOnLan(lab, ...client));
    equal(error, undefined);
    ok(end.sum.packets > 200, `${end.sum.packets} datagrams`);
    equal((await server.exit).code, 0);
    await stopForwarder(program);
  });
}

const QUIC_PEER = new URL("./quic_peer.ts", import.meta.url).pathname;
const RUN_QUIC_PEER = [Deno.execPath(), "run", "-A", "--no-config", "--quiet", "--unstable-net", QUIC_PEER];

/** Makes a key, and a certificate that it signed itself for Windows' address on the LAN; their paths. */
async function makeCertificate(folder: string): Promise<{ certificate: string; key: string }> {
  const certificate = `${folder}/certificate.pem`, key = `${folder}/key.pem`;
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key];
  // A client of TLS takes no certificate of an authority for that of a server.
  const what = [
    "-addext",
    "basicConstraints=critical,CA:FALSE",
    "-addext",
    `subjectAltName=IP:${WINDOWS_ADDRESS}`,
  ];
  const args = ["req", "-x509", ...newKey, "-out", certificate, "-days", "2", "-subj", "/CN=wslfwd", ...what];
  const { exitCode, stderr } = await runCommand("/usr/bin/openssl", args, { timeoutMs: 10_000 });
  equal(exitCode, 0, new TextDecoder().decode(stderr));
  return { certificate, key };
}

if (!lacksProgram("/usr/bin/openssl")) {
  udpScenario("a QUIC server in the guest answers on the LAN, and goes with its program", async (lab) => {
    const folder = await Deno.makeTempDir({ prefix: "wslfwd-quic-" });
    try {
      const { certificate, key } = await makeCertificate(folder);
      const program = await startForwarder(lab, ["--udp", "--linger", "0"]);
      const server = lab.guest.spawn([...RUN_QUIC_PEER, "serve", "4433", certificate, key]);
      await server.waitForLine(/^ready$/);
      await waitForHoldings(lab, [udpForwarding(4433)]);
      // The second is some dozens of datagrams each way, of the size that QUIC finds out by itself.
      for (const text of ["hello", "a".repeat(60_000)]) {
        const ask = [...RUN_QUIC_PEER, "ask", WINDOWS_ADDRESS, "4433", certificate, text];
        equal(await runOnLan(lab, ...ask), `guest ${text}\n`);
      }
      await server.kill("SIGKILL");
      await waitForHoldings(lab, []);
      await stopForwarder(program);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
