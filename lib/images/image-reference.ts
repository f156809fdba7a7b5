import { invalidInput } from "../checks/invalid-input";

/** A container image's reference in parts. */
export interface ImageReference {
  /** The registry's host, `docker.io` where none is given. */
  readonly host: string;
  readonly path: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** A repository of Artifact Registry. */
export interface ArtifactRepositoryName {
  readonly host: string;
  readonly project: string;
  readonly location: string;
  readonly repository: string;
}

const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const HOST =
  "(?:localhost|[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+)(?::[0-9]+)?|[A-Za-z0-9-]+:[0-9]+";
const REFERENCE = new RegExp(
  `^(?:(?<host>${HOST})/)?(?<path>${COMPONENT}(?:/${COMPONENT})*)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?<digest>sha256:[a-f0-9]{64}))?$`,
);

/**
 * Reads an image reference.
 *
 * @throws if it is not one
 * @see https://pkg.go.dev/github.com/distribution/reference
 */
export function parseImageReference(reference: string): ImageReference {
  const groups = REFERENCE.exec(reference)?.groups;
  // A domain-scoped project has a colon in its name, which no reference can have: it is a folder of its own there.
  if (groups === undefined) {
    throw invalidInput("image", reference, 'use a reference such as "ghcr.io/me/app:1.2" or "ghcr.io/me/app@sha256:…"');
  }
  return { host: groups.host ?? "docker.io", path: groups.path, tag: groups.tag, digest: groups.digest };
}

/**
 * The repository of an image in Artifact Registry; undefined where the image is in another registry.
 *
 * @throws if the host is Artifact Registry's but the path names no image of a repository
 * @see https://cloud.google.com/artifact-registry/docs/docker/names
 */
export function artifactRepositoryOf(reference: ImageReference): ArtifactRepositoryName | undefined {
  const location = /^([a-z0-9-]+)-docker\.pkg\.dev$/.exec(reference.host)?.[1];
  if (location === undefined) {
    return undefined;
  }
  const parts = reference.path.split("/");
  const scoped = parts[0].includes(".");
  const [project, repository, image] = scoped ? [`${parts[0]}:${parts[1]}`, parts[2], parts[3]] : parts;
  if (image === undefined) {
    throw invalidInput(
      "image",
      `${reference.host}/${reference.path}`,
      "use LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE for an image in Artifact Registry",
    );
  }
  return { host: reference.host, project, location, repository };
}
