import { createServer } from "node:net";

/** Below the ports that the kernel gives to connections (net.ipv4.ip_local_port_range): none of those can take it meanwhile. */
const RANGE = { first: 15_000, size: 15_000 };

/** A port of the loopback address that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = RANGE.first + Math.floor(Math.random() * RANGE.size);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
