import * as path from "path";
import { GcsfuseSidecarOptions } from "./container-app-props";
import { ContainerImage } from "./container-image";
import { invalidInput } from "./invalid-input";

const CONTEXT = path.join(__dirname, "..", "container", "gcsfuse");

/**
 * The image that runs gcsfuse: this package's own, built where it is deployed from, or another one.
 *
 * @throws if options for building are given with an image that is not built
 */
export function sidecarImage({ image, aptSource }: GcsfuseSidecarOptions = {}): ContainerImage {
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
