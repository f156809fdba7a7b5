/** Versions of the demo app that can be told apart from outside, each with a layer of its own to pull. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ContainerImage } from "../../../../lib";
import { DECLARATION_KEY } from "../../../../lib/boot/paths";
import { hashOf, Version } from "../../../../lib/wait/status";
import { CosMachine } from "../simulated/cos-machine/cos-machine";
import { buildImage } from "../real/docker-build";
import { plannedMetadata, PROJECT } from "./payload";
import { explained, statusOf, until } from "./status";
import { World } from "./vm-world";

/** Answers with the version. */
export const VERSION_PATH = "/static/version.txt";

/** What a version's layer adds to the disk: random, so that it cannot be compressed. */
export const LAYER_MIB = 15;

const DOCKERFILE = `ARG BASE
FROM $BASE
ARG VERSION
ARG SIZE
USER root
RUN printf "$VERSION" >/srv/demo-app/demo/static/version.txt && head -c "$SIZE" /dev/urandom >/srv/layer
USER demo
`;

/** The version whose metadata Terraform plans. */
const PLANNED = "v1";

export class Versions {
  private base?: Promise<string>;
  private plan?: Promise<Record<string, string>>;
  private readonly pushed = new Map<string, Promise<string>>();

  public constructor(private readonly world: World) {}

  /** The metadata of a version; its image is in the registry. */
  public async metadata(version: string): Promise<Record<string, string>> {
    const pushed = this.pushed.get(version) ?? this.push(version);
    this.pushed.set(version, pushed);
    await pushed;
    return this.metadataWithoutImage(version);
  }

  /** The metadata of a version whose image nobody has pushed. */
  public async metadataWithoutImage(version: string): Promise<Record<string, string>> {
    this.plan ??= this.planned(PLANNED);
    const metadata = await this.plan;
    // A plan takes long, and another one would differ in nothing else.
    const text = metadata[DECLARATION_KEY].split(this.image(PLANNED)).join(this.image(version));
    return { ...metadata, [DECLARATION_KEY]: text };
  }

  /** What Terraform plans for a version. */
  public async planned(version: string): Promise<Record<string, string>> {
    return plannedMetadata(await this.world.demo({ image: ContainerImage.fromRegistry(this.image(version)) }));
  }

  private image(version: string): string {
    return `${this.world.registry.hosts[0]}/${PROJECT}/images/gallery:${version}`;
  }

  private async push(version: string): Promise<string> {
    this.base ??= buildImage(join(__dirname, "../../../../container/demo"), "e2e-demo:versions");
    const context = mkdtempSync(join(tmpdir(), "e2e-version-"));
    try {
      writeFileSync(join(context, "Dockerfile"), DOCKERFILE);
      const buildArgs = { BASE: await this.base, VERSION: version, SIZE: `${LAYER_MIB}m` };
      return await this.world.image("gallery", context, version, buildArgs);
    } finally {
      rmSync(context, { recursive: true, force: true });
    }
  }
}

/** How the status names a version. */
export function versionOf(metadata: Readonly<Record<string, string>>): Version {
  return { declaration: hashOf(metadata[DECLARATION_KEY]), userData: hashOf(metadata["user-data"]) };
}

/** Until the app of the metadata is live: where another version came to life before, that one serves first. */
export async function untilWantedIsLive(machine: CosMachine, seconds: number): Promise<void> {
  const { declaration } = versionOf(machine.getMetadata());
  const isLive = () => {
    const { running, app } = statusOf(machine) ?? {};
    return running?.declaration === declaration && app?.state === "live";
  };
  await explained(machine, until("the version of the metadata is live", isLive, { seconds }));
}

/** Until the version of the metadata is the one that others are taken back to. */
export async function untilProven(machine: CosMachine, seconds: number): Promise<void> {
  const { declaration } = versionOf(machine.getMetadata());
  const proven = "sha256sum /var/lib/gcs-backed-container-app/declaration";
  const isProven = async () => (await machine.shell(proven, { reject: false })).startsWith(declaration);
  await explained(machine, until("the version has proven itself", isProven, { seconds, every: 0.5 }));
}
