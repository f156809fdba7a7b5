import { App } from "../apps/apps";
import { AppComparison } from "./comparison";
import { textAt } from "../read/json";

/** An app of two stacks, or of one of them, and what changes of it. */
export interface ComparedApp {
  readonly before?: App;
  readonly after?: App;
  readonly comparison: AppComparison;
}

/**
 * The comparisons, one for an app that has another construct's id and so other addresses: Terraform takes it for one that
 * goes and one that comes.
 */
export function withReaddressed(apps: readonly ComparedApp[]): readonly AppComparison[] {
  const gone = apps.filter(({ after }) => after === undefined);
  const joined = new Set<ComparedApp>();
  const comparisons = apps.map((one) => {
    const other = gone.find((candidate) => !joined.has(candidate) && isSameApp(candidate, one));
    if (other === undefined) {
      return one;
    }
    joined.add(other);
    return { ...one, comparison: readdressed(other, one) };
  });
  return comparisons.filter((one) => !joined.has(one)).map(({ comparison }) => comparison);
}

/** Two apps of one name cannot be in a project. */
function isSameApp({ before }: ComparedApp, { before: known, after }: ComparedApp): boolean {
  const project = ({ machine }: App) => textAt(machine.values, "project");
  return (
    known === undefined &&
    before !== undefined &&
    after !== undefined &&
    before.name === after.name &&
    before.kind === after.kind &&
    project(before) === project(after)
  );
}

function readdressed(gone: ComparedApp, come: ComparedApp): AppComparison {
  const { name, kind } = come.comparison;
  const rest = [gone, come].flatMap(({ comparison }) => comparison.changes.filter(({ what }) => what !== "app"));
  return {
    name,
    kind,
    state: "readdressed",
    changes: [
      {
        what: "app",
        before: gone.before!.machine.address,
        after: come.after!.machine.address,
        effect: kind === "vm" ? "VM replaced" : "app restarts",
        note: "destroyed, and created under the other address",
      },
      ...rest,
    ],
  };
}
