import { Status, Version } from "./status";

/** What Compute Engine says of a VM. */
export interface Vm {
  /** Of the VM itself, RUNNING for example: https://cloud.google.com/compute/docs/instances/instance-lifecycle */
  readonly lifecycle: string;
  /** What its metadata declares now. */
  readonly wanted: Version;
  /** What it reports; undefined if it has not reported yet, or nothing that is understood. */
  readonly status?: Status;
}

interface Explained {
  /** What the app has printed last, a line each. */
  readonly log?: readonly string[];
}

/** What is wanted runs, and the app is live. */
export interface Live {
  readonly kind: "live";
  readonly what?: string;
  /** What is wrong all the same. */
  readonly note?: string;
}

/** It will not be live unless somebody does something. */
export interface Failed extends Explained {
  readonly kind: "failed";
  readonly reason: string;
}

export interface Waiting extends Explained {
  readonly kind: "waiting";
  readonly for: string;
}

export type Judgement = Live | Failed | Waiting;

/**
 * Whether a VM runs what its metadata declares. A status speaks of a change only if it names the same version as wanted:
 * what it says of an older one, a failure say, is not held against the new one.
 */
export function judge({ lifecycle, wanted, status }: Vm): Judgement {
  if (lifecycle !== "RUNNING") {
    return waiting(`the VM is ${lifecycle}`);
  }
  if (status === undefined) {
    return waiting("the VM has not reported its state yet");
  }
  if (!same(status.wanted, wanted)) {
    return waiting(`the VM has not seen ${named(wanted, status.wanted)} yet${serving(status, wanted)}`);
  }
  return same(status.running, wanted) ? judgeRunning(status) : judgeUpdate(status);
}

/** What is wanted is what runs. */
function judgeRunning({ wanted, app, update, parts }: Status): Judgement {
  if (update.state === "starting") {
    const missing = app.state === "live" ? troubles(parts, ["live", "mounted", "stopped"]) : [];
    // For some seconds it can still be taken back.
    return waiting(
      missing.length > 0
        ? `the new version is live, and ${missing.join("; ")}`
        : `the new version is ${described(app)}; it has to stay up for some seconds`,
    );
  }
  if (app.state === "stopped") {
    return { kind: "failed", reason: app.message };
  }
  if (app.state !== "live") {
    return waiting(`the app is ${described(app)}`);
  }
  const what = `declaration ${short(wanted.declaration)}, user-data ${short(wanted.userData)}`;
  const notes = [...(update.state === "failed" ? [update.message] : []), ...troubles(parts)];
  return notes.length === 0 ? { kind: "live", what } : { kind: "live", what, note: notes.join("; ") };
}

/** The parts beside the app that do not run, or say that something is missing: the app may be live without them. */
function troubles(parts: Status["parts"] = {}, fine = ["live", "mounted"]): string[] {
  return Object.entries(parts)
    .filter(([, { state, message }]) => !fine.includes(state) || (state === "live" && message !== ""))
    .map(([part, status]) => `${part.replace("-", " ")} is ${described(status)}`);
}

/** Something else runs, or nothing. */
function judgeUpdate(status: Status): Judgement {
  const { running, wanted, app, update } = status;
  if (update.state === "failed") {
    return { kind: "failed", reason: `${update.message}${serving(status, wanted)}` };
  }
  if (update.state !== "none") {
    return waiting(`the update is ${described(update)}${serving(status, wanted)}`);
  }
  return app.state === "live"
    ? waiting(`the VM has seen ${named(wanted, running)}${serving(status, wanted)}`)
    : waiting(`the app is ${described(app)}`);
}

/** What serves meanwhile, if it is another version. */
function serving({ running, app }: Status, wanted: Version): string {
  return app.state === "live" && !same(running, wanted) ? ` (${named(running, wanted)} is live)` : "";
}

/** A version by what it has otherwise than the other one. */
function named(version: Version, other: Version): string {
  return version.declaration === other.declaration
    ? `user-data ${short(version.userData)}`
    : `declaration ${short(version.declaration)}`;
}

function described({ state, message }: { readonly state: string; readonly message: string }): string {
  return message === "" ? state : `${state}: ${message}`;
}

function waiting(what: string): Waiting {
  return { kind: "waiting", for: what };
}

function same(one: Version, other: Version): boolean {
  return one.declaration === other.declaration && one.userData === other.userData;
}

/** As the VM shortens hashes in its messages. */
function short(hash: string): string {
  return hash.slice(0, 12);
}
