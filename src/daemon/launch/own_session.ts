import type { InvokingUser } from "../../config/invoking_user.ts";
import { formatCommandLine } from "../../windows/run/command_line.ts";
import { readDistroName } from "../../wsl/distro_name.ts";
import { ExitCode } from "../exit_code.ts";
import { Refusal } from "../refusal.ts";

/** What a wslfwd that Windows starts is to do. */
export interface SessionOptions {
  /** Its options, without `--config`. */
  readonly args: readonly string[];
  /** The absolute path of the config file; null where there is none. */
  readonly configPath: string | null;
  /** How to start wslfwd with some arguments: what runs now, or what is installed. */
  readonly command: (args: readonly string[]) => string[];
  /** Whose config file that is, and in whose name it is read. */
  readonly user: InvokingUser;
}

/**
 * What wsl.exe must be told so that wslfwd runs in this very distro as root: `-d DISTRO -u root -e …`. Throws
 * Refusal where the distro has no name that wsl.exe takes, or a value cannot be passed.
 */
export async function formatOwnSession(
  { args, command: toCommand, configPath, user }: SessionOptions,
): Promise<string> {
  const distro = await readDistroName(Deno.env.get("WSL_DISTRO_NAME"));
  if (distro === null) {
    throw new Refusal(ExitCode.UNSUPPORTED, "Cannot tell the name of this distro; set WSL_DISTRO_NAME to it");
  }
  const config = configPath === null ? [] : [`--config=${configPath}`];
  // As under sudo: root reads the config file in the name of the user whose it is.
  const names = user.uid === 0 ? [] : [`SUDO_UID=${user.uid}`, `SUDO_GID=${user.gid}`];
  const command = [...names, ...toCommand([...config, ...args])];
  if (command.some((word, index) => index === names.length && word.includes("="))) {
    throw new Refusal(ExitCode.UNSUPPORTED, "Cannot start wslfwd from a path with a = in it; move it");
  }
  try {
    return `-d ${distro} -u root -e ${formatCommandLine("/usr/bin/env", command)}`;
  } catch (error) {
    if (error instanceof RangeError) throw new Refusal(ExitCode.USAGE, error.message);
    throw error;
  }
}
