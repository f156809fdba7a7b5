import { Token, Tokenization } from "cdktf";
import { invalidInput } from "../checks/invalid-input";

/** A container image's reference in parts. An unresolved token hides a part, and what comes after it in the path. */
export interface ImageReference {
  /** The registry's host, `docker.io` where the reference has none; undefined where a token hides it. */
  readonly host?: string;
  /** The components of the path that are known. */
  readonly path: readonly string[];
  readonly tag?: string;
  readonly digest?: string;
}

/** Of the path, without the host. */
const LONGEST_PATH = 255;

const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const DOMAIN = `localhost(?::[0-9]+)?|${LABEL}(?:\\.${LABEL})+(?::[0-9]+)?`;
const NAME_WITH_PORT = `${LABEL}:[0-9]+`;
const IPV6 = "\\[[A-Fa-f0-9:]+\\](?::[0-9]+)?";
const DIGEST = "sha256:[a-f0-9]{64}";

const REFERENCE = referenceWith(DIGEST);

/** Stands for a token: possible in every part of a reference but a port and a digest. */
const HIDDEN = "unresolved0token";
const REFERENCE_WITH_TOKENS = referenceWith(`[^/@]*${HIDDEN}[^/@]*|${DIGEST}`);

function referenceWith(digest: string): RegExp {
  return new RegExp(
    `^(?:(?<host>${DOMAIN}|${NAME_WITH_PORT}|${IPV6})/)?` +
      `(?<path>${COMPONENT}(?:/${COMPONENT})*)` +
      `(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?` +
      `(?:@(?<digest>${digest}))?$`,
  );
}

/**
 * Reads an image reference; of one that has unresolved tokens, what is known.
 *
 * @throws if it is not one, whatever the tokens turn out to be
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

/** A token may stand for any text, also for several parts of the reference. */
function parseKnownParts(reference: string): ImageReference {
  const groups = REFERENCE_WITH_TOKENS.exec(withoutTokens(reference))?.groups;
  if (groups === undefined) {
    return { path: [] };
  }
  const { host } = groups;
  const path = groups.path.split("/");
  const hidden = path.findIndex((component) => component.includes(HIDDEN));
  if (host?.includes(HIDDEN) || (host === undefined && hidden === 0)) {
    return { path: [] };
  }
  return { host: host ?? "docker.io", path: hidden === -1 ? path : path.slice(0, hidden) };
}

/** Each token replaced by the same word. */
function withoutTokens(reference: string): string {
  const hide = (part: string) => (Token.isUnresolved(part) ? HIDDEN : part);
  return hide(Tokenization.reverseString(reference).join({ join: (left, right) => hide(left) + hide(right) }));
}
