import { Annotations, Token } from "cdktf";
import { Construct } from "constructs";
import { artifactRegistrySource } from "./artifact-repository";
import { DirectoryImageOptions } from "./directory-image-options";
import { parseImageReference } from "./image-reference";
import { ImageStore } from "./image-store";
import { prefixErrors } from "../checks/name-construct";
import { checkShape, Shape } from "../checks/shape";

/** How an image is pulled from its registry. */
export interface RegistryImageOptions {
  /**
   * Whether the app's service account is granted `roles/artifactregistry.reader` on the image's repository. Only for
   * images in Artifact Registry; who deploys needs the right to grant it there.
   *
   * @default - true for a repository of the app's own project, false for another project's
   */
  readonly grantPull?: boolean;
}

/** The prop that has the app's image. */
const APP_IMAGE = "image";

const SHAPE: Shape<RegistryImageOptions> = { grantPull: "boolean?" };

/** A container image: built from a folder, or pulled from a registry. */
export abstract class ContainerImage {
  /**
   * Builds the image from a folder with a Dockerfile, for `linux/amd64`, and pushes it to an Artifact Registry
   * repository of the app. Its tag is a hash of the folder (without what `.dockerignore` excludes), so that the same
   * content has the same tag on every computer. Needs a Docker engine and the docker provider. Deployments keep
   * the images that were pushed before; they go with the repository, when the app is destroyed or moves to another region.
   *
   * @param directory the folder, absolute or relative to the working directory
   * @param options how it is built
   * @throws when an app uses it: if the folder or its Dockerfile does not exist or cannot be read, if `.dockerignore` is
   * not valid, or if something that the tag depends on is an unresolved token
   * @see https://docs.docker.com/build/concepts/context/
   */
  public static fromDirectory(directory: string, options: DirectoryImageOptions = {}): ContainerImage {
    return new DirectoryImage(directory, options ?? {});
  }

  /**
   * Uses an image that is in a registry: a public one of any registry, or one in Artifact Registry. Give a digest, or a
   * tag that never moves: a VM pulls an image once.
   *
   * The hosts `gcr.io`, `us.gcr.io`, `eu.gcr.io` and `asia.gcr.io` are Artifact Registry's since Container Registry was shut
   * down in 2025: it serves them from repositories of those names in the image's project
   * (https://cloud.google.com/artifact-registry/docs/transition/setup-gcr-repo).
   *
   * Where a part of the reference is an unresolved token, write host, project and repository literally for an image in
   * Artifact Registry, so that the VM can log in and be granted to pull.
   *
   * @param reference the image, for example `ghcr.io/me/app@sha256:…` or `us-east1-docker.pkg.dev/my-project/my-repository/app:1.2`
   * @param options how it is pulled
   * @throws when an app uses it: if it is not an image reference
   * @see https://pkg.go.dev/github.com/distribution/reference
   */
  public static fromRegistry(reference: string, options: RegistryImageOptions = {}): ContainerImage {
    return new RegistryImage(reference, options ?? {});
  }

  /**
   * Makes the image available to an app, and returns its reference. Errors name the prop that has the image.
   *
   * @internal
   */
  public abstract _bind(scope: Construct, id: string, store: ImageStore, prop?: string): string;

  /** @internal */
  public abstract _usesArtifactRegistry(prop?: string): boolean;
}

class DirectoryImage extends ContainerImage {
  constructor(
    private readonly directory: string,
    private readonly options: DirectoryImageOptions,
  ) {
    super();
  }

  public _bind(_scope: Construct, id: string, store: ImageStore, prop?: string): string {
    return prefixErrors(beforeOptions(prop), () => store.build(id, this.directory, this.options));
  }

  public _usesArtifactRegistry(): boolean {
    return true;
  }
}

class RegistryImage extends ContainerImage {
  constructor(
    private readonly reference: string,
    private readonly options: RegistryImageOptions,
  ) {
    super();
  }

  public _bind(scope: Construct, id: string, store: ImageStore, prop: string = APP_IMAGE): string {
    const { reference } = this;
    prefixErrors(beforeOptions(prop), () =>
      checkShape("options of ContainerImage.fromRegistry", this.options, SHAPE, {
        prefix: "",
        example: "{ grantPull: true }",
      }),
    );
    const { tag, digest } = parseImageReference(reference, prop);
    if (!Token.isUnresolved(reference) && digest === undefined && (tag === undefined || tag === "latest")) {
      Annotations.of(scope).addWarning(
        `${prop} "${reference}" has a tag that moves: a VM pulls it once, so a newer image would not be noticed; give a digest or a version's tag`,
      );
    }
    const { grantPull } = this.options;
    store.pull({ id, reference, artifactRegistry: artifactRegistrySource(reference, prop), grantPull });
    return reference;
  }

  public _usesArtifactRegistry(prop: string = APP_IMAGE): boolean {
    return artifactRegistrySource(this.reference, prop) !== undefined;
  }
}

/** What a message has before the name of an image's option. */
function beforeOptions(prop: string = APP_IMAGE): string {
  return prop === APP_IMAGE ? "" : `${prop}: `;
}
