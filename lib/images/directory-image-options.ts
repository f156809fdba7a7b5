/**
 * How an image is built from a folder. No value can be an unresolved token, since the image's tag depends on all of
 * them.
 */
export interface DirectoryImageOptions {
  /**
   * The Dockerfile, a path in the folder and relative to it.
   *
   * @default "Dockerfile"
   * @throws if it is not a path in the folder, if there is no such file, or if it is an unresolved token
   */
  readonly dockerfile?: string;

  /**
   * Docker's `--build-arg`. They are part of the image's tag, and of the Terraform state: no secrets here.
   *
   * @default - none
   * @throws if a value is an unresolved token
   */
  readonly buildArgs?: { [name: string]: string };

  /**
   * The stage that is built (Docker's `--target`).
   *
   * @default - the last stage
   * @throws if it is an unresolved token
   */
  readonly target?: string;

  /**
   * The buildx builder that builds, as `docker buildx ls` names it; empty for the engine's own build endpoint, which
   * fails on engines that have the containerd image store.
   *
   * @default "default" - the engine's own builder, through the buildx that is part of the docker provider
   * @see https://registry.terraform.io/providers/kreuzwerker/docker/3.6.2/docs/resources/image#builder-1
   */
  readonly builder?: string;
}
