import { Annotations, Token } from "cdktf";
import { Construct } from "constructs";
import { DirectoryImageOptions } from "./directory-image-options";
import { artifactRepositoryOf, parseImageReference } from "./image-reference";
import { ImageStore } from "./image-store";
import { invalidInput } from "../checks/invalid-input";

/** How an image of a registry is pulled. */
export interface RegistryImageOptions {
  /**
   * Whether the app's service account is granted `roles/artifactregistry.reader` on the image's repository. Only for
   * images in Artifact Registry; who deploys needs the right to grant it there.
   *
   * @default - true for a repository of the app's own project, false for another project's
   */
  readonly grantPull?: boolean;
}

/** An image as an app runs it. */
export interface BoundImage {
  readonly reference: string;
}

/** A container image: built here, or one that is in a registry already. */
export abstract class ContainerImage {
  /**
   * Builds the image from a folder with a Dockerfile, for `linux/amd64`, and pushes it to an Artifact Registry repository
   * of the app. Its tag is a hash of the folder (without what `.dockerignore` excludes), so that the same content is the
   * same image on any machine. Needs a Docker engine and the docker provider; images that were pushed are never deleted.
   *
   * @param directory the folder, absolute or relative to the working directory
   * @param options how it is built
   * @throws when an app uses it: if the folder or its Dockerfile is not there, or if something that the tag depends on is
   * known to Terraform only
   * @see https://docs.docker.com/build/concepts/context/
   */
  public static fromDirectory(directory: string, options: DirectoryImageOptions = {}): ContainerImage {
    return new DirectoryImage(directory, options);
  }

  /**
   * Uses an image that is in a registry: a public one of any registry, or one in Artifact Registry. Give a digest, or a tag
   * that never moves: a machine pulls an image once.
   *
   * @param reference the image, for example `ghcr.io/me/app@sha256:…` or `us-east1-docker.pkg.dev/my-project/my-repository/app:1.2`
   * @param options how it is pulled
   * @throws when an app uses it: if it is not an image reference, or is one in Container Registry, which has been shut down
   * @see https://pkg.go.dev/github.com/distribution/reference
   */
  public static fromRegistry(reference: string, options: RegistryImageOptions = {}): ContainerImage {
    return new RegistryImage(reference, options);
  }

  /** @internal */
  public abstract _bind(scope: Construct, id: string, registry: ImageStore): BoundImage;

  /** @internal */
  public abstract _usesArtifactRegistry(): boolean;
}

class DirectoryImage extends ContainerImage {
  constructor(
    private readonly directory: string,
    private readonly options: DirectoryImageOptions,
  ) {
    super();
  }

  public _bind(_scope: Construct, id: string, registry: ImageStore): BoundImage {
    return { reference: registry.build(id, this.directory, this.options) };
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

  public _bind(scope: Construct, id: string, registry: ImageStore): BoundImage {
    if (!Token.isUnresolved(this.reference)) {
      this.check(scope, registry);
    }
    registry.provide(id, this.reference);
    return { reference: this.reference };
  }

  public _usesArtifactRegistry(): boolean {
    return (
      !Token.isUnresolved(this.reference) && artifactRepositoryOf(parseImageReference(this.reference)) !== undefined
    );
  }

  private check(scope: Construct, registry: ImageStore): void {
    const parsed = parseImageReference(this.reference);
    if (/^([a-z]+\.)?gcr\.io$/.test(parsed.host) && parsed.path.startsWith(`${registry.project}/`)) {
      throw invalidInput(
        "image",
        this.reference,
        "Container Registry was shut down in 2025: use LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE of Artifact Registry",
      );
    }
    if (parsed.digest === undefined && (parsed.tag === undefined || parsed.tag === "latest")) {
      Annotations.of(scope).addWarning(
        `image "${this.reference}" has a tag that moves: a machine pulls it once, so a newer image would not be noticed; give a digest or a version's tag`,
      );
    }
    const repository = artifactRepositoryOf(parsed);
    if (repository === undefined || registry.project === undefined) {
      return;
    }
    const own = repository.project === registry.project;
    if (!own && this.options.grantPull === undefined) {
      Annotations.of(scope).addInfo(
        `image "${this.reference}" is in project "${repository.project}": unless it is public, this app's service account needs roles/artifactregistry.reader there; set grantPull to true to grant it with this deployment, or to false if it has it`,
      );
    }
    registry.use(repository, this.options.grantPull ?? own);
  }
}
