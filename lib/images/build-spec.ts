import { Token } from "cdktf";
import * as path from "path";
import { invalidInput, requireMatch } from "../checks/invalid-input";
import { checkShape, Shape } from "../checks/shape";
import { DirectoryImageOptions } from "./directory-image-options";

const SHAPE: Shape<DirectoryImageOptions> = {
  dockerfile: "string?",
  buildArgs: 'map? such as { VERSION: "1.2" }',
  target: "string?",
  builder: "string?",
};

const EXAMPLE = '{ dockerfile: "docker/Dockerfile" }';

/** How an image is built: the options, checked and complete. */
export interface BuildSpec {
  /** The folder, as it was given. */
  readonly directory: string;
  /** The normalized path, with slashes. */
  readonly dockerfile: string;
  readonly buildArgs: { readonly [name: string]: string };
  readonly target?: string;
  readonly builder: string;
  /** Default: the platform of the engine. */
  readonly platform?: string;
}

/**
 * Checks the options for building an image, and adds the defaults.
 *
 * @throws if a value is not a string, is an unresolved token, or names a Dockerfile outside of the folder
 */
export function buildSpec(directory: string, options: DirectoryImageOptions, platform?: string): BuildSpec {
  checkShape("options of ContainerImage.fromDirectory", options, SHAPE, {
    prefix: "",
    example: EXAMPLE,
  });
  const { dockerfile = "Dockerfile", buildArgs = {}, target, builder = "default" } = options;
  requireText(
    "image directory",
    directory,
    'use the path of a folder with a Dockerfile, "." for the working directory',
  );
  requireText("dockerfile", dockerfile, "use a path in the image's folder, relative to it");
  requireBuildArgs(buildArgs);
  if (target !== undefined) {
    requireText("target", target, "use the name of a stage of the Dockerfile");
  }
  const normalized = path.posix.normalize(dockerfile);
  if (normalized === ".." || normalized.startsWith("../") || path.posix.isAbsolute(normalized)) {
    throw invalidInput("dockerfile", dockerfile, "use a path in the image's folder, relative to it");
  }
  return { directory, dockerfile: normalized, buildArgs, target, builder, platform };
}

function requireBuildArgs(buildArgs: { readonly [name: string]: string }): void {
  for (const [name, value] of Object.entries(buildArgs)) {
    requireKnown("name of a build argument", name);
    requireMatch(
      "name of a build argument",
      name,
      /^[A-Za-z_][A-Za-z0-9_.-]*$/,
      'use letters, digits, "_", "." and "-", not beginning with a digit',
    );
    requireKnown(`build argument ${name}`, value);
  }
}

function requireText(what: string, value: unknown, allowed: string): void {
  if (typeof value !== "string" || value === "") {
    throw invalidInput(what, value, allowed);
  }
  requireKnown(what, value);
}

/** The tag is a hash of all that the image depends on, and must be known at synthesis. */
function requireKnown(what: string, value: string): void {
  if (Token.isUnresolved(value)) {
    throw invalidInput(what, value, "the image's tag depends on it: use a value that is known before Terraform runs");
  }
}
