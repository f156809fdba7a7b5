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
  ["certificatesFor", "domains with certificates"],
];

/** What changes of the containers beside the app. */
export function sidecarChanges(before: Declaration, after: Declaration, sensitive = false): Change[] {
  const [old, wanted] = [before.sidecars ?? [], after.sidecars ?? []];
  const disks = disksByName(before);
  const names = namesBefore(old, wanted);
  const stays = (name: string) => [...names.values()].includes(name);
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
      .filter(({ name }) => !stays(name))
      .map(({ name, image }, index): Change => ({
        what: "sidecar",
        name,
        before: image,
        effect: "sidecar changes",
        note: "it is stopped; what it wrote into its own container is lost",
        ...ofApp(index),
      })),
    ...wanted.flatMap((sidecar, index): Change[] => {
      const was = old.find(({ name }) => name === names.get(sidecar.name));
      if (was !== undefined) {
        return [...renaming(was, sidecar), ...changesOf(was, sidecar, disks, sensitive)];
      }
      return [
        { what: "sidecar", name: sidecar.name, after: sidecar.image, effect: "sidecar changes", ...ofApp(index) },
        ...changesOf(nothingBut(sidecar), sidecar, disks, sensitive),
      ];
    }),
  ];
}

/**
 * The names that sidecars had before, by those that they have now: their own, or that of one which goes and has all the
 * rest in common with one that comes.
 */
function namesBefore(
  old: readonly SidecarDeclaration[],
  wanted: readonly SidecarDeclaration[],
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { name } of wanted.filter((sidecar) => old.some((other) => other.name === sidecar.name))) {
    names.set(name, name);
  }
  for (const sidecar of wanted.filter(({ name }) => !names.has(name))) {
    const taken = [...names.values()];
    const same = old.find((other) => !taken.includes(other.name) && withoutName(other) === withoutName(sidecar));
    if (same !== undefined) {
      names.set(sidecar.name, same.name);
    }
  }
  return names;
}

/** All but the name, which is a part of the reference of an image that is built for it, too. */
function withoutName({ name, image, ...rest }: SidecarDeclaration): string {
  return stableText({ ...rest, image: image.replace(`/sidecar-${name}:`, "/sidecar:") } as unknown as Json);
}

function renaming(
  { name: before }: SidecarDeclaration,
  { name: after, mounts, disks = [] }: SidecarDeclaration,
): Change[] {
  const kept =
    mounts.length + disks.length > 0 ? ", and what is in its mounts and on its disks is there as before" : "";
  return before === after
    ? []
    : [
        {
          what: "sidecar",
          name: after,
          before,
          after,
          effect: "sidecar changes",
          note: `it is renamed, and restarts: the app and the other sidecars reach it as ${after} and no longer as ${before}; what it wrote into its own container is lost${kept}`,
        },
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
