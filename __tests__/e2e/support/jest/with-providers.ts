import { missingProviders } from "../plan";

/**
 * A suite that applies with the real providers. What they do at an apply cannot be recorded: where they cannot be had, the
 * suite's only test says so with Terraform's own words, and fails if Terraform gives no reason.
 */
export function describeWithProviders(name: string, suite: () => void): void {
  const there = process.env.E2E_MISSING_PROVIDERS === "";
  describe(name, () => {
    if (there) {
      suite();
      return;
    }
    it("cannot run here: the providers are not to be had", async () => {
      const reason = await missingProviders();
      expect(reason).toBeTruthy();
      process.stdout.write(`\n*** NOT RUN: "${name}" needs the real providers. terraform init says:\n${reason}\n`);
    });
  });
}
