/** For `ignore` of Deno.test: whether a program is missing; then says what to install. */
export function lacksProgram(path: string, packageName: string): boolean {
  try {
    return !Deno.statSync(path).isFile;
  } catch {
    const line = `Tests are skipped that need ${path} (apt install ${packageName})\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(line));
    return true;
  }
}
