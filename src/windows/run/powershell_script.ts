/** A text as a PowerShell script holds it: nothing in it is looked at but quotes, and PowerShell takes five for one. */
export function quotePowershell(text: string): string {
  // U+2018 to U+201B end a text in single quotes, too (PowerShell language specification, 2.3.5.2); two of one stand for it.
  return `'${text.replace(/['\u2018-\u201b]/g, "$&$&")}'`;
}

/**
 * The words for powershell.exe that run a script. It goes as base64 of UTF-16, so that no other program on the way, WSL's
 * interop among them, finds anything in it to read in its own way. Throws RangeError where it is too long.
 */
export function scriptWords(script: string): string[] {
  const bytes = new Uint8Array(script.length * 2), view = new DataView(bytes.buffer);
  for (let i = 0; i < script.length; i++) view.setUint16(2 * i, script.charCodeAt(i), true);
  const encoded = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  // CreateProcess takes 32,767 characters.
  if (encoded.length > 32_000) throw new RangeError("The options are too long to be passed to Windows");
  return ["-NoProfile", "-EncodedCommand", encoded];
}
