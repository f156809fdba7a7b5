interface ShownResource {
  readonly address: string;
  readonly values: unknown;
  readonly sensitive_values: unknown;
}

/** Of `terraform show -json`: the resources whose values that are marked as sensitive are not empty. */
export function sensitiveResources(shown: string): string[] {
  const { values } = JSON.parse(shown) as { values: { root_module: { resources: ShownResource[] } } };
  return values.root_module.resources
    .filter((resource) => hasSensitive(resource.values, resource.sensitive_values))
    .map(({ address }) => address)
    .sort();
}

/** The resources in which a text stands. */
export function resourcesWith(shown: string, text: string): string[] {
  const { values } = JSON.parse(shown) as { values: { root_module: { resources: ShownResource[] } } };
  return values.root_module.resources
    .filter((resource) => JSON.stringify(resource.values).includes(JSON.stringify(text)))
    .map(({ address }) => address);
}

function hasSensitive(value: unknown, marks: unknown): boolean {
  if (marks === true) return value !== null && value !== "" && value !== undefined;
  if (typeof marks !== "object" || marks === null || typeof value !== "object" || value === null) return false;
  return Object.entries(marks).some(([key, mark]) => hasSensitive((value as Record<string, unknown>)[key], mark));
}
