import { ContainerDeclaration, Declaration, isSameMount, MountDeclaration } from "../../boot/declaration";
import { Change } from "./change";
import { Json, stableText } from "../read/json";

const APP = "app";

/**
 * The containers that restart though no change of their own says so: because something is in another order, because the
 * mounts before theirs have changed, which gives theirs other numbers, or because what all containers share has changed.
 *
 * @param changes what is said already
 */
export function otherRestarts(before: Declaration, after: Declaration, changes: readonly Change[]): Change[] {
  const [old, wanted] = [createdFrom(before), createdFrom(after)];
  return [...wanted].flatMap(([name, text]): Change[] => {
    if (!old.has(name) || old.get(name) === text || isSaid(name, changes)) {
      return [];
    }
    const note =
      "it restarts too: what it shares with others, the order of its parts, or the number of its mounts changes";
    return name === APP
      ? [{ what: "app", note, effect: "app restarts" }]
      : [{ what: "sidecar", name, note, effect: "sidecar changes" }];
  });
}

function isSaid(name: string, changes: readonly Change[]): boolean {
  return changes.some(({ what, effect, also = [] }) =>
    name === APP
      ? [effect, ...also].includes("app restarts")
      : what.startsWith(`sidecar ${name}: `) && [effect, ...also].includes("sidecar changes"),
  );
}

/** What each container is created from on the VM, as lib/boot/scripts/declaration.py has it: another one restarts it. */
function createdFrom(declaration: Declaration): ReadonlyMap<string, string> {
  const sidecars = declaration.sidecars ?? [];
  const containers = [[APP, declaration], ...sidecars.map((sidecar) => [sidecar.name, sidecar] as const)] as const;
  const numbered = numberedMounts(containers);
  return new Map(
    containers.map(([name, container]) => {
      const mounts = numbered.flatMap(({ mount, paths, first }, index) =>
        paths.has(name) ? [{ index, first, mount: { ...mount, path: paths.get(name)! } }] : [],
      );
      const parts = {
        ...ownParts(container),
        mounts,
        gcsfuse: mounts.length > 0 ? declaration.gcsfuse : undefined,
        metadataServerAccess: declaration.metadataServerAccess,
        network: sidecars.length > 0,
      };
      return [name, stableText(JSON.parse(JSON.stringify(parts)) as Json)] as const;
    }),
  );
}

/** What a container has alone, without what restarts nothing. */
function ownParts(container: ContainerDeclaration): object {
  const rest: Partial<Declaration> = { ...container };
  for (const key of ["schemaVersion", "startTimeoutSeconds", "updates", "registries", "sidecars"] as const) {
    delete rest[key];
  }
  return { ...rest, disks: container.disks ?? [] };
}

interface NumberedMount {
  readonly mount: MountDeclaration;
  /** Where the containers have it, by their names. */
  readonly paths: Map<string, string>;
  /** The container whose image tells the owner of the files. */
  readonly first: string;
}

/** One gcsfuse for each mount; containers that declare the same one share it. */
function numberedMounts(
  containers: readonly (readonly [name: string, container: ContainerDeclaration])[],
): readonly NumberedMount[] {
  const numbered: NumberedMount[] = [];
  for (const [name, container] of containers) {
    for (const mount of container.mounts) {
      const same = numbered.find(({ mount: other, paths }) => !paths.has(name) && isSameMount(other, mount));
      if (same === undefined) {
        numbered.push({ mount, paths: new Map([[name, mount.path]]), first: name });
      } else {
        same.paths.set(name, mount.path);
      }
    }
  }
  return numbered;
}
