const SYSTEM32 = "C:\\Windows\\System32";

/** How often ping.exe is sent, a second apart, to let time pass: cmd.exe has nothing else for that without a console. */
const PINGS = 3;

/** What the watchdog prints when it listens. */
export const READY = "ready";

/** What it is told when all is well. */
export const BYE = "bye\r\n";

/**
 * What to tell cmd.exe so that it waits for the end of its input, asleep, and then has netsh run a script: findstr.exe reads
 * until then, and fails where no line of it was {@link BYE}. Two seconds later, so that a netsh that was at work when its
 * session ended is done, or a wslfwd that starts anew has taken the script away.
 *
 * It is cmd.exe within cmd.exe since what WSL ends with its client is the program that it started, not what that one started
 * (read in WSL's source: src/windows/common/interop.cpp): so it outlives the whole virtual machine. No word has a blank or a
 * quote in it, which WSL would put into quotes that cmd.exe reads in its own way.
 */
export function watchdogWords(script: string): string[] {
  if (!/^C:\\[\w\\.-]+$/.test(script)) throw new RangeError(`Cannot tell cmd.exe of the script ${script}`);
  const folder = script.slice(0, script.lastIndexOf("\\"));
  const undo = [
    `${SYSTEM32}\\ping.exe -n ${PINGS} 127.0.0.1 >nul`,
    `${SYSTEM32}\\netsh.exe -f ${script} >nul`,
    `del /q ${script}`,
    `rd ${folder}`,
  ];
  const inner = `echo ${READY}& ${SYSTEM32}\\findstr.exe /x bye >nul|| (${undo.join("& ")})`;
  return ["/d", "/c", `${SYSTEM32}\\cmd.exe`, "/d", "/c", ...inner.replace(/[&|<>()^]/g, "^$&").split(" ")];
}
