import { rmSync } from "node:fs";
import { removeLeftovers } from "../real/docker-leftovers";
import { removeLeftoverDisks } from "../simulated/cos-machine/cos-machine-disk";
import { announceMissingProviders } from "../plan";
import { keptEngine } from "./suite-engine";

/** After all suites, also failed ones: what they left goes, then the engine if this run started it. */
export default async function globalTeardown(): Promise<void> {
  await announceMissingProviders();
  if (process.env.E2E_IMAGES) rmSync(process.env.E2E_IMAGES, { recursive: true, force: true });
  const engine = keptEngine();
  if (!engine) return;
  await removeLeftovers(engine);
  await removeLeftoverDisks();
  await engine.stop();
}
