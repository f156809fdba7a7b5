/** All that an app's VM has around it in Google Cloud, simulated: a network, a registry, a bucket; and the VM itself. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ContainerImage } from "../../../../lib";
import { gcsfuseAptSource } from "../simulated/apt-source";
import { CosMachine, CosMachineOptions, startCosMachine } from "../simulated/cos-machine/cos-machine";
import { Gcs, startGcs } from "../simulated/cloud-storage/cloud-storage";
import { buildImage } from "../real/docker-build";
import { AccessTokens } from "../simulated/cos-machine/metadata/access-tokens";
import { Registry, startRegistry } from "../simulated/image-registry";
import { SecretManagerService } from "../simulated/secret-manager-service";
import { createTestNetwork, TestNetwork } from "../simulated/test-network";
import { AppProps, plannedMetadata, PROJECT } from "./payload";

const REGISTRY_HOST = "us-east1-docker.pkg.dev";
const CONTAINERS = join(__dirname, "..", "..", "..", "..", "container");

export class World {
  private readonly machines: CosMachine[] = [];
  private readonly pushed = new Map<string, string>();

  private constructor(
    public readonly network: TestNetwork,
    public readonly tokens: AccessTokens,
    public readonly registry: Registry,
    public readonly gcs: Gcs,
    public readonly secretManager: SecretManagerService,
    /** Where the buckets' objects are. */
    public readonly folder: string,
  ) {}

  public static async create(buckets: readonly string[] = ["files"]): Promise<World> {
    const network = await createTestNetwork();
    const tokens = new AccessTokens();
    const secretManager = new SecretManagerService();
    const acceptsToken = (token: string) => tokens.isValid(token);
    const registry = await startRegistry({
      network,
      hosts: [REGISTRY_HOST],
      acceptsToken,
      beside: secretManager,
      // A layer that another suite of this run has pushed is not packed and sent again.
      storage: process.env.E2E_IMAGES,
    });
    const folder = mkdtempSync(join(tmpdir(), "e2e-gcs-"));
    const gcs = await startGcs({
      bucketNames: buckets,
      tokens: acceptsToken,
      dataDir: folder,
      listenHost: network.gateway,
    });
    return new World(network, tokens, registry, gcs, secretManager, folder);
  }

  /** Builds an image from a folder, once, and pushes it; the same folder may be pushed under several tags. */
  public async image(name: string, directory: string, tag = "1", buildArgs: Record<string, string> = {}) {
    const reference = `${REGISTRY_HOST}/${PROJECT}/images/${name}:${tag}`;
    const key = createHash("sha256")
      .update(JSON.stringify([directory, buildArgs]))
      .digest("hex")
      .slice(0, 12);
    if (!this.pushed.has(reference)) {
      const local = await buildImage(directory, `e2e-${name}:${key}`, buildArgs);
      this.pushed.set(reference, await this.registry.push(local, reference));
    }
    return reference;
  }

  /** The demo app's image as a build can begin with it. */
  public localDemo(): Promise<string> {
    return buildImage(join(CONTAINERS, "demo"), "e2e-demo:base");
  }

  public demoImage(tag = "1"): Promise<string> {
    return this.image("demo", join(CONTAINERS, "demo"), tag);
  }

  public async gcsfuseImage(tag = "1"): Promise<string> {
    const reference = `${REGISTRY_HOST}/${PROJECT}/images/gcsfuse:${tag}`;
    if (this.pushed.has(reference)) return reference;
    return this.image("gcsfuse", join(CONTAINERS, "gcsfuse"), tag, (await gcsfuseAptSource()).buildArgs);
  }

  /** The props of the demo app on the bucket "files"; what is given overrides them. */
  public async demo(props: Partial<Exclude<AppProps, (...args: never[]) => unknown>> = {}) {
    return {
      image: ContainerImage.fromRegistry(await this.demoImage()),
      gcsfuse: { image: ContainerImage.fromRegistry(await this.gcsfuseImage()) },
      mounts: [this.mount({ path: "/srv/demo-app/demo/uploads" })],
      ...props,
    };
  }

  /** A mount of the simulated Cloud Storage, through the construct's own endpoint option. */
  public mount<T extends object>(mount: T): T & { bucket: string; customEndpoint: string } {
    return { bucket: "files", customEndpoint: this.gcs.endpoint, ...mount };
  }

  /** A VM that is created with what is planned for the app. */
  public async vm(props: AppProps, options: Partial<CosMachineOptions> = {}): Promise<CosMachine> {
    return this.vmOf(await plannedMetadata(props), options);
  }

  public async vmOf(metadata: Record<string, string>, options: Partial<CosMachineOptions> = {}): Promise<CosMachine> {
    const { network, registry, tokens } = this;
    const machine = await startCosMachine({ network, registry, tokens, metadata, ...options });
    this.machines.push(machine);
    return machine;
  }

  public async close(): Promise<void> {
    await Promise.all(this.machines.map((machine) => machine.destroy()));
    await this.gcs.close();
    await this.registry.close();
    await this.network.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
