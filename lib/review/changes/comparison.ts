import { App } from "../apps/apps";
import { Change } from "./change";
import { Effect } from "./effects";
import { Exposure } from "../exposures/exposure";
import { OtherChange } from "./other-changes";

export interface AppComparison {
  readonly name: string;
  readonly kind: App["kind"];
  /** Readdressed: the same app, whose construct has another id. */
  readonly state: "created" | "removed" | "kept" | "readdressed";
  readonly changes: readonly Change[];
  /** How the next version comes behind a proxy, if there is one before and after. */
  readonly behindProxy?: "replace" | "overlap";
}

export interface Comparison {
  readonly apps: readonly AppComparison[];
  readonly others: readonly OtherChange[];
  /** What is exposed that was not, the most serious first. */
  readonly exposures: readonly Exposure[];
  readonly effects: ReadonlySet<Effect>;
}

/** Whether anything changes at all. */
export function isChanged({ apps, others, exposures }: Comparison): boolean {
  return exposures.length > 0 || others.length > 0 || apps.some(({ changes }) => changes.length > 0);
}
