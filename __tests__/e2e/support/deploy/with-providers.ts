import { takeLock } from "../lock";
import { missingProviders } from "../plan";

/** A suite that waits for the others. */
const OTHERS_TAKE = 3_600_000;

/**
 * A suite that applies with the real providers. What they do at an apply cannot be recorded: where they cannot be had, the
 * suite's only test says so with Terraform's own words, and fails if Terraform gives no reason. One such suite at a time: all
 * deploy the same project, into a registry that this host knows under one name.
 */
export function describeWithProviders(name: string, suite: () => void): void {
  const there = process.env.E2E_MISSING_PROVIDERS === "";
  describe(name, () => {
    if (there) {
      let release: () => Promise<void>;
      beforeAll(async () => {
        release = await takeLock("deploy");
      }, OTHERS_TAKE);
      suite();
      afterAll(() => release());
      return;
    }
    it("cannot run here: the providers are not to be had", async () => {
      const reason = await missingProviders();
      expect(reason).toBeTruthy();
      process.stdout.write(`\n*** NOT RUN: "${name}" needs the real providers. terraform init says:\n${reason}\n`);
    });
  });
}
