/** A world with an authority that issues certificates, and the demo app behind HTTPS in it. */
import { HttpsOptions } from "../../../../lib";
import { AcmeAuthority } from "../real/acme-authority";
import { CosMachine } from "../simulated/cos-machine/cos-machine";
import { PersistentDisk } from "../simulated/cos-machine/persistent-disk";
import { BrowserOf } from "./browser-of";
import { AppProps, plannedMetadata } from "./payload";
import { proxyImage } from "./proxy-image";
import { explained, until } from "./status";
import { World } from "./vm-world";

export const DOMAIN = "photos.test";
const AUTHORITY = "acme.test";

export interface HttpsWorldOptions {
  /** Seconds for which a certificate is valid. */
  readonly validSeconds?: number;
  readonly https?: Partial<HttpsOptions>;
  readonly props?: (world: World) => Promise<Partial<Exclude<AppProps, (...args: never[]) => unknown>>>;
}

export class HttpsWorld {
  private constructor(
    public readonly world: World,
    public readonly authority: AcmeAuthority,
    /** The certificates'. */
    private readonly disk: PersistentDisk,
    public readonly metadata: Record<string, string>,
  ) {}

  /** The authority does not run yet. */
  public static async create({ validSeconds, https, props }: HttpsWorldOptions = {}): Promise<HttpsWorld> {
    const world = await World.create();
    const authority = await AcmeAuthority.create({ address: world.network.gateway, host: AUTHORITY, validSeconds });
    const metadata = await plannedMetadata({
      ...(await world.demo(await props?.(world))),
      https: {
        domains: [DOMAIN],
        acmeServer: authority.directory,
        acmeServerCertificate: authority.serverCertificate,
        image: await proxyImage(world),
        ...https,
      },
    });
    return new HttpsWorld(world, authority, await PersistentDisk.create(10), metadata);
  }

  /** A VM with the certificates' disk, which only one that runs may have. */
  public vm(): Promise<CosMachine> {
    const { world, metadata, disk } = this;
    return world.vmOf(metadata, { hosts: { [AUTHORITY]: world.network.gateway }, disks: { certificates: disk } });
  }

  /** A client of the domain, whose record has the machine's address. */
  public async browserOf(machine: CosMachine): Promise<BrowserOf> {
    return new BrowserOf(DOMAIN, machine.address, await this.authority.rootCertificate());
  }

  public async close(): Promise<void> {
    await this.world.close();
    await this.authority.close();
    await this.disk.remove();
  }
}

/** Until the domain is served with a certificate that the browser trusts. */
export function untilServed(browser: BrowserOf, machine: CosMachine, seconds: number): Promise<number> {
  const answers = () =>
    browser.get("/").then(
      ({ status }) => status === 200,
      () => false,
    );
  return explained(machine, until("the domain is served", answers, { seconds, every: 0.5 }));
}
