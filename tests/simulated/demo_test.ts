import assert from "node:assert/strict";

const DEMO = new URL("../../scripts/demo.ts", import.meta.url).pathname;

Deno.test("deno task demo shows a port open and close, in 80 columns", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--quiet", DEMO],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.deepEqual([code, new TextDecoder().decode(stderr)], [0, ""], text);
  assert.match(text, /Hello from inside WSL2!\n +\d+ ms after listen\(\)/);
  assert.match(text, /\$ wslfwd qr 3000\n( {9}[ █▀▄]+\n)+ {9}http:\/\/192\.168\.50\.1:3000\n/);
  assert.match(text, /nothing answers/);
  assert.match(text, /\n.* 0 of wslfwd's entries, rules and files are left\n$/);
  assert.deepEqual(text.split("\n").filter((line) => line.length > 80), []);
});

Deno.test(
  "deno task demo plays in a user namespace",
  { ignore: !await canMakeUserNamespaces() },
  async () => {
    // Root of a user namespace with an unmapped rest: what demo.ts makes for a usual user.
    const { code, stdout, stderr } = await new Deno.Command("unshare", {
      args: [
        "--user",
        "--map-root-user",
        "--fork",
        "--kill-child",
        Deno.execPath(),
        "run",
        "-A",
        "--quiet",
        DEMO,
      ],
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.deepEqual([code, new TextDecoder().decode(stderr)], [0, ""], text);
    assert.match(text, /\$ wslfwd --linger 0\n/, "without --realtime, which takes root of the whole machine");
  },
);

/** Some machines let no user make them. */
async function canMakeUserNamespaces(): Promise<boolean> {
  const { success } = await new Deno.Command("unshare", {
    args: ["--user", "--map-root-user", "true"],
    stderr: "null",
  }).output();
  return success;
}
