import { GcsfuseSidecarOptions } from "./gcsfuse-sidecar-options";
import { ContainerImage } from "./container-image";
import { packageFile } from "../package-file";
import { checkShape, Shape } from "../checks/shape";
import { invalidInput } from "../checks/invalid-input";

const SHAPE: Shape<GcsfuseSidecarOptions> = { image: "image?", aptSource: "string?", privileged: "boolean?" };

const CONTEXT = packageFile("container/gcsfuse");

/**
 * The image that runs gcsfuse: this package's own, built where it is deployed from, or another one.
 *
 * @throws if options for building are given with an image that is not built
 */
export function gcsfuseImage(options: GcsfuseSidecarOptions): ContainerImage {
  checkShape("gcsfuse", options, SHAPE);
  const { image, aptSource } = options;
  if (image !== undefined && aptSource !== undefined) {
    throw invalidInput(
      "aptSource",
      aptSource,
      "it is for building the sidecar's image, which is given: give only one of the two",
    );
  }
  const buildArgs = aptSource === undefined ? undefined : { GCSFUSE_APT_SOURCE: aptSource };
  return image ?? ContainerImage.fromDirectory(CONTEXT, { buildArgs });
}
