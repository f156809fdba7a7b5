import { ArtifactRegistrySource } from "./artifact-repository";
import { DirectoryImageOptions } from "./directory-image-options";

/** An image that is in a registry already, as an app names it. */
export interface ExistingImage {
  /** The construct's id where the image becomes a resource. */
  readonly id: string;
  readonly reference: string;
  /** Where it is in Artifact Registry; undefined where it is elsewhere, or where that is not known. */
  readonly artifactRegistry?: ArtifactRegistrySource;
  /** Whether the app's service account is granted the right to pull it; undefined if nobody said. */
  readonly grantPull?: boolean;
}

/** How an app's images get to the host that runs them. */
export interface ImageStore {
  /** Builds an image from a folder and returns its reference. */
  build(id: string, directory: string, options: DirectoryImageOptions): string;
  /** Lets the host pull an image. */
  pull(image: ExistingImage): void;
}
