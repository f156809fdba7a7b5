import { Image } from "@cdktf/provider-docker/lib/image";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { buildImage } from "../images/build-image";
import { DirectoryImageOptions } from "../images/directory-image-options";
import { ExistingImage, ImageStore } from "../images/image-store";

export interface EngineImagesProps {
  /** The app's name. */
  readonly name: string;
  readonly dependsOn: ITerraformDependable[];
}

/** The images of a local app. The Docker engine builds them, or pulls them with the user's own logins. */
export class EngineImages extends Construct implements ImageStore {
  /** The images that must exist before a container can be created. */
  public readonly dependables: ITerraformDependable[] = [];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: EngineImagesProps,
  ) {
    super(scope, id);
  }

  public build(id: string, directory: string, options: DirectoryImageOptions): string {
    const { name, dependsOn } = this.props;
    // With the host `localhost`, so that no registry is asked for it.
    const repositoryName = `localhost/${name}/${id}`;
    const { image, reference } = buildImage(this, id, { repositoryName, directory, options, dependsOn });
    this.dependables.push(image);
    return reference;
  }

  public pull({ id, reference }: ExistingImage): void {
    const { dependsOn } = this.props;
    this.dependables.push(new Image(this, id, { name: reference, keepLocally: true, dependsOn }));
  }
}
