import { WebSocket } from "undici";
import { BrowserOf } from "./browser-of";

/** A client of the app's WebSocket: each message is answered with the same, on the next connection where one is closed. */
export class Chat {
  public connections = 0;
  private socket?: WebSocket;

  public constructor(
    private readonly browser: BrowserOf,
    private readonly path: string,
  ) {}

  /** Sends a message until it is answered. Fails if it cannot connect, or has another answer. */
  public async say(text: string): Promise<void> {
    for (;;) {
      const socket = (this.socket ??= await this.connect());
      const answer = await new Promise<unknown>((resolve) => {
        socket.onmessage = ({ data }) => resolve(data);
        socket.onclose = socket.onerror = () => resolve(undefined);
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
        else resolve(undefined);
      });
      if (answer === text) return;
      if (answer !== undefined) throw new Error(`"${text}" was answered with ${JSON.stringify(answer)}`);
      this.socket = undefined;
    }
  }

  public close(): void {
    this.socket?.close();
  }

  private connect(): Promise<WebSocket> {
    const { domain, dispatcher } = this.browser;
    const socket = new WebSocket(`wss://${domain}${this.path}`, { dispatcher });
    this.connections += 1;
    return new Promise((resolve, reject) => {
      socket.onopen = () => resolve(socket);
      socket.onerror = (event) => reject(new Error(`no WebSocket: ${String((event as { message?: string }).message)}`));
      socket.onclose = ({ code }) => reject(new Error(`no WebSocket: closed with ${code}`));
    });
  }
}
