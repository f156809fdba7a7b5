import { Effect } from "./effects";
import { Json } from "../read/json";

/** One thing that changes, for a row of a table. */
export interface Change {
  /** What changes, in words: `environment variable`. */
  readonly what: string;
  /** Which one, as the stack names it: `LOG_LEVEL`. */
  readonly name?: string;
  /** The resource that it belongs to, where there may be several. */
  readonly of?: string;
  readonly before?: Json;
  readonly after?: Json;
  /** The values must not be shown. */
  readonly secret?: boolean;
  /** The gravest. */
  readonly effect: Effect;
  /** What it does besides. */
  readonly also?: readonly Effect[];
  /** What a reader should know of it. */
  readonly note?: string;
}

/** All that changes do. */
export function effectsOf(changes: readonly Change[]): readonly Effect[] {
  return changes.flatMap(({ effect, also = [] }) => [effect, ...also]);
}
