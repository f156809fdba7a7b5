/** A client of a domain whose DNS record has a machine's address, as a browser is one. */
import { TLSSocket } from "node:tls";
import { Agent, buildConnector, Dispatcher, request } from "undici";

export interface Seen {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export class BrowserOf {
  /** Of the last certificate that it was shown. */
  public certificateSerial = "";
  public readonly dispatcher: Dispatcher;

  public constructor(
    public readonly domain: string,
    address: string,
    /** The certificate of the authority that it trusts. */
    authority: string,
  ) {
    const connect = buildConnector({ ca: authority, timeout: 90_000 });
    this.dispatcher = new Agent({
      headersTimeout: 120_000,
      bodyTimeout: 120_000,
      connect: (options, callback) =>
        connect({ ...options, hostname: address, servername: domain }, (...[error, socket]) => {
          if (error) return callback(error, null);
          // Where a session is resumed, no certificate is sent again.
          if (socket instanceof TLSSocket) {
            this.certificateSerial = socket.getPeerCertificate().serialNumber ?? this.certificateSerial;
          }
          callback(null, socket);
        }),
    });
  }

  public get httpAddress(): string {
    return `https://${this.domain}`;
  }

  public async get(path: string, scheme = "https"): Promise<Seen> {
    const url = `${scheme}://${this.domain}${path}`;
    const { statusCode, headers, body } = await request(url, { dispatcher: this.dispatcher });
    return { status: statusCode, headers, body: await body.text() };
  }

  public close(): Promise<void> {
    return this.dispatcher.destroy();
  }
}
