import { keptRun } from "./kept-run";
import { endRun } from "./test-run";

export default async function globalTeardown(): Promise<void> {
  await endRun(keptRun());
}
