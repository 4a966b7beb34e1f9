import type { Lab } from "../../simulated/lab.ts";
import type { RunningProgram } from "../../simulated/running_program.ts";

/** What a program in the guest is called, and where it listens. */
export interface NamedProgram {
  /** The kernel's name of it, at most 15 bytes; any bytes but NUL. Default: the executable's. */
  readonly comm?: string;
  /** Its first argument. Default: the path of the executable. */
  readonly argv0?: string;
  /** The base name of its executable. Default `perl`. */
  readonly executable?: string;
  /** Where it listens; default 3000. */
  readonly ports?: readonly number[];
  /** What it is bound to; default 0.0.0.0. */
  readonly address?: string;
}

const SCRIPT = `use Socket;
for my $port (split /,/, $ARGV[1]) {
    socket(my $socket, AF_INET, SOCK_STREAM, 0) or die "socket: $!";
    setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1);
    bind($socket, pack_sockaddr_in($port, inet_aton($ARGV[0]))) or die "bind: $!";
    listen($socket, 9) or die "listen: $!";
    push @kept, $socket;
}
my $comm = pack("H*", $ARGV[2]) . "\\0";
syscall(-e "/lib/ld-linux-aarch64.so.1" ? 167 : 157, 15, $comm) if length $comm > 1;
$| = 1;
print "listens\\n";
sleep 3600;`;

/** Starts a program of that name in the guest; it listens when this resolves, and ends with the lab. */
export async function startNamed(lab: Lab, program: NamedProgram): Promise<RunningProgram> {
  const { comm = "", executable = "perl", ports = [3000], address = "0.0.0.0" } = program;
  const path = executable === "perl" ? "/usr/bin/perl" : `/run/guest/${executable}`;
  if (executable !== "perl") await lab.guest.run("cp", "/usr/bin/perl", path);
  const running = lab.guest.spawn([
    ...["/bin/bash", "-c", 'exec -a "$0" "$@"', program.argv0 ?? path, path],
    ...["-e", SCRIPT, address, ports.join(","), toHex(comm)],
  ]);
  await running.waitForLine(/^listens$/);
  return running;
}

function toHex(text: string): string {
  return new TextEncoder().encode(text).toHex();
}
