/** Whether a TCP connection comes about within a time. Nothing is sent. Never rejects. */
export async function tryConnect(hostname: string, port: number, timeoutMs: number): Promise<boolean> {
  const connecting = Deno.connect({ hostname, port }).then((connection) => {
    connection.close();
    return true;
  }, () => false);
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), timeoutMs);
  try {
    return await Promise.race([connecting, late]);
  } finally {
    clearTimeout(timer);
  }
}
