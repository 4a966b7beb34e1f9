import { isWsl2Kernel, readKernelRelease } from "../../linux/proc/kernel_release.ts";
import { CommandError, messageOf } from "../../process/command.ts";
import { INTEROP_REMEDY, isInteropFailure } from "../../wsl/interop_failure.ts";
import { interopEnvironment } from "../../wsl/interop_sockets.ts";
import { findNetworkingMode, type PerhapsMode } from "../../wsl/networking_mode.ts";
import { mountDrive } from "../../wsl/mount_drive.ts";
import { findSystem32 } from "../../wsl/system32.ts";
import { parseIpv6Enabled, QUERY_IPV6 } from "../../windows/network/windows_ipv6.ts";
import { decodeOutput } from "../../windows/run/output_text.ts";
import { WindowsHost } from "../../windows/portproxy/windows_host.ts";
import { InteropPrograms, type WindowsPrograms } from "../../wsl/windows_programs.ts";
import { ownerOf, parseWindowsUser, WHOAMI, type WindowsUser } from "../../windows/session/windows_user.ts";
import { readWslConfig, type WslConfig } from "../../windows/session/wsl_config.ts";
import { ExitCode } from "../exit_code.ts";
import { Refusal } from "../refusal.ts";
import { isSupportedMode, MODE_REMEDY } from "./mode/supported_mode.ts";

/** How long whoami.exe may take, in milliseconds. A dead interop answers after about 10 s. */
const WHOAMI_TIMEOUT_MS = 15_000;

/** The Windows that this guest runs on. */
export interface Windows {
  /** Runs its programs. */
  readonly programs: InteropPrograms;
  /** Holds its rules; the first read is under way. */
  readonly host: WindowsHost;
  /** Whose rights its programs have. */
  readonly user: WindowsUser;
  /** Eight hexadecimal digits that stand for that user. */
  readonly owner: string;
  /** How the guest is connected; `unknown` where nothing tells. */
  readonly mode: PerhapsMode;
  /** Whether the mode is what the guest's network looks like, since this WSL does not tell. */
  readonly isModeGuessed: boolean;
  /** What the user's .wslconfig says; null where it was not read: in nat nothing depends on it. */
  readonly wish: WslConfig | null;
  /** Whether it has IPv6 on its LANs, as far as it can be told; left out where nobody asked, since nothing is to be made. */
  readonly hasIpv6?: boolean;
}

/**
 * {@link findWindows}, for who wants rules: asks besides, at the same time, whether Windows has IPv6. Throws Refusal also for
 * a mode in which nothing can be forwarded.
 */
export async function openWindows(signal?: AbortSignal): Promise<Windows> {
  const programs = await findPrograms(signal);
  const [windows, hasIpv6] = await Promise.all([askWindows(programs, signal), readIpv6(programs, signal)]);
  if (isSupportedMode(windows.mode)) return { ...windows, hasIpv6 };
  if (windows.mode === "unknown") {
    throw new Refusal(
      ExitCode.UNSUPPORTED,
      "Cannot tell WSL's networking mode: wslinfo does not answer, and eth0 is no network card of Hyper-V; " +
        "run `wsl --shutdown` in Windows and start again",
    );
  }
  throw new Refusal(
    ExitCode.UNSUPPORTED,
    `WSL's network is in mode ${windows.mode}, where Windows cannot forward to this guest; ${MODE_REMEDY}`,
  );
}

/**
 * Finds Windows and asks it, side by side, who we are there, what mode the network is in, and what it holds. Throws Refusal
 * where this is no WSL2, and where Windows programs do not run. `signal`: ends the programs that it started.
 */
export async function findWindows(signal?: AbortSignal): Promise<Windows> {
  return await askWindows(await findPrograms(signal), signal);
}

async function askWindows(programs: InteropPrograms, signal?: AbortSignal): Promise<Windows> {
  const userRead = readUser(programs, signal);
  const ownerRead = userRead.then((user) => ownerOf(user.sid));
  ownerRead.catch(() => {}); // Heard of through userRead.
  const host = new WindowsHost(programs, ownerRead);
  host.prefetch(signal);
  const [user, { mode, isTold }] = await Promise.all([
    userRead,
    findNetworkingMode(interopEnvironment(), signal),
  ]);
  return {
    programs,
    host,
    user,
    owner: await ownerRead,
    mode: mode ?? "unknown",
    isModeGuessed: !isTold,
    wish: mode === "nat" || mode === null ? null : await readWslConfig(programs, user.sid, signal),
  };
}

/** Finds Windows' programs and asks nothing of them. Throws Refusal where this is no WSL2, or Windows is not found. */
export async function findPrograms(signal?: AbortSignal): Promise<InteropPrograms> {
  requireWsl2();
  // Where WSL mounts no drive by itself, root may.
  const find = async () => await findSystem32(signal);
  const system32 = await find() ?? (await mountDrive(signal) === null ? null : await find());
  if (system32 === null) {
    throw new Refusal(
      ExitCode.UNSUPPORTED,
      "Cannot find Windows: no netsh.exe below any mounted C: drive; check `[automount]` in /etc/wsl.conf",
    );
  }
  return new InteropPrograms(system32);
}

/** Throws Refusal where Windows would not let us change rules. */
export function requireElevation(windows: Windows): void {
  if (windows.user.isElevated) return;
  requireAdministrator(windows.user);
  throw new Refusal(
    ExitCode.NOT_ELEVATED,
    "Windows does not let this terminal change rules: it is not elevated (sudo does not help); " +
      "open a terminal with `Run as administrator` and start wslfwd there, or add --elevate",
  );
}

/** What to do for a user who is no administrator of Windows. */
export const STANDARD_USER_REMEDY: string =
  "make this account an administrator, or have one run the netsh lines that `wslfwd plan` shows";

/** Throws Refusal where nobody could give this user the rights to change rules: there is nothing to ask for. */
export function requireAdministrator(user: WindowsUser): void {
  if (user.isElevated || user.isAdministrator) return;
  throw new Refusal(
    ExitCode.NOT_ELEVATED,
    "Windows does not let this account change rules: it is no administrator, and an administrator's terminal has a WSL of its " +
      `own, without this distro; ${STANDARD_USER_REMEDY}`,
  );
}

/** Throws Refusal where this is no WSL2: nothing that is found out here would mean anything then. */
export function requireWsl2(): void {
  let release: string;
  try {
    release = readKernelRelease();
  } catch (error) {
    throw new Refusal(ExitCode.UNSUPPORTED, `Cannot tell whether this is WSL2: ${messageOf(error)}`);
  }
  if (isWsl2Kernel(release)) return;
  throw new Refusal(
    ExitCode.UNSUPPORTED,
    `This is not WSL2 (its kernel is ${release.trim()}): run wslfwd in a distro of WSL2`,
  );
}

/** Whether Windows has IPv6 on its LANs; where it does not answer, nothing is tried by IPv6. Never rejects. */
export async function readIpv6(programs: WindowsPrograms, signal?: AbortSignal): Promise<boolean> {
  try {
    const result = await programs.run("reg.exe", QUERY_IPV6, WHOAMI_TIMEOUT_MS, signal);
    return parseIpv6Enabled(decodeOutput(result.stdout), result.exitCode);
  } catch {
    return false; // Whoever asks who we are at the same time hears what is the matter.
  }
}

/** Asks Windows who we are there now. Throws Refusal. */
export async function readUser(programs: WindowsPrograms, signal?: AbortSignal): Promise<WindowsUser> {
  try {
    const result = await programs.run("whoami.exe", WHOAMI, WHOAMI_TIMEOUT_MS, signal);
    if (isInteropFailure(result)) throw new Error("whoami.exe was cut off with its session");
    return parseWindowsUser(decodeOutput(result.stdout));
  } catch (error) {
    const message = `Cannot run Windows programs: ${messageOf(error)}`;
    const isComplete = error instanceof CommandError && error.reason === "start";
    throw new Refusal(ExitCode.UNSUPPORTED, isComplete ? message : `${message}; ${INTEROP_REMEDY}`, {
      cause: error,
    });
  }
}
