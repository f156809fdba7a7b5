import { HttpCheckDeclaration } from "../boot/declaration";
import { invalidInput, quote, requireInteger, requireMatch } from "../checks/invalid-input";
import { checkShape, Shape } from "../checks/shape";

/** How the app's next version comes behind the proxy. */
export enum Updates {
  /** The version that runs ends, then the next one starts. Requests wait in the proxy meanwhile, up to 60 seconds. */
  REPLACE = "replace",
  /**
   * The next version starts beside the one that runs. Once it answers, and goes on doing so for 10 seconds, it gets the requests;
   * the one before finishes those that it has, for as long as `stopTimeoutSeconds` says, and ends. A version that does not
   * come to life never gets a request. Where more than the app's own container changes, a mount or a sidecar, the app is
   * replaced all the same.
   */
  OVERLAP = "overlap",
}

/** What the app must answer for it to be live. It is asked inside the VM, with the first domain as the host. */
export interface HttpHealthCheck {
  /**
   * What is asked for with GET: a path that begins with "/", with or without a query.
   *
   * @default "/"
   * @throws if it does not begin with "/", or has a character that is not printable ASCII, or one of `"#\`
   */
  readonly path?: string;

  /**
   * The status that the answer must have, 200 to 599.
   *
   * @default - any answer will do
   * @throws if it is out of range
   */
  readonly expectedStatus?: number;

  /**
   * Seconds from one question to the next, until the app is live, 1 to 60.
   *
   * @default 1
   * @throws if it is out of range
   */
  readonly intervalSeconds?: number;
}

const SHAPE: Shape<HttpHealthCheck> = {
  path: 'string? such as "/healthz"',
  expectedStatus: "number?",
  intervalSeconds: "number?",
};

/** No lookahead, so that Terraform can check unresolved tokens by it, too. */
export const HTTP_PATH_PATTERN = "^/[!$-\\[\\]-~]*$";

/** @throws if one of its props is not valid */
export function resolveHttpHealthCheck(given: HttpHealthCheck): Omit<HttpCheckDeclaration, "containerPort" | "host"> {
  const what = "https.healthCheck";
  checkShape(what, given, SHAPE, { example: '{ path: "/healthz", expectedStatus: 200 }' });
  const { path = "/", expectedStatus, intervalSeconds = 1 } = given;
  requireMatch(
    `${what}.path`,
    path,
    new RegExp(HTTP_PATH_PATTERN),
    'use a path that begins with "/", of printable ASCII without spaces, #, backslashes and double quotes',
  );
  if (expectedStatus !== undefined) {
    requireInteger(`${what}.expectedStatus`, expectedStatus, 200, 599);
  }
  requireInteger(`${what}.intervalSeconds`, intervalSeconds, 1, 60);
  return { path, intervalSeconds, ...(expectedStatus !== undefined && { expectedStatus }) };
}

/** What an app must be like for two of it to run at once. */
export interface OverlappingApp {
  readonly disks: readonly unknown[];
  /** The ports that are published beside the proxy's. */
  readonly published: readonly unknown[];
  readonly memoryMib?: number;
}

/**
 * Checks that two versions of the app can run at once.
 *
 * @throws if they cannot
 */
export function requireOverlapPossible({ disks, published, memoryMib }: OverlappingApp): void {
  const refused = (reason: string) => invalidInput("https.updates", Updates.OVERLAP, reason);
  if (disks.length > 0) {
    throw refused(
      'the app has disks, and what keeps its data on one, such as a database, must not run twice at once: use "replace", or give the disks to a sidecar',
    );
  }
  if (published.length > 0) {
    throw refused(
      'the app publishes ports of its own, which two containers cannot have: use "replace", or leave them out',
    );
  }
  if (memoryMib === undefined) {
    throw refused(
      "two versions of the app run at once for a while, and memoryMib is missing: give the most that one may use",
    );
  }
}

/** MiB for Container-Optimized OS, Docker and gcsfuse. */
const SYSTEM_MIB = 512;

/**
 * Checks that a machine has the memory for two versions of the app, as far as it is known what it has.
 *
 * @throws if it has not
 */
export function requireRoomForTwo(
  machineType: string,
  {
    memoryMib = 0,
    sidecars,
  }: { readonly memoryMib?: number; readonly sidecars: readonly { readonly memoryMib?: number }[] },
): void {
  const has = memoryOf(machineType);
  const others = sidecars.reduce((sum, sidecar) => sum + (sidecar.memoryMib ?? 0), 0);
  const needed = 2 * memoryMib + others + SYSTEM_MIB;
  if (has !== undefined && needed > has) {
    throw invalidInput(
      "machine.machineType",
      machineType,
      `it has ${has} MiB of memory, and https.updates ${quote(Updates.OVERLAP)} needs ${needed}: twice memoryMib (${memoryMib}), ${others} for the sidecars and ${SYSTEM_MIB} for the system: use a larger one, a smaller memoryMib, or "replace"`,
    );
  }
}

/** MiB of the machine types that share a core. */
const SHARED_CORE: { readonly [machineType: string]: number } = {
  "e2-micro": 1024,
  "e2-small": 2048,
  "e2-medium": 4096,
  "f1-micro": 614,
  "g1-small": 1740,
};
/** MiB for each vCPU. */
const PER_CPU: { readonly [family: string]: { readonly [kind: string]: number } } = {
  e2: { standard: 4096, highmem: 8192, highcpu: 1024 },
  n1: { standard: 3840, highmem: 6656, highcpu: 921 },
  n2: { standard: 4096, highmem: 8192, highcpu: 1024 },
  n2d: { standard: 4096, highmem: 8192, highcpu: 1024 },
  t2d: { standard: 4096 },
};

/**
 * The memory of a machine type in MiB, where it is known.
 *
 * @see https://cloud.google.com/compute/docs/general-purpose-machines
 */
export function memoryOf(machineType: string): number | undefined {
  const [, custom] = /^(?:[a-z0-9]+-)?custom-(?:micro|small|medium|\d+)-(\d+)(?:-ext)?$/.exec(machineType) ?? [];
  if (custom !== undefined) {
    return Number(custom);
  }
  const [, family, kind, cpus] = /^([a-z0-9]+)-([a-z]+)-(\d+)$/.exec(machineType) ?? [];
  const perCpu = family === undefined ? undefined : PER_CPU[family]?.[kind];
  return perCpu === undefined ? SHARED_CORE[machineType] : perCpu * Number(cpus);
}
