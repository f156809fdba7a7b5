import { keptRun } from "../../../support/run/kept-run";
import { newThings } from "../../../support/run/surroundings";
import { endRun } from "../../../support/run/test-run";
import { removeLocalLeftovers } from "../local/local-app";
import { dockerThings, removeLeftovers } from "../real/docker-leftovers";
import { removeLeftoverDisks } from "../simulated/cos-machine/cos-machine-disk";
import { keptEngine } from "./suite-engine";

/** After all suites, also failed ones: what they left goes, then the engine if this run started it. */
export default async function globalTeardown(): Promise<void> {
  const { engine, before, closeAptSource } = keptEngine();
  const left: string[] = [];
  try {
    await closeAptSource();
    await removeLocalLeftovers();
    await removeLeftovers(engine);
    await removeLeftoverDisks();
    left.push(...newThings(before, await dockerThings(engine)));
  } catch (error) {
    left.push(`what could not be removed: ${(error as Error).message}`);
  }
  await engine.stop().catch((error: Error) => left.push(`the Docker engine, which does not stop: ${error.message}`));
  await endRun(keptRun(), left);
}
