import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepRun } from "../../../support/run/kept-run";
import { startRun } from "../../../support/run/test-run";
import { announceMissingProviders } from "../plan";
import { dockerEngine } from "../real/docker-engine";
import { dockerThings, removeLeftovers } from "../real/docker-leftovers";
import { requireHere } from "../real/requirements";
import { serveAptSource } from "../simulated/apt-source";
import { removeLeftoverDisks } from "../simulated/cos-machine/cos-machine-disk";
import { removeLeftoverBridges } from "../simulated/test-network";
import { keepEngine } from "./suite-engine";

/** Before all suites: the one Docker engine, which every suite and every tool it starts finds through DOCKER_HOST. */
export default async function globalSetup(): Promise<void> {
  requireHere();
  keepRun(startRun());
  const engine = await dockerEngine();
  if (engine.env.DOCKER_HOST) process.env.DOCKER_HOST = engine.env.DOCKER_HOST;
  process.env.E2E_IMAGES = mkdtempSync(join(tmpdir(), "e2e-images-"));
  await removeLeftovers(engine);
  await removeLeftoverDisks();
  await removeLeftoverBridges();
  keepEngine({ engine, before: await dockerThings(engine), closeAptSource: await serveAptSource() });
  await announceMissingProviders();
}
