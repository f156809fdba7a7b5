import { takeLock } from "../lock";
import { describeWithProviders } from "../with-providers";

/** A suite that waits for the others. */
const OTHERS_TAKE = 3_600_000;

/** A suite that deploys. One at a time: all deploy the same project, into a registry that this host knows under one name. */
export function describeDeployment(name: string, suite: () => void): void {
  describeWithProviders(name, () => {
    let release: () => Promise<void>;
    beforeAll(async () => {
      release = await takeLock("deploy");
    }, OTHERS_TAKE);
    suite();
    afterAll(() => release?.());
  });
}
