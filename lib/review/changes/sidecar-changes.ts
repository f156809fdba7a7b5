import { Declaration, SidecarDeclaration } from "../../boot/declaration";
import { Change } from "./change";
import { environmentChanges, portChanges } from "./declaration-changes";
import { secretChanges } from "./secret-changes";
import { diskChanges, disksByName, DisksByName } from "./disk-changes";
import { Effect } from "./effects";
import { Json, stableText } from "../read/json";
import { mountChanges } from "./mount-changes";

/** A sidecar's own values, in words. */
const PLAIN: readonly (readonly [key: keyof SidecarDeclaration, what: string])[] = [
  ["image", "image"],
  ["entrypoint", "entrypoint"],
  ["args", "arguments"],
  ["user", "user"],
  ["restartPolicy", "restart policy"],
  ["stopTimeoutSeconds", "seconds to stop"],
  ["healthCheck", "health check"],
  ["memoryMib", "most memory, in MiB"],
];

/** What changes of the containers beside the app. */
export function sidecarChanges(before: Declaration, after: Declaration, sensitive = false): Change[] {
  const [old, wanted] = [before.sidecars ?? [], after.sidecars ?? []];
  const disks = disksByName(before);
  const isIn = (list: readonly SidecarDeclaration[], name: string) => list.some((other) => other.name === name);
  const moves = (old.length === 0) !== (wanted.length === 0);
  const ofApp = (index: number): Partial<Change> =>
    moves
      ? {
          also: ["app restarts"],
          ...(index === 0 && { note: "the app moves to another Docker network, and restarts" }),
        }
      : {};
  return [
    ...old
      .filter(({ name }) => !isIn(wanted, name))
      .map(({ name, image }, index): Change => ({
        what: "sidecar",
        name,
        before: image,
        effect: "sidecar changes",
        note: "it is stopped; what it wrote into its own container is lost",
        ...ofApp(index),
      })),
    ...wanted.flatMap((sidecar, index): Change[] => {
      const was = old.find(({ name }) => name === sidecar.name);
      return was === undefined
        ? [
            { what: "sidecar", name: sidecar.name, after: sidecar.image, effect: "sidecar changes", ...ofApp(index) },
            ...changesOf(nothingBut(sidecar), sidecar, disks, sensitive),
          ]
        : changesOf(was, sidecar, disks, sensitive);
    }),
  ];
}

/** A sidecar of which nothing is said but what every sidecar has. */
function nothingBut({ name, image, restartPolicy, stopTimeoutSeconds }: SidecarDeclaration): SidecarDeclaration {
  return { name, image, restartPolicy, stopTimeoutSeconds, environment: {}, ports: [], mounts: [] };
}

function changesOf(
  before: SidecarDeclaration,
  after: SidecarDeclaration,
  disks: DisksByName,
  sensitive: boolean,
): Change[] {
  const [old, wanted] = [before, after] as unknown as { [key: string]: Json }[];
  const plain = PLAIN.filter(([key]) => stableText(old[key]) !== stableText(wanted[key])).map(
    ([key, what]): Change => ({
      what,
      before: old[key],
      after: wanted[key],
      effect: "sidecar changes",
      secret: sensitive && ["entrypoint", "args", "healthCheck"].includes(key),
    }),
  );
  return [
    ...plain,
    ...environmentChanges(before, after, sensitive),
    ...secretChanges(before, after),
    ...portChanges(before.ports, after.ports),
    ...mountChanges(before, after),
    ...diskChanges(before, after, disks),
  ].map((change) => ({ ...change, ...inWords(change, after.name) }));
}

/** What the app's own parts are told of, said of a sidecar. */
function inWords({ what, effect, also, note }: Change, sidecar: string): Partial<Change> {
  const ofSidecar = (one: Effect): Effect => (one === "app restarts" ? "sidecar changes" : one);
  return {
    what: `sidecar ${sidecar}: ${what}`,
    effect: ofSidecar(effect),
    also: also?.map(ofSidecar),
    note: note?.replace(/the app/g, "the sidecar"),
  };
}
