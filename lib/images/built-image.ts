import { Image } from "@cdktf/provider-docker/lib/image";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import * as path from "path";
import { BuildContext } from "./build-context";
import { DirectoryImageOptions } from "./directory-image-options";
import { StagedContext } from "./staged-context";
import { escapeValues } from "../terraform/template-text";

export interface BuiltImageProps {
  /** The image's name without its tag. */
  readonly repositoryName: string;
  readonly directory: string;
  readonly options: DirectoryImageOptions;
  /** The engine's own where none is given. */
  readonly platform?: string;
  readonly dependsOn?: ITerraformDependable[];
}

/** An image that is built from a folder and tagged with the folder's hash. */
export class BuiltImage {
  public readonly reference: string;
  public readonly image: Image;

  constructor(scope: Construct, id: string, props: BuiltImageProps) {
    const { repositoryName, directory, options, platform, dependsOn } = props;
    const { dockerfile = "Dockerfile", buildArgs = {}, target, builder = "default" } = options;
    const context = new BuildContext(directory, { dockerfile, buildArgs, target, platform });
    const tag = context.hash();
    this.reference = `${repositoryName}:${tag}`;
    const staged = new StagedContext(scope, `${id}-context`, context, tag).path;
    this.image = new Image(scope, id, {
      name: this.reference,
      keepLocally: true,
      dependsOn,
      buildAttribute: {
        context: staged,
        // buildx looks for it from where Terraform runs, the engine's own endpoint in the context.
        dockerfile: builder === "" ? dockerfile : path.posix.join(staged, dockerfile),
        platform,
        buildArgs: Object.keys(buildArgs).length > 0 ? escapeValues(buildArgs) : undefined,
        target,
        builder: builder === "" ? undefined : builder,
      },
    });
  }
}
