/** The simplest relay that a Deno program could be: a socket for each client, and no limits. `LISTEN PORT GUEST PORT` */
import { createSocket, type Socket } from "node:dgram";

const [listen, port, guest, guestPort] = Deno.args as [string, string, string, string];
const clients = new Map<string, Socket>();
const server = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
server.on("message", (data, client) => {
  const key = `${client.address}:${client.port}`;
  let socket = clients.get(key);
  if (socket === undefined) {
    socket = createSocket("udp4");
    socket.on("message", (answer) => server.send(answer, client.port, client.address));
    clients.set(key, socket);
  }
  socket.send(data, Number(guestPort), guest);
});
server.bind(Number(port), listen, () => Deno.stdout.writeSync(new TextEncoder().encode("ready\n")));
