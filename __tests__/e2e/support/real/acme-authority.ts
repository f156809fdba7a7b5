/** Pebble: an authority that issues certificates by the ACME protocol, as Let's Encrypt does, after it has asked the domain. */
import { ExecaChildProcess } from "execa";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { makeCertificates } from "./certificates";
import { pebbleBinary } from "./go-tools";
import { endProcess, helperProcess } from "./helper-process";

const PORT = 14000;
const MANAGEMENT_PORT = 15000;
const DNS_PORT = 14053;

export interface AuthorityOptions {
  /** The address that it listens on. */
  readonly address: string;
  /** Its name, for which its own server has a certificate. */
  readonly host: string;
  /** Names for which it gives no certificate. */
  readonly refuses?: readonly string[];
  /** Seconds for which a certificate is valid. */
  readonly validSeconds?: number;
}

export class AcmeAuthority {
  /** What it has printed. */
  private output = "";
  private pebble?: ExecaChildProcess;
  private dns?: ExecaChildProcess;

  private constructor(
    private readonly options: AuthorityOptions,
    private readonly folder: string,
    /** Of the authority that its own server's certificate is from. */
    public readonly serverCertificate: string,
  ) {}

  public static async create(options: AuthorityOptions): Promise<AcmeAuthority> {
    const folder = mkdtempSync(join(tmpdir(), "e2e-acme-"));
    const { caFile } = await makeCertificates(folder, [options.host]);
    const { address, refuses = [], validSeconds = 90 * 24 * 60 * 60 } = options;
    const pebble = {
      listenAddress: `${address}:${PORT}`,
      managementListenAddress: `${address}:${MANAGEMENT_PORT}`,
      certificate: join(folder, "server.crt"),
      privateKey: join(folder, "server.key"),
      // Where it asks the domains, as a public one does.
      httpPort: 80,
      tlsPort: 443,
      ocspResponderURL: "",
      externalAccountBindingRequired: false,
      domainBlocklist: refuses,
      retryAfter: { authz: 1, order: 1 },
      keyAlgorithm: "ecdsa",
      profiles: { default: { description: "the only one", validityPeriod: validSeconds } },
    };
    writeFileSync(join(folder, "pebble.json"), JSON.stringify({ pebble }));
    return new AcmeAuthority(options, folder, readFileSync(caFile, "utf8"));
  }

  /** Its directory, for who knows its name. */
  public get directory(): string {
    return `https://${this.options.host}:${PORT}/dir`;
  }

  /** How many certificates it has issued. */
  public get issued(): number {
    return this.output.split("Issued certificate serial").length - 1;
  }

  /** The addresses that it knows from now on, and no others: its DNS. */
  public async setNames(names: Readonly<Record<string, string>>): Promise<void> {
    const { address } = this.options;
    if (this.dns) await endProcess(this.dns);
    this.dns = helperProcess("dnsmasq", [
      ...["--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--pid-file=", "--no-resolv", "--no-hosts"],
      ...[`--listen-address=${address}`, "--bind-interfaces", `--port=${DNS_PORT}`, "--address=/#/"],
      ...Object.entries(names).map(([name, target]) => `--address=/${name}/${target}`),
    ]);
  }

  /** Runs it. Started again, it has new keys and no memory. */
  public async start(): Promise<void> {
    const { address } = this.options;
    this.pebble = helperProcess("env", [
      // It would wait up to 15 seconds before it asks a domain.
      "PEBBLE_VA_NOSLEEP=1",
      await pebbleBinary(),
      ...["-config", join(this.folder, "pebble.json"), "-dnsserver", `${address}:${DNS_PORT}`],
    ]);
    this.pebble.all?.on("data", (data: Buffer) => (this.output += data.toString()));
    for (let tries = 0; (await this.rootCertificate().catch(() => undefined)) === undefined; tries++) {
      if (tries > 300) throw new Error(`pebble does not start: ${this.output}`);
      await sleep(100);
    }
  }

  /** What who trusts its certificates must trust. */
  public async rootCertificate(): Promise<string> {
    const connect = { ca: this.serverCertificate, servername: this.options.host };
    const dispatcher = new Agent({ connect });
    try {
      const url = `https://${this.options.address}:${MANAGEMENT_PORT}/roots/0`;
      const { body } = await request(url, { dispatcher });
      return await body.text();
    } finally {
      await dispatcher.destroy();
    }
  }

  public async stop(): Promise<void> {
    for (const process of [this.pebble, this.dns]) if (process) await endProcess(process);
    this.pebble = this.dns = undefined;
  }

  public async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
