import { Token, Tokenization } from "cdktf";
import { invalidInput } from "../checks/invalid-input";

/** The parts of an image reference that are known: a part with an unresolved token, and the path after it, are not. */
export interface ImageReference {
  /** The registry's host, `docker.io` if the reference has none; undefined if it contains a token. */
  readonly host?: string;
  /** The components of the path, up to the first with a token. */
  readonly path: readonly string[];
  readonly tag?: string;
  readonly digest?: string;
}

/** The limit for the path, without the host, in characters. */
const LONGEST_PATH = 255;

const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const DOMAIN = `localhost(?::[0-9]+)?|${LABEL}(?:\\.${LABEL})+(?::[0-9]+)?`;
const NAME_WITH_PORT = `${LABEL}:[0-9]+`;
const IPV6 = "\\[[A-Fa-f0-9:]+\\](?::[0-9]+)?";
const DIGEST = "sha256:[a-f0-9]{64}";

const REFERENCE = referenceWith(DIGEST);

/** Replaces a token before matching. It is valid in every part of a reference except a port and a digest. */
const PLACEHOLDER = "unresolved0token";
const REFERENCE_WITH_TOKENS = referenceWith(`[^/@]*${PLACEHOLDER}[^/@]*|${DIGEST}`);

function referenceWith(digest: string): RegExp {
  return new RegExp(
    `^(?:(?<host>${DOMAIN}|${NAME_WITH_PORT}|${IPV6})/)?` +
      `(?<path>${COMPONENT}(?:/${COMPONENT})*)` +
      `(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?` +
      `(?:@(?<digest>${digest}))?$`,
  );
}

/**
 * Parses an image reference. If it has unresolved tokens, the known parts are returned.
 *
 * @throws if it has no token and is not an image reference
 * @see https://pkg.go.dev/github.com/distribution/reference
 */
export function parseImageReference(reference: string, what = "image"): ImageReference {
  if (typeof reference === "string" && Token.isUnresolved(reference)) {
    return parseKnownParts(reference);
  }
  const groups = typeof reference === "string" ? REFERENCE.exec(reference)?.groups : undefined;
  if (groups === undefined) {
    throw invalidInput(what, reference, 'use a reference such as "ghcr.io/me/app:1.2" or "ghcr.io/me/app@sha256:…"');
  }
  if (groups.path.length > LONGEST_PATH) {
    throw invalidInput(
      what,
      reference,
      `its name has ${groups.path.length} characters: use at most ${LONGEST_PATH}, the registry's host not counted`,
    );
  }
  if (/^[a-f0-9]{64}$/.test(reference)) {
    throw invalidInput(what, reference, "it is an image's id, which only the engine that has the image knows");
  }
  const { host = "docker.io", path, tag, digest } = groups;
  return { host, path: path.split("/"), tag, digest };
}

/** A token may resolve to any text, even to several parts: in `${token}/app` it may be a host with a path. */
function parseKnownParts(reference: string): ImageReference {
  const groups = REFERENCE_WITH_TOKENS.exec(withoutTokens(reference))?.groups;
  if (groups === undefined) {
    return { path: [] };
  }
  const { host } = groups;
  const path = groups.path.split("/");
  const hidden = path.findIndex((component) => component.includes(PLACEHOLDER));
  if (host?.includes(PLACEHOLDER) || (host === undefined && hidden === 0)) {
    return { path: [] };
  }
  return { host: host ?? "docker.io", path: hidden === -1 ? path : path.slice(0, hidden) };
}

/** Replaces each token by the placeholder. */
function withoutTokens(reference: string): string {
  const hide = (part: string) => (Token.isUnresolved(part) ? PLACEHOLDER : part);
  return hide(Tokenization.reverseString(reference).join({ join: (left, right) => hide(left) + hide(right) }));
}
