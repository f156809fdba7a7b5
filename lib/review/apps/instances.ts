import { Json } from "../read/json";
import { Resource } from "../read/stack";

/** Whether some of what a resource stands for may go, by its count or the keys that it is created for. */
export function instancesMayGo(before: Resource, after: Resource): boolean {
  const [old, wanted] = [before, after].map(({ values }) => JSON.stringify([values.count, values.for_each]));
  if (old === wanted) {
    return false;
  }
  const [few, many] = [before, after].map(({ values }) =>
    values.for_each === undefined ? countOf(values.count) : NaN,
  );
  return !(many >= few);
}

/** NaN for what only Terraform knows. */
function countOf(count: Json | undefined): number {
  return count === undefined ? 1 : Number(String(count).replace(/^\$\{(\d+)\}$/, "$1"));
}
