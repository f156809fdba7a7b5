/**
 * A suite that applies with the real providers. What they do at an apply cannot be recorded: where `terraform init` cannot
 * get them, the suite is skipped, and named with Terraform's reason at the end of the run.
 */
export function describeWithProviders(name: string, suite: () => void): void {
  const missing = process.env.E2E_MISSING_PROVIDERS;
  if (missing === undefined) throw new Error("the global setup has not asked for the providers");
  (missing === "" ? describe : describe.skip)(name, suite);
}
