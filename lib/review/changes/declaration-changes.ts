import { ContainerDeclaration, Declaration, PublishedPort } from "../../boot/declaration";
import { mayBeSecret } from "../../checks/secret-names";
import { Change } from "./change";
import { secretChanges } from "./secret-changes";
import { proxyOf } from "../apps/containers";
import { exactDifferences } from "../read/differences";
import { diskChanges, disksByName } from "./disk-changes";
import { Effect } from "./effects";
import { Json, own, stableText } from "../read/json";
import { mountChanges } from "./mount-changes";

/** The declaration's own values, in words, with what a change of each does. */
const PLAIN: readonly (readonly [key: keyof Declaration, what: string, effect: Effect])[] = [
  ["image", "image", "app restarts"],
  ["entrypoint", "entrypoint", "app restarts"],
  ["args", "arguments", "app restarts"],
  ["user", "user", "app restarts"],
  ["restartPolicy", "restart policy", "app restarts"],
  ["stopTimeoutSeconds", "seconds to stop", "app restarts"],
  ["startTimeoutSeconds", "seconds to come to life", "nothing"],
  ["memoryMib", "most memory, in MiB", "app restarts"],
  ["updates", "updates", "nothing"],
  ["metadataServerAccess", "access to the metadata server", "app restarts"],
  ["registries", "registries that the VM logs in to", "nothing"],
];

/** What changes between two declarations of one app. */
export function declarationChanges(before: Declaration, after: Declaration, sensitive = false): Change[] {
  const [old, wanted] = [before, after] as unknown as { [key: string]: Json }[];
  const plain = PLAIN.filter(([key]) => stableText(old[key]) !== stableText(wanted[key])).map(
    ([key, what, effect]): Change => ({
      what,
      before: old[key],
      after: wanted[key],
      effect,
      secret: sensitive && ["entrypoint", "args"].includes(key),
    }),
  );
  const sidecar = exactDifferences(old.gcsfuse, wanted.gcsfuse).map(({ path, ...sides }): Change => ({
    what: "gcsfuse's sidecar",
    name: path.join("."),
    ...sides,
    effect: "app restarts",
    note: "the mounts restart, and the app with them",
  }));
  const schema: Change[] =
    before.schemaVersion === after.schemaVersion
      ? []
      : [
          {
            what: "version of the declaration",
            before: old.schemaVersion,
            after: wanted.schemaVersion,
            effect: "app restarts",
          },
        ];
  return [
    ...schema,
    ...plain,
    ...checkChanges(before, after),
    ...environmentChanges(before, after, sensitive),
    ...secretChanges(before, after),
    ...portChanges(before.ports, after.ports).map((change) => behindProxy(change, before, after)),
    ...mountChanges(before, after),
    ...diskChanges(before, after, disksByName(before)),
    ...sidecar,
  ];
}

/** Of what the app must answer behind the proxy. */
function checkChanges({ httpCheck: old }: Declaration, { httpCheck: wanted }: Declaration): Change[] {
  const effect = "app restarts";
  return old === undefined || wanted === undefined
    ? old === wanted
      ? []
      : [{ what: "port behind the proxy", before: old?.containerPort, after: wanted?.containerPort, effect }]
    : exactDifferences(old as unknown as Json, wanted as unknown as Json).map(({ path, ...sides }) => ({
        what: "check of the app behind the proxy",
        name: path.join("."),
        ...sides,
        effect,
      }));
}

export function environmentChanges(
  before: Pick<ContainerDeclaration, "environment">,
  after: Pick<ContainerDeclaration, "environment">,
  sensitive: boolean,
): Change[] {
  const names = [...new Set([...Object.keys(before.environment), ...Object.keys(after.environment)])].sort();
  return names
    .filter((name) => own(before.environment, name) !== own(after.environment, name))
    .map((name) => ({
      what: "environment variable",
      name,
      before: own(before.environment, name),
      after: own(after.environment, name),
      secret: sensitive || mayBeSecret(name),
      effect: "app restarts",
    }));
}

export function portChanges(before: readonly PublishedPort[], after: readonly PublishedPort[]): Change[] {
  const [old, wanted] = [before.map(portInWords), after.map(portInWords)];
  const gone = old.filter((item) => !wanted.includes(item));
  const added = wanted.filter((item) => !old.includes(item));
  const published = (port: string) => after.map(publishedInWords).includes(publishedInWords(before[old.indexOf(port)]));
  return Array.from({ length: Math.max(gone.length, added.length) }, (_, index): Change => ({
    what: "port",
    before: gone[index],
    after: added[index],
    effect: "app restarts",
    note:
      gone[index] !== undefined && !published(gone[index])
        ? "clients of the port before no longer reach the app"
        : undefined,
  }));
}

/** The app's port is not published any more because the proxy is: who comes to its port for HTTP is sent to HTTPS. */
function behindProxy(change: Change, before: Declaration, after: Declaration): Change {
  const proxy = proxyOf(after);
  if (proxy === undefined || proxyOf(before) !== undefined || change.after !== undefined) {
    return change;
  }
  const redirecting = proxy.ports.find(({ containerPort }) => containerPort === 80)?.hostPort;
  return {
    ...change,
    note: `the proxy is in front of it now: on port ${redirecting} clients are sent to HTTPS, on others they reach nothing`,
  };
}

/** What clients know of a port. */
function publishedInWords({ hostAddress = "", hostPort, protocol }: PublishedPort): string {
  return `${hostAddress}:${hostPort}/${protocol}`;
}

/** A port as Docker writes it: `8080:80/tcp`. */
export function portInWords({ hostAddress, hostPort, containerPort, protocol }: PublishedPort): string {
  return `${hostAddress === undefined ? "" : `${hostAddress}:`}${hostPort}:${containerPort}/${protocol}`;
}
