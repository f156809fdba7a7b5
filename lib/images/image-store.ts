import { ArtifactRegistrySource } from "./artifact-repository";
import { DirectoryImageOptions } from "./directory-image-options";

/** An image that is in a registry already. */
export interface ExistingImage {
  /** The id of the construct, if one is created for the image. */
  readonly id: string;
  readonly reference: string;
  /** Where it is in Artifact Registry; undefined if it is in another registry, or if that is not known. */
  readonly artifactRegistry?: ArtifactRegistrySource;
  /** Whether the app's service account is granted the right to pull it; undefined for the default. */
  readonly grantPull?: boolean;
}

/** How an app's images get to its host: by Artifact Registry in the cloud, by the local engine otherwise. */
export interface ImageStore {
  /** Builds an image from a folder and returns its reference. */
  build(id: string, directory: string, options: DirectoryImageOptions): string;
  /** Prepares what the host needs to pull an image. */
  pull(image: ExistingImage): void;
}
