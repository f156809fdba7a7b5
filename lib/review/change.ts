import { Effect } from "./effects";
import { Json } from "./json";

/** One thing that changes, for a row of a table. */
export interface Change {
  /** What changes, in words: `environment variable`. */
  readonly what: string;
  /** Which one, as the stack names it: `LOG_LEVEL`. */
  readonly name?: string;
  readonly before?: Json;
  readonly after?: Json;
  /** The values must not be shown. */
  readonly secret?: boolean;
  readonly effect: Effect;
  /** What a reader should know of it. */
  readonly note?: string;
}
