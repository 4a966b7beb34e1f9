/** wslpath, which is WSL's own and needs no interop. */
import type { Answer } from "./programs.ts";
import { Refusal } from "./words.ts";
import type { SimulatedWindows } from "./windows.ts";

/** Runs `wslpath -u <Windows path>`, `wslpath -w <path on the drive>` and `wslpath -w /`. */
export function translatePath(args: readonly string[], machine: SimulatedWindows): Answer {
  const [option, path] = args;
  if (args.length !== 2 || (option !== "-u" && option !== "-w")) throw new Refusal();
  const { drive } = machine.switches;
  if (drive !== null && option === "-u" && /^[Cc]:\\/.test(path!)) {
    return { stdout: `${drive}/${path!.slice(3).replaceAll("\\", "/")}\n`, exitCode: 0 };
  }
  if (drive !== null && option === "-w" && path!.startsWith(`${drive}/`)) {
    return { stdout: `C:\\${path!.slice(drive.length + 1).replaceAll("/", "\\")}\n`, exitCode: 0 };
  }
  if (option === "-w" && path === "/") {
    return { stdout: `\\\\wsl.localhost\\${machine.switches.distro}\\\n`, exitCode: 0 };
  }
  return { stdout: "", stderr: `wslpath: ${path}: Invalid argument\n`, exitCode: 1 };
}
