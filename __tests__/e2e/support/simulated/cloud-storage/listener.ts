import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A listening port that can go away (connections are reset and refused) and come back under the same number. */
export class Listener {
  private server: Server | undefined;

  constructor(
    private readonly handle: RequestListener,
    private readonly host: string,
    public port: number,
  ) {}

  async open(): Promise<void> {
    if (this.server) {
      return;
    }
    // No time-outs: an upload takes as long as it takes, and idle connections that the server closes are not tested.
    const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, this.handle);
    server.listen(this.port, this.host);
    await once(server, "listening");
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async close(): Promise<void> {
    const { server } = this;
    if (!server) {
      return;
    }
    this.server = undefined;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }
}
