import type { OperationKind } from "../../../../../container/gcs-emulator/src/operation";

export interface LoggedRequest {
  readonly time: Date;
  readonly method: string;
  readonly path: string;
  readonly operation: OperationKind;
  readonly tokenOk: boolean;
  /** The status or the cut that was injected. */
  fault?: string;
  /** Undefined while it runs, and when the client never got an answer. */
  status?: number;
}
