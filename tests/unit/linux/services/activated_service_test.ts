import { deepStrictEqual as equal } from "node:assert/strict";
import { dirname } from "node:path/posix";
import { findActivatedService } from "../../../../src/linux/services/activated_service.ts";

/** Runs with a folder that has these files as the root of a system. */
function withUnits(files: Readonly<Record<string, string>>, run: (root: string) => void): void {
  const root = Deno.makeTempDirSync();
  try {
    for (const [path, text] of Object.entries(files)) {
      Deno.mkdirSync(dirname(`${root}${path}`), { recursive: true });
      Deno.writeTextFileSync(`${root}${path}`, text);
    }
    run(root);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

const SYSTEM = "/usr/lib/systemd/system";

Deno.test("findActivatedService names the program that a socket of systemd starts", () => {
  withUnits({
    // As Debian's and Ubuntu's openssh-server have them (assumed from the packages' sources).
    [`${SYSTEM}/ssh.socket`]: "[Socket]\nListenStream=22\nAccept=no\n",
    [`${SYSTEM}/ssh.service`]:
      "[Service]\nExecStartPre=/usr/sbin/sshd -t\nExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n",
    "/run/systemd/generator/ssh.socket.d/addresses.conf":
      "[Socket]\nListenStream=\nListenStream=0.0.0.0:2222\nListenStream=[::]:2222\n",
    [`${SYSTEM}/cockpit.socket`]: "[Socket]\nListenStream=/run/cockpit.sock\nListenStream=9090\n",
    "/etc/systemd/system/app.socket": "[Socket]\nListenStream = 127.0.0.1:8000\nService=web.service\n",
    "/etc/systemd/system/web.service": "[Service]\nExecStart=-/usr/bin/python3 -m http.server \\\n 8000\n",
    [`${SYSTEM}/telnet.socket`]: "[Socket]\nListenStream=23\nAccept=yes\n",
    [`${SYSTEM}/telnet@.service`]: "[Service]\nExecStart=/usr/sbin/telnetd\n",
    [`${SYSTEM}/dns.socket`]: "[Socket]\nListenDatagram=53\n",
    "/etc/systemd/system/masked.socket": "",
    [`${SYSTEM}/masked.socket`]: "[Socket]\nListenStream=7777\n",
  }, (root) => {
    const find = (port: number) => findActivatedService("tcp", port, root);
    equal(find(22), null, "a generator has emptied the list");
    equal(find(2222), { pid: 1, name: "sshd", aliases: ["ssh", "ssh.socket", "systemd"] });
    equal(find(8000)?.name, "http.server");
    equal(find(8000)?.aliases.includes("web"), true);
    equal(find(23)?.name, "telnetd");
    equal(find(9090)?.name, "cockpit", "its service is not to be found");
    equal(find(7777), null, "masked");
    equal(find(53), null);
    equal(findActivatedService("udp", 53, root)?.name, "dns");
  });
});

Deno.test("findActivatedService finds nothing where there is no systemd, and passes over nonsense", () => {
  equal(findActivatedService("tcp", 22, "/nonexistent"), null);
  withUnits(
    { [`${SYSTEM}/x.socket`]: "ListenStream\n=22\n\0\nListenStream=99999\nListenStream=x22\n" },
    (root) => {
      equal(findActivatedService("tcp", 22, root), null);
    },
  );
});
