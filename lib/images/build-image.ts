import { Image } from "@cdktf/provider-docker/lib/image";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import * as path from "path";
import { BuildContext } from "./build-context";
import { buildSpec } from "./build-spec";
import { DirectoryImageOptions } from "./directory-image-options";
import { StagedFiles } from "../terraform/staged-files";
import { escapeTemplate, escapeValues } from "../terraform/template-text";

export interface BuildImageProps {
  /** The image's name without its tag. */
  readonly repositoryName: string;
  readonly directory: string;
  readonly options: DirectoryImageOptions;
  /** Default: the platform of the engine. */
  readonly platform?: string;
  readonly dependsOn?: ITerraformDependable[];
}

/** The resource of an image that is built, and its reference, which is known before the build. */
export interface BuiltImage {
  readonly reference: string;
  readonly image: Image;
}

/** Creates, in the scope, an image that is built from a copy of a folder and tagged with the folder's hash. */
export function buildImage(scope: Construct, id: string, props: BuildImageProps): BuiltImage {
  const { repositoryName, directory, options, platform, dependsOn } = props;
  const spec = buildSpec(directory, options, platform);
  const { dockerfile, buildArgs, target, builder } = spec;
  const context = new BuildContext(spec);
  // A tag and not a digest: a digest is unresolved until the image is built, and again on every engine that lacks the
  // image, and each plan there would change the VM. The tag cannot be immutable in the registry either: another engine
  // builds another digest from the same folder (times differ), and its push of the same tag must not fail.
  const tag = context.hash();
  const reference = `${repositoryName}:${tag}`;
  const staged = new StagedFiles(scope, `${id}-context`, tag, (folder) => context.copyTo(folder)).path;
  const image = new Image(scope, id, {
    name: reference,
    keepLocally: true,
    dependsOn,
    buildAttribute: {
      context: staged,
      // With buildx the path is relative to Terraform's working directory; without, to the context.
      dockerfile: escapeTemplate(builder === "" ? dockerfile : path.posix.join(staged, dockerfile)),
      platform,
      buildArgs: Object.keys(buildArgs).length > 0 ? escapeValues(buildArgs) : undefined,
      target: target === undefined ? undefined : escapeTemplate(target),
      builder: builder === "" ? undefined : escapeValues({ builder }).builder,
    },
  });
  return { reference, image };
}
