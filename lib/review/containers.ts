import { containersOf, Declaration, MountDeclaration, PublishedPort } from "../boot/declaration";

/** What the app and its sidecars publish. */
export function publishedPortsOf(declaration: Declaration | undefined): readonly PublishedPort[] {
  return declaration === undefined ? [] : containersOf(declaration).flatMap(({ container }) => container.ports);
}

/** The mounts of the app and of its sidecars; the path of a sidecar's begins with its name: `db:/dumps`. */
export function mountsOf(declaration: Declaration | undefined): readonly MountDeclaration[] {
  const sidecars = declaration?.sidecars ?? [];
  return [
    ...(declaration?.mounts ?? []),
    ...sidecars.flatMap(({ name, mounts }) => mounts.map((mount) => ({ ...mount, path: `${name}:${mount.path}` }))),
  ];
}
