import { Image } from "@cdktf/provider-docker/lib/image";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { BuiltImage } from "../images/built-image";
import { DirectoryImageOptions } from "../images/directory-image-options";
import { ImageStore } from "../images/image-store";

/** The images of an app on this machine's Docker engine. */
export class EngineImages extends Construct implements ImageStore {
  /** What must be there before a container can be made. */
  public readonly dependables: ITerraformDependable[] = [];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: { readonly name: string; readonly dependsOn: ITerraformDependable[] },
  ) {
    super(scope, id);
  }

  public build(id: string, directory: string, options: DirectoryImageOptions): string {
    // A name that no registry can answer for.
    const repositoryName = `localhost/${this.props.name}/${id}`;
    const { image, reference } = new BuiltImage(this, id, {
      repositoryName,
      directory,
      options,
      dependsOn: this.props.dependsOn,
    });
    this.add(image);
    return reference;
  }

  public provide(id: string, name: string): void {
    this.add(new Image(this, id, { name, keepLocally: true, dependsOn: this.props.dependsOn }));
  }

  /** The engine's own logins decide. */
  public use(): void {}

  private add(image: Image): void {
    this.dependables.push(image);
  }
}
