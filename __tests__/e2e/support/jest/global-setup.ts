import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dockerEngine } from "../real/docker-engine";
import { removeLeftovers } from "../real/docker-leftovers";
import { removeLeftoverDisks } from "../simulated/cos-machine/cos-machine-disk";
import { announceMissingProviders } from "../plan";
import { keepEngine } from "./suite-engine";

/** Before all suites: the one Docker engine, which every suite and every tool it starts finds through DOCKER_HOST. */
export default async function globalSetup(): Promise<void> {
  const engine = await dockerEngine();
  if (engine.env.DOCKER_HOST) process.env.DOCKER_HOST = engine.env.DOCKER_HOST;
  keepEngine(engine);
  process.env.E2E_IMAGES = mkdtempSync(join(tmpdir(), "e2e-images-"));
  await removeLeftovers(engine);
  await removeLeftoverDisks();
  await announceMissingProviders();
}
