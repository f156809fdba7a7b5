import { ContainerImage } from "./container-image";

/**
 * Caddy's own published image of version 2.11.4, by the digest of its list for all architectures.
 *
 * @see https://hub.docker.com/_/caddy
 */
export const PROXY_IMAGE =
  "docker.io/library/caddy:2.11.4@sha256:bfbff8b17bbd229b0255dbd33173646339e5afd4b0920f5e0fecbb6ee6d6c4dd";

/** The image of the proxy in front of an app. The VM pulls it from where it is published: nothing is built. */
export function proxyImage(): ContainerImage {
  return ContainerImage.fromRegistry(PROXY_IMAGE);
}
