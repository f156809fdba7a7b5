import { Things } from "../../../support/run/surroundings";
import { DockerEngine } from "../real/docker-engine";

interface KeptEngine {
  readonly engine: DockerEngine;
  /** What was there before the suites. */
  readonly before: Things;
  closeAptSource(): Promise<void>;
}

/** jest loads global setup and global teardown separately: only globalThis is common to both. */
const holder = globalThis as { e2eDockerEngine?: KeptEngine };

export function keepEngine(engine: KeptEngine): void {
  holder.e2eDockerEngine = engine;
}

export function keptEngine(): KeptEngine {
  if (!holder.e2eDockerEngine) throw new Error("no Docker engine was kept");
  return holder.e2eDockerEngine;
}
