import { Token } from "cdktf";
import { packageFile } from "../package-file";
import { ContainerImage } from "./container-image";
import { parseImageReference } from "./image-reference";
import { invalidInput } from "../checks/invalid-input";

export interface PackageImageOptions {
  /** The image that it is built on. Default: the one that its Dockerfile names. */
  readonly baseImage?: string;
  /** The name of the prop that gives it, in a message. Default: baseImage. */
  readonly prop?: string;
  readonly buildArgs?: { [name: string]: string };
}

/**
 * An image of this package, built from a folder of `container/`.
 *
 * @throws if the base image is not an image reference, or an unresolved token
 */
export function packageImage(folder: string, options: PackageImageOptions = {}): ContainerImage {
  const { baseImage, prop = "baseImage", buildArgs = {} } = options;
  const args = baseImage === undefined ? buildArgs : { BASE_IMAGE: checked(prop, baseImage), ...buildArgs };
  return ContainerImage.fromDirectory(packageFile(`container/${folder}`), { buildArgs: args });
}

function checked(prop: string, baseImage: string): string {
  if (Token.isUnresolved(baseImage)) {
    throw invalidInput(
      prop,
      baseImage,
      "the built image's tag depends on it: use a value that is known before Terraform runs",
    );
  }
  parseImageReference(baseImage, prop);
  return baseImage;
}
