import type { Column } from "./columns";
import type { Measurement } from "./measurement";
import type { OthersLoad } from "./others-load";
import type { Usage } from "./machine";

/** All that a run has found, and what it takes to judge it: a file of this is the source of the charts. */
export interface Report {
  readonly date: string;
  readonly command: string;
  readonly form: object;
  readonly link: object;
  readonly machine: { readonly kernel: string; readonly processors: number };
  readonly versions: Record<string, string>;
  readonly othersLoad: OthersLoad;
  readonly columns: readonly (Pick<Column, "name" | "what"> & {
    readonly command?: string;
    readonly config?: object;
  })[];
  readonly measurements: readonly Measurement[];
  readonly usage: readonly (Usage & { readonly column: string; readonly memoryMb: number; readonly round: number })[];
}
