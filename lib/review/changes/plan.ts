import { Exposure } from "../exposures/exposure";
import { OtherChange } from "./other-changes";
import { PlannedAction, Stack } from "../read/stack";

/** A change as a plan has it. */
export interface Plan {
  readonly before: Stack;
  readonly after: Stack;
  readonly actions: ReadonlyMap<string, PlannedAction>;
  /** Both sides with their sensitive values, if there are any: they are judged, and never shown. */
  readonly unmasked?: { readonly before: Stack; readonly after: Stack };
  /** What the plan does besides, to what is no resource of either side. */
  readonly others?: readonly OtherChange[];
  readonly exposures?: readonly Exposure[];
}
