import { Token } from "cdktf";
import { invalidInput } from "../checks/invalid-input";
import { ImageReference, parseImageReference } from "./image-reference";

/** A repository of Artifact Registry. */
export interface ArtifactRepository {
  readonly project: string;
  readonly location: string;
  readonly repository: string;
}

/** Where an image in Artifact Registry is, as far as its reference has no unresolved token. */
export interface ArtifactRegistrySource {
  /** The registry that Docker logs in to. */
  readonly host: string;
  /** Undefined if it contains an unresolved token. */
  readonly repository?: ArtifactRepository;
}

/** The hosts of Container Registry, which Artifact Registry serves now, with the location of their repositories. */
const GCR_LOCATIONS: { readonly [host: string]: string } = {
  "gcr.io": "us",
  "us.gcr.io": "us",
  "eu.gcr.io": "europe",
  "asia.gcr.io": "asia",
};

/**
 * Finds an image in Artifact Registry; undefined if it is in another registry, or if its host contains an unresolved
 * token.
 *
 * @throws if the host is Artifact Registry's but the path names no image of a repository
 * @see https://cloud.google.com/artifact-registry/docs/docker/names
 * @see https://cloud.google.com/artifact-registry/docs/transition/setup-gcr-repo#gcr.io_domain_support
 */
export function artifactRegistrySource(reference: string, what = "image"): ArtifactRegistrySource | undefined {
  const image = parseImageReference(reference, what);
  const host = image.host?.toLowerCase();
  const location = host === undefined ? undefined : locationOf(host);
  if (host === undefined || location === undefined) {
    return undefined;
  }
  if (host !== image.host) {
    // Docker looks up the login by the host exactly as it is written.
    throw invalidInput(what, reference, `use the host in lower case: ${host}`);
  }
  const [project, ...rest] = projectAndRest(image);
  const [repository, ...names] = host in GCR_LOCATIONS ? [host, ...rest] : rest;
  if (!Token.isUnresolved(reference) && names.length === 0) {
    throw invalidInput(
      what,
      reference,
      host in GCR_LOCATIONS
        ? `use ${host}/PROJECT/IMAGE`
        : "use LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE for an image in Artifact Registry",
    );
  }
  const known = project !== undefined && repository !== undefined;
  return { host, repository: known ? { project, location, repository } : undefined };
}

function locationOf(host: string): string | undefined {
  return GCR_LOCATIONS[host] ?? /^([a-z0-9-]+)-docker\.pkg\.dev$/.exec(host)?.[1];
}

/** A path cannot have a colon: the domain-scoped project `example.com:app` is `example.com/app` in it. */
function projectAndRest({ path }: ImageReference): (string | undefined)[] {
  const [first, second, ...rest] = path;
  if (first === undefined || !first.includes(".")) {
    return path.slice();
  }
  return second === undefined ? [] : [`${first}:${second}`, ...rest];
}
