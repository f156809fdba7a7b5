import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { isObject, Json, own } from "../review/read/json";
import { readText, stackName } from "./stack-files";

/** cdktf's, beside the folder of the stacks. */
const MANIFEST = "manifest.json";
const WARNING = "@cdktf/warn";

export interface SynthesisWarning {
  /** The path of the construct that it is of. */
  readonly of: string;
  readonly message: string;
}

/**
 * The warnings of the synthesis that wrote a stack's file: only "cdktf synth" prints them. None where cdktf's manifest is not there,
 * or is another one's.
 */
export function warningsOf(file: string): readonly SynthesisWarning[] {
  const manifest = join(dirname(file), "..", "..", MANIFEST);
  if (!existsSync(manifest)) {
    return [];
  }
  return annotationsIn(manifest, stackName(file)).flatMap((one) =>
    isObject(one) && one.level === WARNING && typeof one.message === "string"
      ? [{ of: typeof one.constructPath === "string" ? one.constructPath : stackName(file), message: one.message }]
      : [],
  );
}

function annotationsIn(manifest: string, stack: string): readonly Json[] {
  try {
    const { stacks } = JSON.parse(readText(manifest)) as {
      stacks?: { [name: string]: { annotations?: Json } | undefined };
    };
    const annotations = own(stacks ?? {}, stack)?.annotations;
    return Array.isArray(annotations) ? annotations : [];
  } catch {
    return [];
  }
}
