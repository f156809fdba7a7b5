import { ITerraformDependable } from "cdktf";
import { DirectoryImageOptions } from "./directory-image-options";
import { ArtifactRepositoryName } from "./image-reference";

/** Where an app's images come from. */
export interface ImageStore {
  /** The project of the deployment, where there is one. */
  readonly project?: string;
  /** What must be there before an image can be used. */
  readonly dependables: ITerraformDependable[];
  /** Builds an image and returns its reference. */
  build(id: string, directory: string, options: DirectoryImageOptions): string;
  /** Provides an image of any registry. */
  provide(id: string, reference: string): void;
  /** Allows to pull from a repository of Artifact Registry. */
  use(repository: ArtifactRepositoryName, grant: boolean): void;
}
