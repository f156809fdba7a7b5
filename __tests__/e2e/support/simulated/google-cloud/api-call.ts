/** One request to one of Google's APIs. */
export interface Call {
  /** The method's id in the API, like compute.instances.insert. */
  readonly method: string;
  readonly verb: string;
  readonly url: string;
  readonly body: unknown;
  readonly at: number;
  /** The answer's code, once there is one. */
  status?: number;
}
