import { Token } from "cdktf";
import { ContainerImage } from "./container-image";
import { GcsfuseSidecarOptions } from "./gcsfuse-sidecar-options";
import { checkShape, Shape } from "../checks/shape";
import { invalidInput } from "../checks/invalid-input";
import { packageImage } from "./package-image";

const SHAPE: Shape<GcsfuseSidecarOptions> = {
  image: "image?",
  aptSource: "string?",
  baseImage: "string?",
  privileged: "boolean?",
};

/**
 * The image that runs gcsfuse: the given one, or this package's own, which is built by the computer that deploys.
 *
 * @throws if options for building are given with an image that is not built, or are not valid
 */
export function gcsfuseImage(options: GcsfuseSidecarOptions): ContainerImage {
  checkShape("gcsfuse", options, SHAPE, { example: "{ privileged: true }" });
  const { image, aptSource, baseImage } = options;
  if (image === undefined) {
    const buildArgs = aptSource === undefined ? {} : argsOf(aptSource);
    return packageImage("gcsfuse", { baseImage, prop: "gcsfuse.baseImage", buildArgs });
  }
  for (const [what, value] of Object.entries({ aptSource, baseImage })) {
    if (value !== undefined) {
      throw invalidInput(
        `gcsfuse.${what}`,
        value,
        "it is for building the sidecar's image, which is given: give only one of the two",
      );
    }
  }
  return image;
}

function argsOf(aptSource: string): { [name: string]: string } {
  if (typeof aptSource !== "string" || Token.isUnresolved(aptSource) || !/^deb\s.*\S$/.test(aptSource)) {
    throw invalidInput(
      "gcsfuse.aptSource",
      aptSource,
      'use one line that begins with "deb", known before Terraform runs',
    );
  }
  return { GCSFUSE_APT_SOURCE: aptSource };
}
