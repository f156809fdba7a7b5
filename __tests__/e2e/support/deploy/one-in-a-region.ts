import { takeLock } from "../real/file-lock";
import { describeWithProviders } from "../jest/with-providers";

/** A suite of another run that deploys there, too. */
const ANOTHER_TAKES = 3_600_000;

/** A suite that deploys into a region of its own, since this host knows a region's registry under one name only. */
export function describeDeployment(name: string, region: string, suite: () => void): void {
  describeWithProviders(name, () => {
    let release: () => Promise<void>;
    beforeAll(async () => {
      release = await takeLock(`deploy-${region}`);
    }, ANOTHER_TAKES);
    suite();
    afterAll(() => release?.());
  });
}
