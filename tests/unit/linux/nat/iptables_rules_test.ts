import { deepStrictEqual as equal } from "node:assert/strict";
import { findPublished } from "../../../../src/linux/nat/find_published.ts";
import { parseIptablesSave } from "../../../../src/linux/nat/iptables_rules.ts";
import { ARRIVAL, CNI, DOCKER, KUBE_PROXY } from "./samples.ts";

/** `tcp 8080 -> 172.17.0.2:80 container` for each port that is found. */
function find(text: string, arrival = ARRIVAL): string[] {
  return findPublished([parseIptablesSave(text)], arrival).map(({ protocol, port, to, kind, name }) =>
    `${protocol} ${port} -> ${to} ${kind}${name === null ? "" : ` ${name}`}`
  );
}

/** The rules of PREROUTING alone. */
function findIn(...rules: readonly string[]): string[] {
  return find(["*nat", ...rules.map((rule) => `-A PREROUTING ${rule}`), "COMMIT"].join("\n"));
}

Deno.test("findPublished finds what Docker publishes on every address, and nothing that is on 127.0.0.1", () => {
  equal(find(DOCKER), ["tcp 8080 -> 172.17.0.2:80 container", "udp 5353 -> 172.17.0.2:53 container"]);
});

Deno.test("findPublished finds NodePorts that lead to an endpoint, by the service's name", () => {
  equal(find(KUBE_PROXY), ["tcp 30080 -> 10.42.0.5:8080 nodeport default/web"]);
});

Deno.test("findPublished finds hostPorts of CNI", () => {
  equal(find(CNI), ["tcp 80 -> 10.42.0.7:8000 hostport", "tcp 443 -> 10.42.0.7:8443 hostport"]);
});

Deno.test("findPublished goes by what a rule says of where a connection comes from, by what and to whom", () => {
  const rows: readonly (readonly [string, boolean])[] = [
    ["-p tcp -m tcp --dport 80", true],
    ["-i eth0 -p tcp -m tcp --dport 80", true],
    ["-i eth+ -p tcp -m tcp --dport 80", true],
    ["! -i eth0 -p tcp -m tcp --dport 80", false],
    ["-i docker0 -p tcp -m tcp --dport 80", false],
    ["-d 172.23.21.232/32 -p tcp -m tcp --dport 80", true],
    ["-d 172.23.16.0/20 -p tcp -m tcp --dport 80", true],
    ["-d 127.0.0.0/8 -p tcp -m tcp --dport 80", false],
    ["! -d 10.0.0.0/8 -p tcp -m tcp --dport 80", true],
    ["-s 172.23.16.0/20 -p tcp -m tcp --dport 80", true],
    ["-s 10.0.0.0/8 -p tcp -m tcp --dport 80", false],
    ["-p tcp -m addrtype --dst-type LOCAL -m tcp --dport 80", true],
    ["-p tcp -m addrtype ! --dst-type LOCAL -m tcp --dport 80", false],
    ["-p tcp -m addrtype --src-type LOCAL -m tcp --dport 80", false],
    ["-p tcp -m conntrack --ctstate NEW -m tcp --dport 80", true],
    ["-p tcp -m mark --mark 0x1 -m tcp --dport 80", false],
    ["-p tcp -m owner --uid-owner 0 -m tcp --dport 80", false],
    ["-p sctp -m sctp --dport 80", false],
  ];
  for (const [conditions, isFound] of rows) {
    const found = findIn(`${conditions} -j DNAT --to-destination 10.0.0.2:8080`);
    equal(found, isFound ? ["tcp 80 -> 10.0.0.2:8080 dnat"] : [], conditions);
  }
});

Deno.test("findPublished takes the first rule of a port, and leaves alone what is excepted", () => {
  equal(
    findIn(
      "-p tcp -m tcp --dport 22 -j ACCEPT",
      "-p tcp -m tcp --dport 20:23 -j DNAT --to-destination 10.0.0.2",
      "-p tcp -m tcp --dport 23 -j REDIRECT --to-ports 2323",
      "-p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3000",
      "-p tcp -j RETURN",
      "-p tcp -m tcp --dport 81 -j REDIRECT --to-ports 3000",
    ),
    [
      "tcp 20 -> 10.0.0.2:20 dnat",
      "tcp 21 -> 10.0.0.2:21 dnat",
      "tcp 23 -> 10.0.0.2:23 dnat",
      "tcp 80 -> :3000 dnat",
    ],
  );
});

Deno.test("findPublished publishes nothing of a rule for a whole machine, and ends where chains lead in a circle", () => {
  equal(findIn("-p tcp -j REDIRECT --to-ports 15001", "-j DNAT --to-destination 10.0.0.2"), []);
  equal(find("*nat\n-A PREROUTING -j A\n-A A -j B\n-A B -j A\nCOMMIT\n"), []);
  equal(
    find('*filter\n-A PREROUTING -p tcp --dport 1 -j REDIRECT\n*nat\n-A PREROUTING\nnonsense "\n-A\n'),
    [],
  );
});
