import { Declaration } from "../../lib/boot/declaration";
import { readLocal } from "./json-local";
import { named, uploadsOf } from "./local";
import { only, Synthesized } from "./synthesize";

/** The declaration behind Terraform's expression for its JSON text. Expressions in it stay as they are. */
export function declarationBehind(stack: Synthesized, expression: string): Declaration {
  const [, local] = /^\$\{(?:replace\()?jsonencode\(local\.([\w-]+)\)/.exec(expression)!;
  return readLocal(stack.locals![local]) as Declaration;
}

/** What the VM of a name is to run; without a name, the only one. */
export function declarationOf(stack: Synthesized, name?: string): Declaration {
  const type = "google_compute_instance";
  const { metadata } = name === undefined ? only(stack, type) : named(stack, type, name);
  return declarationBehind(stack, metadata["gcs-backed-container-app"]);
}

/** What the local stand-in is to run. */
export function localDeclarationOf(stack: Synthesized, name = "gallery"): Declaration {
  return declarationBehind(stack, uploadsOf(stack, name)["declaration.json"]);
}
