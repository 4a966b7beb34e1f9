/** `--clean-rules`: ours only; with `--all` everybody's, listed, saved and asked about first. */
import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import type { Lab } from "../../simulated/lab.ts";
import { entryLine, forwarding, holdings, ownerOf, waitForHoldings } from "../holdings.ts";
import { startForwarder } from "../forwarder.ts";
import { scenario } from "../scenario.ts";
import { GuestTerminal } from "./guest_terminal.ts";

const THEIRS = [
  { listenAddress: "0.0.0.0", listenPort: "9000", connectAddress: "10.1.2.3", connectPort: "80" },
  { listenAddress: "*", listenPort: "2222", connectAddress: "build-server.lan", connectPort: "22" },
];
const LEFTOVER = { name: "WSL Auto Fowards", localPorts: [{ first: 9000, last: 9000 }] };

/** The rule of another user of this Windows, who runs wslfwd too. */
const OTHER_OWNER = await ownerOf("S-1-5-21-1-2-3-1002");
const OTHER_TAG = `wslfwd/1;${OTHER_OWNER};0.0.0.0:7000;172.23.21.7:7000`;
const OTHER_RULE = {
  name: "wslfwd-7000-0123abcd",
  description: OTHER_TAG,
  localPorts: [{ first: 7000, last: 7000 }],
};

const HOME = "/run/guest/home";
const SUDO = { env: { HOME: "/root", SUDO_UID: "1234", SUDO_GID: "1234" } };

/** A rule of ours on 3000, and what others made. Gives what Windows holds of others. */
async function fill(lab: Lab): Promise<string[]> {
  await lab.guest.run(
    "sh",
    "-ec",
    `mkdir ${HOME}; chown 1234:1234 ${HOME}; cp /etc/passwd /run/guest/passwd
    echo 'jo:x:1234:1234::${HOME}:/bin/sh' >>/run/guest/passwd; mount --bind /run/guest/passwd /etc/passwd`,
  );
  for (const entry of THEIRS) await lab.windows.putEntry(entry);
  await lab.windows.addRule(LEFTOVER);
  await lab.windows.addRule({ ...LEFTOVER, localPorts: [{ first: 9001, last: 9001 }] });
  await lab.windows.addRule(OTHER_RULE);
  await lab.windows.addRule({ name: "sshd", localPorts: [{ first: 22, last: 22 }] });
  const others = holdings(await lab.windows.state());
  await using _server = await lab.guest.listen(3000);
  equal((await lab.wslfwd(["--mode", "manual"]).exit).code, 0);
  same(holdings(await lab.windows.state()), [...others, ...forwarding(3000)].sort());
  return others;
}

const NETSH = {
  ours: [
    "netsh interface portproxy delete v4tov4 listenport=3000 listenaddress=0.0.0.0",
    /^netsh advfirewall firewall delete rule name=wslfwd-3000-[0-9a-f]{8} dir=in protocol=TCP localport=3000$/,
  ],
};

for (const option of ["--clean-rules", "--clean_rules"]) {
  scenario(`${option} removes what is ours, and mentions what the predecessor left`, async (lab) => {
    const others = await fill(lab);
    const { code, stdout, stderr } = await lab.wslfwd([option]).exit;
    same([code, stderr], [0, ""]);
    equal(
      stdout,
      "Removed the rules of wslfwd for 1 port.\n" +
        `Left of wslfwd's predecessor: 2 firewall rules named "WSL Auto Fowards"; to remove them, and every ` +
        "portproxy entry: wslfwd --clean-rules --all",
    );
    same(holdings(await lab.windows.state()), others);
    match((await lab.wslfwd([option]).exit).stdout, /^There were no rules of wslfwd\.\n/);
  });
}

scenario(
  "--clean-rules --dry-run says what would go, with and without --all, and removes nothing",
  async (lab) => {
    const others = await fill(lab);
    const own = (await lab.wslfwd(["--clean-rules", "--dry-run"]).exit).stdout.split("\n");
    equal(own[0], NETSH.ours[0]);
    match(own[1]!, NETSH.ours[1] as RegExp);
    same(own.slice(2), [
      `# 2 firewall rules named "WSL Auto Fowards" of wslfwd's predecessor would stay; --all removes them, and ` +
      "every entry",
    ]);
    const all = (await lab.wslfwd(["--clean-rules", "--all", "--dry-run"]).exit).stdout.split("\n");
    for (
      const line of [
        "netsh interface portproxy delete v4tov4 listenport=9000 listenaddress=0.0.0.0",
        "netsh interface portproxy delete v4tov4 listenport=2222 listenaddress=*",
        "netsh interface portproxy delete v4tov4 listenport=3000 listenaddress=0.0.0.0",
        "netsh advfirewall firewall delete rule name=wslfwd-7000-0123abcd dir=in protocol=TCP localport=7000",
        'netsh advfirewall firewall delete rule name="WSL Auto Fowards"',
        "# asked about first, and with the entries saved to a file",
      ]
    ) ok(all.includes(line), `${line}\n${all.join("\n")}`);
    equal(all.length, 7);
    same(holdings(await lab.windows.state()), [...others, ...forwarding(3000)].sort());
  },
);

scenario("--clean-rules --all without a terminal needs --yes, and does nothing before", async (lab) => {
  const others = await fill(lab);
  const count = (await lab.windows.calls()).length;
  const { code, stdout, stderr } = await lab.wslfwd(["--clean-rules", "--all"]).exit;
  same([code, stdout, stderr], [
    2,
    "",
    "wslfwd: --clean-rules --all asks before it removes other people's entries, and there is no terminal to " +
    "ask on; add --yes",
  ]);
  equal((await lab.windows.calls()).length, count);
  same(holdings(await lab.windows.state()), [...others, ...forwarding(3000)].sort());
});

for (const yes of ["--yes", "-y"]) {
  scenario(
    `--clean-rules --all ${yes} saves, then removes every entry and both kinds of rule`,
    async (lab) => {
      await fill(lab);
      const { code, stdout, stderr } = await lab.wslfwd(["--clean-rules", "--all", yes], SUDO).exit;
      same([code, stderr], [0, ""]);
      const lines = stdout.split("\n");
      equal(lines[1], "Windows holds 2 portproxy entries, whoever made them:");
      for (const entry of THEIRS) ok(lines.includes(`  ${entryLine(entry).replace("entry ", "")}`), stdout);
      ok(lines.includes("and 3 firewall rules of wslfwd and its predecessor."), stdout);
      equal(lines.at(-1), "Removed 2 portproxy entries and 3 firewall rules of wslfwd and its predecessor.");
      same(holdings(await lab.windows.state()), [
        "rule in allow tcp 22 profiles domain,private,public from any: sshd",
      ]);
      const path = /^Saved the entries to (\/run\/guest\/home\/portproxy-[\dTZ-]+\.txt)$/m.exec(stdout)![1]!;
      const { stdout: mode } = await lab.guest.spawn(["stat", "-c", "%u:%g %a", path]).exit;
      equal(mode, "1234:1234 600");
      const { stdout: saved } = await lab.guest.spawn(["cat", path]).exit;
      same(saved.split("\n").map((line) => line.trim()).sort(), [
        "netsh interface portproxy add v4tov4 listenport=2222 listenaddress=* connectport=22 " +
        "connectaddress=build-server.lan",
        "netsh interface portproxy add v4tov4 listenport=9000 listenaddress=0.0.0.0 connectport=80 " +
        "connectaddress=10.1.2.3",
      ]);
      const all = (await lab.windows.calls("netsh.exe")).flatMap((
        { args, script },
      ) => [args.join(" "), ...script ?? []]);
      same(all.filter((line) => /reset|name=all/.test(line)), []);
      const again = await lab.wslfwd(["--clean-rules", "--all", yes]).exit;
      equal(again.stdout, "There were no rules of wslfwd.\nThere is nothing else that forwards ports.");
    },
  );
}

scenario("--clean-rules --all removes nothing of others where the entries cannot be saved", async (lab) => {
  const others = await fill(lab);
  await lab.guest.run("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", HOME);
  const { code, stderr } = await lab.wslfwd(["--clean-rules", "--all", "--yes"], SUDO).exit;
  equal(code, 1);
  match(
    stderr,
    /^wslfwd: Nothing else was removed: the entries cannot be saved to \/run\/guest\/home\/\S+ \(EROFS\); check the folder and its rights$/,
  );
  same(holdings(await lab.windows.state()), others);
});

scenario("--clean-rules --all asks on a terminal, and takes only yes for an answer", async (lab) => {
  const others = await fill(lab);
  await using terminal = await GuestTerminal.open(lab, 100, 30, { HOME });
  for (const answer of ["n", "", "nope"]) {
    await terminal.type("clear; wslfwd --clean-rules --all; echo code $?");
    await terminal.waitFor((lines) => lines.at(-1)!.startsWith("Remove them all? [y/N]"));
    await terminal.type(answer);
    const lines = await terminal.waitFor((lines) => lines.some((line) => /^code \d$/.test(line)));
    ok(lines.includes("Nothing else was removed."), lines.join("\n"));
    ok(lines.includes("code 1"), lines.join("\n"));
  }
  same(holdings(await lab.windows.state()), others);
  await terminal.type("clear; wslfwd --clean-rules --all; echo code $?");
  await terminal.waitFor((lines) => lines.at(-1)!.startsWith("Remove them all? [y/N]"));
  await terminal.type("Yes");
  await terminal.waitFor((lines) => lines.some((line) => line === "code 0"));
  await waitForHoldings(lab, ["rule in allow tcp 22 profiles domain,private,public from any: sshd"]);
});

scenario(
  "a config file that is broken keeps neither --clean-rules nor the watchdog from their work",
  async (lab) => {
    // Root's own home, as the guest sees it: the watchdog has no HOME.
    const home = Deno.env.get("HOME") ?? "/root", config = `${home}/.wsl_port_forwarding.json`;
    await lab.guest.run(
      "sh",
      "-ec",
      `cd /run/guest; mkdir home home_work; umask 077; echo '{"allow_port": 3000}' >home/.wsl_port_forwarding.json
    mount -t overlay -o lowerdir=${home},upperdir=/run/guest/home,workdir=/run/guest/home_work overlay ${home}`,
    );
    await using _server = await lab.guest.listen(3000);
    const options = { env: { HOME } };
    const program = await startForwarder(lab, [], options);
    await waitForHoldings(lab, forwarding(3000));
    await lab.guest.run("sh", "-ec", `echo '{' >${config}`);
    await program.kill("SIGKILL");
    await waitForHoldings(lab, []);
    equal((await lab.wslfwd([]).exit).code, 2);
    const { code, stdout, stderr } = await lab.wslfwd(["--clean-rules"]).exit;
    same([code, stdout, stderr], [0, "There were no rules of wslfwd.", ""]);
  },
);
