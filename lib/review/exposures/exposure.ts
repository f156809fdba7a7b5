/** How much it matters that somebody else gets at something: 3 is the most. */
export type Severity = 1 | 2 | 3;

/** Something that lets somebody get at the app, its files or its identity. */
export interface Exposure {
  readonly severity: Severity;
  /** The app that it concerns, if it is one's. */
  readonly app?: string;
  /** What it is, in words of ours. */
  readonly text: string;
  /** The values of the stack that the words are about. */
  readonly values: readonly string[];
  /** What makes it the same before and after a change; by default its words and values. */
  readonly key?: string;
}
