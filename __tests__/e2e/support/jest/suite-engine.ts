import { DockerEngine } from "../real/docker-engine";

/** jest loads global setup and global teardown separately: only globalThis is common to both. */
const holder = globalThis as { e2eDockerEngine?: DockerEngine };

export function keepEngine(engine: DockerEngine): void {
  holder.e2eDockerEngine = engine;
}

export function keptEngine(): DockerEngine | undefined {
  return holder.e2eDockerEngine;
}
