/** Ports of the guest without a socket: real rules of nft and iptables, and real bytes from the LAN. */
import { equal } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import { startForwarder, stopForwarder, waitForForwarded } from "./forwarder.ts";
import { forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

/** A container with a web server on its port 80, at 172.17.0.2 behind docker0. */
async function startContainer(lab: Lab): Promise<void> {
  await lab.guest.run(
    "/bin/sh",
    "-ec",
    `sysctl -qw net.ipv4.ip_forward=1
    mkdir -p /run/netns
    ip netns add web
    ip link set container netns web
    ip -n web addr add 172.17.0.2/16 dev container
    ip -n web link set container up
    ip -n web link set lo up
    ip -n web route add default via 172.17.0.1`,
  );
  const answer = "HTTP/1.0 200 OK\\r\\nContent-Length: 9\\r\\nConnection: close\\r\\n\\r\\ncontainer";
  const serve =
    `use IO::Socket::INET; $s = IO::Socket::INET->new(LocalPort=>80,Listen=>9,ReuseAddr=>1) or die;
    print "up\\n"; $|=1; while ($c = $s->accept) { sysread($c, $x, 4096); print $c "${answer}"; close $c }`;
  const server = lab.guest.spawn(["ip", "netns", "exec", "web", "perl", "-e", `$|=1; ${serve}`]);
  await server.waitForLine(/^up$/);
}

const IPTABLES = ["/usr/sbin/iptables-nft", "/usr/sbin/iptables-legacy"] as const;

for (const iptables of IPTABLES) {
  scenario(`wslfwd forwards what Docker publishes without docker-proxy, by ${iptables}`, async (lab) => {
    await startContainer(lab);
    const rule = "! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80".split(" ");
    await lab.guest.run(iptables, "-t", "nat", "-N", "DOCKER");
    await lab.guest.run(
      iptables,
      ..."-t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER".split(" "),
    );
    await lab.guest.run(iptables, "-t", "nat", "-A", "DOCKER", ...rule);
    const program = await startForwarder(lab, ["--linger", "0"]);
    const { program: name } = await waitForForwarded(program, 8080);
    equal(name, "container");
    await waitForHoldings(lab, forwardings([8080]));
    equal(await lab.lan.fetch(8080), "container");
    await lab.guest.run(iptables, "-t", "nat", "-D", "DOCKER", ...rule);
    await waitForHoldings(lab, []);
    await stopForwarder(program);
  });
}

scenario(
  "A container is called by its name, and --published=none leaves it closed (rules of nft)",
  async (lab) => {
    await startContainer(lab);
    const answer = JSON.stringify([{
      Names: ["/shop"],
      Ports: [{ PublicPort: 8080, PrivatePort: 80, Type: "tcp" }],
    }]);
    const serve = `use IO::Socket::UNIX; $|=1; umask 0007;
    $s = IO::Socket::UNIX->new(Local=>"/run/docker.sock",Listen=>9) or die "$!"; print "up\n";
    while ($c = $s->accept) { sysread($c, $x, 4096); print $c "HTTP/1.0 200 OK\\r\\n\\r\\n", q(${answer}); close $c }`;
    await lab.guest.spawn(["perl", "-e", serve]).waitForLine(/^up$/);
    await lab.guest.run(
      "/bin/sh",
      "-ec",
      `nft add table ip docker-bridges
    nft 'add chain ip docker-bridges pre { type nat hook prerouting priority dstnat; }'
    nft add rule ip docker-bridges pre fib daddr type local tcp dport 8080 dnat to 172.17.0.2:80
    nft add rule ip docker-bridges pre iifname docker0 tcp dport 8081 dnat to 172.17.0.2:80`,
    );
    await using _other = await lab.guest.listen(3000);
    const closed = await startForwarder(lab, ["--published=none"]);
    await waitForForwarded(closed, 3000);
    await waitForHoldings(lab, forwardings([3000]));
    await stopForwarder(closed);
    const program = await startForwarder(lab);
    equal((await waitForForwarded(program, 8080)).program, "shop");
    await waitForHoldings(lab, forwardings([3000, 8080]));
    equal(await lab.lan.fetch(8080), "container");
    await stopForwarder(program);
  },
);
