/** Who started wslfwd: under sudo not root, but whoever called sudo. */
export interface InvokingUser {
  /** The user's number. */
  readonly uid: number;
  /** The number of the user's own group. */
  readonly gid: number;
  /** Where the config file lies; null where it is not known. */
  readonly home: string | null;
}

/** What the process knows of itself. */
export interface ProcessIdentity {
  /** The effective user. */
  readonly uid: number;
  /** The effective group. */
  readonly gid: number;
  /** An environment variable; undefined where it is not set. */
  readonly env: (name: string) => string | undefined;
  /** The text of /etc/passwd. */
  readonly passwd: string;
}

/**
 * sudo says in SUDO_UID who called it (sudo(8)), and leaves HOME to the system's configuration; the home is taken
 * from /etc/passwd then (passwd(5)). Who is not root is believed nothing of that: anybody can set a variable.
 */
export function findInvokingUser({ uid, gid, env, passwd }: ProcessIdentity): InvokingUser {
  const sudoUid = uid === 0 ? readId(env("SUDO_UID")) : null;
  if (sudoUid !== null && sudoUid !== 0) {
    const entry = findPasswdEntry(passwd, sudoUid);
    return {
      uid: sudoUid,
      gid: entry?.gid ?? readId(env("SUDO_GID")) ?? gid,
      home: entry?.home ?? null,
    };
  }
  const home = env("HOME");
  return { uid, gid, home: home?.startsWith("/") ? home : findPasswdEntry(passwd, uid)?.home ?? null };
}

/** {@link findInvokingUser} for this process. */
export function currentInvokingUser(): InvokingUser {
  return findInvokingUser({
    uid: Deno.uid() ?? 0,
    gid: Deno.gid() ?? 0,
    env: (name) => Deno.env.get(name),
    passwd: readPasswd(),
  });
}

function readPasswd(): string {
  try {
    return Deno.readTextFileSync("/etc/passwd");
  } catch {
    return "";
  }
}

function findPasswdEntry(passwd: string, uid: number): { gid: number; home: string } | null {
  for (const line of passwd.split("\n")) {
    const [, , uidText, gidText, , home, shell] = line.split(":");
    if (shell === undefined || readId(uidText) !== uid || !home!.startsWith("/")) continue;
    return { gid: readId(gidText) ?? uid, home: home! };
  }
  return null;
}

function readId(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null;
}
