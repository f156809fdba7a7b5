import { PlannedAction, Resource, Stack } from "./stack";

/** One side of a change of a resource, or both. */
export interface ResourcePair {
  readonly before?: Resource;
  readonly after?: Resource;
  readonly planned?: PlannedAction;
}

/** The resources of two stacks by their addresses, in order. */
export function pairsOf(
  before: Stack,
  after: Stack,
  actions: ReadonlyMap<string, PlannedAction> = new Map(),
): readonly ResourcePair[] {
  const find = ({ resources }: Stack) => new Map(resources.map((resource) => [resource.address, resource]));
  const [old, wanted] = [find(before), find(after)];
  return [...new Set([...old.keys(), ...wanted.keys()])].sort().map((address) => ({
    before: old.get(address),
    after: wanted.get(address),
    planned: actions.get(address),
  }));
}
