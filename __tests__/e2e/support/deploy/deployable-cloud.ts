/**
 * Google Cloud for a whole deployment: the simulated APIs, where inserting an instance boots a COS-like machine with its
 * metadata, buckets have real objects, and who may pull or read is decided by the grants that the deployment created.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { baseImage, ensureBaseImage } from "../real/base-image";
import { dockerEngine } from "../real/docker-engine";
import { gcsfuseAptSource, AptSource } from "../simulated/apt-source";
import { CosMachine, startCosMachine } from "../simulated/cos-machine/cos-machine";
import { Gcs, startGcs } from "../simulated/cloud-storage/cloud-storage";
import {
  Google,
  GoogleOptions,
  Hooks,
  Instance,
  metadataOf,
  ObjectsInMemory,
  startGoogle,
} from "../simulated/google-cloud";
import { AccessTokens } from "../simulated/cos-machine/metadata/access-tokens";
import { Registry, startRegistry } from "../simulated/image-registry";
import { createTestNetwork, TestNetwork } from "../simulated/test-network";
import { HostTrust, trustRegistry } from "./host-trust";

export const PROJECT = "test-project";
export const BUCKET = `${PROJECT}-gallery`;
/** The access tokens of who deploys: the second is what is left when the first has expired. */
export const DEPLOYER_TOKENS = ["simulated", "simulated-later"];

/** The live objects are those of the storage emulator; it keeps no old versions, so a test says where there are some. */
class EmulatedObjects extends ObjectsInMemory {
  constructor(private readonly gcs: Gcs) {
    super();
  }

  public override async list(bucket: string) {
    const live = this.gcs
      .objects(bucket)
      .map(({ name, generation }) => ({ name, generation: String(generation), live: true }));
    return [...live, ...(await super.list(bucket))];
  }

  public override async delete(bucket: string, name: string, generation: string): Promise<void> {
    const live = this.gcs
      .objects(bucket)
      .some((object) => object.name === name && String(object.generation) === generation);
    if (live) this.gcs.delete(bucket, name);
    else await super.delete(bucket, name, generation);
  }

  public override async bucketCreated(bucket: string): Promise<void> {
    await super.bucketCreated(bucket);
    this.gcs.createBucket(bucket);
  }

  public override async bucketDeleted(bucket: string): Promise<void> {
    await super.bucketDeleted(bucket);
    this.gcs.removeBucket(bucket);
  }
}

export class DeployableCloud {
  public google!: Google;
  public objects!: EmulatedObjects;
  private readonly machines = new Map<string, CosMachine>();
  private readonly booting = new Map<string, Promise<CosMachine>>();
  private readonly tokens = new AccessTokens();

  private constructor(
    public readonly network: TestNetwork,
    public readonly registry: Registry,
    public readonly gcs: Gcs,
    private readonly trust: HostTrust,
    private readonly apt: AptSource,
    private readonly folder: string,
    private readonly region: string,
  ) {}

  /** Without machines, instances are only rows in the simulated Compute Engine. */
  public static async create({
    region,
    machines = true,
    ...options
  }: Partial<GoogleOptions> & { region: string; machines?: boolean }): Promise<DeployableCloud> {
    let world: DeployableCloud | undefined = undefined as DeployableCloud | undefined;
    const mayPull = (token: string) => DEPLOYER_TOKENS.includes(token) || world!.mayPull(token);
    const network = await createTestNetwork();
    const registry = await startRegistry({ network, hosts: [`${region}-docker.pkg.dev`], acceptsToken: mayPull });
    const folder = mkdtempSync(join(tmpdir(), "e2e-cloud-"));
    const gcs = await startGcs({
      bucketNames: [],
      tokens: (token: string) => DEPLOYER_TOKENS.includes(token) || world!.mayUseObjects(token),
      dataDir: join(folder, "buckets"),
      listenHost: network.gateway,
    });
    const trust = await trustRegistry(registry);
    await ensureBaseImage(await dockerEngine());
    world = new DeployableCloud(network, registry, gcs, trust, await gcsfuseAptSource(), folder, region);
    await world.startGoogle(options, machines);
    return world;
  }

  /** The settings with which a person's commands reach this cloud, all of them documented. */
  public get env(): NodeJS.ProcessEnv {
    return {
      ...this.google.env,
      ...this.trust.env,
      // Terraform's own state backend: its objects are in the storage emulator.
      GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT: this.gcs.endpoint,
      GOOGLE_CLOUD_PROJECT: PROJECT,
      APP_ZONE: `${this.region}-b`,
      GCSFUSE_CUSTOM_ENDPOINT: this.gcs.endpoint,
      BASE_IMAGE: baseImage,
      GCSFUSE_APT_SOURCE: this.apt.buildArgs.GCSFUSE_APT_SOURCE,
    };
  }

  /** The running VM of that name. */
  public async machine(name = "gallery"): Promise<CosMachine> {
    const machine = await this.booting.get(name);
    if (machine === undefined) throw new Error(`there is no VM ${name}`);
    return machine;
  }

  public has(name: string): boolean {
    return this.booting.has(name);
  }

  /** A bucket that was there before, with a grant of its owner's. */
  public async makeBucket(name: string, role: string, member: string): Promise<void> {
    const storage = `${this.google.url}/storage/v1/b`;
    const headers = { authorization: `Bearer ${DEPLOYER_TOKENS[0]}`, "content-type": "application/json" };
    const call = async (url: string, method: string, body?: object) =>
      (await fetch(url, { method, headers, body: body && JSON.stringify(body) })).json();
    await call(`${storage}?project=${PROJECT}`, "POST", { name });
    const policy = (await call(`${storage}/${name}/iam`, "GET")) as object;
    await call(`${storage}/${name}/iam`, "PUT", { ...policy, bindings: [{ role, members: [member] }] });
  }

  /** Who may do what with a bucket: "ROLE MEMBER". */
  public membersOf(bucket: string): string[] {
    const { bindings } = this.google.state.policies[`b/${bucket}`];
    return bindings.flatMap(({ role, members }) => members.map((member) => `${role} ${member}`)).sort();
  }

  public async close(): Promise<void> {
    await Promise.all([...this.machines.values()].map((machine) => machine.destroy()));
    await this.google.close();
    await this.gcs.close();
    await this.trust.end();
    await this.registry.close();
    await this.network.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async startGoogle(options: Partial<GoogleOptions>, machines: boolean): Promise<void> {
    this.objects = new EmulatedObjects(this.gcs);
    this.google = await startGoogle({
      projects: [{ projectId: PROJECT }],
      objects: this.objects,
      nextAddress: () => this.network.nextAddress(),
      ...options,
      hooks: {
        ...(machines && this.machineHooks()),
        ...options.hooks,
      },
    });
  }

  private machineHooks(): Hooks {
    return {
      onInstanceInserted: (instance) => this.boot(instance),
      onInstanceStopped: async (instance) => (await this.machine(instance.name)).shutDown(),
      onInstanceStarted: async (instance) => (await this.machine(instance.name)).powerOn(),
      onMetadataChanged: async (instance) => (await this.machine(instance.name)).setMetadata(metadataOf(instance)),
      onInstanceDeleted: (instance) => this.destroy(instance.name),
    };
  }

  private boot(instance: Instance): void {
    const [{ accessConfigs }] = instance.networkInterfaces as [{ accessConfigs?: { natIP?: string }[] }];
    const [{ email }] = instance.serviceAccounts as [{ email: string }];
    // The VM has its external address itself, where Google would translate it.
    const address = accessConfigs?.[0]?.natIP ?? this.network.nextAddress();
    const { network, registry, tokens } = this;
    const identity = { name: instance.name, projectId: PROJECT, serviceAccountEmail: email, address };
    const booted = startCosMachine({ network, registry, tokens, identity, metadata: metadataOf(instance) });
    this.booting.set(
      instance.name,
      booted.then((machine) => {
        this.machines.set(instance.name, machine);
        return machine;
      }),
    );
  }

  private async destroy(name: string): Promise<void> {
    const machine = await this.machine(name);
    this.booting.delete(name);
    this.machines.delete(name);
    await machine.destroy();
  }

  private mayPull(token: string): boolean {
    const repository = `projects/${PROJECT}/locations/${this.region}/repositories/gallery`;
    return this.isGranted(token, "roles/artifactregistry.reader", repository);
  }

  private mayUseObjects(token: string): boolean {
    return this.isGranted(token, "roles/storage.objectUser", `b/${BUCKET}`);
  }

  private isGranted(token: string, role: string, resource: string): boolean {
    const member = `serviceAccount:gallery-vm@${PROJECT}.iam.gserviceaccount.com`;
    return this.tokens.isValid(token) && this.google.hasGrant(member, role, resource);
  }
}
