import {
  containersOf,
  Declaration,
  DiskDeclaration,
  MountDeclaration,
  PublishedPort,
  SidecarDeclaration,
} from "../../boot/declaration";

/** The name of the proxy, which is that of https-proxy.ts. */
export const PROXY = "https";

/** The proxy in front of the app, which gets HTTPS by it: the app then has ports that are not published. */
export function proxyOf(declaration: Declaration | undefined): SidecarDeclaration | undefined {
  return declaration?.httpCheck === undefined
    ? undefined
    : (declaration.sidecars ?? []).find(({ name }) => name === PROXY);
}

/** Whose password the proxy asks for, and the secret with its hash, if it asks for one. The names are those of https-proxy.ts. */
export function passwordOf(
  declaration: Declaration | undefined,
): { readonly user: string; readonly secret: string; readonly version: string } | undefined {
  const { environment, secrets } = proxyOf(declaration) ?? {};
  const hash = secrets?.PASSWORD_HASH;
  return hash === undefined
    ? undefined
    : { user: environment?.BASIC_AUTH_USER ?? "?", secret: hash.secret, version: hash.version };
}

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

/** The disks of the app and of its sidecars, with paths as `mountsOf` has them. */
export function disksOf(declaration: Declaration | undefined): readonly DiskDeclaration[] {
  const sidecars = declaration?.sidecars ?? [];
  return [
    ...(declaration?.disks ?? []),
    ...sidecars.flatMap(({ name, disks = [] }) => disks.map((disk) => ({ ...disk, path: `${name}:${disk.path}` }))),
  ];
}
