import { isObject, Json, JsonObject, without } from "./json";
import { exists } from "./known-values";
import { declarationOfStack } from "./read-declaration";
import { withKnownNames } from "./references";
import { Resource, ReviewInputError, Stack } from "./stack";

/**
 * Reads a synthesized stack.
 *
 * @param text the content of a `cdk.tf.json`
 * @param name how messages call it
 * @throws ReviewInputError if it is something else
 */
export function readStack(text: string, name: string): Stack {
  const content = parseObject(text, name);
  if (content.resource_changes !== undefined || content.planned_values !== undefined) {
    throw new ReviewInputError(`"${name}" is a plan: give it with --plan`);
  }
  if (!isObject(content.terraform) && !isObject(content.resource)) {
    throw new ReviewInputError(
      `"${name}" is not a synthesized stack: give a cdk.tf.json as "cdktf synth" writes it, or its folder`,
    );
  }
  const resources = resourceBlocks(content.resource ?? {}, name).map(([type, id, block]): Resource => {
    const values = without(block, "//");
    return { address: `${type}.${id}`, type, values, declaration: declarationOfStack(values, content.locals) };
  });
  return {
    resources: resources
      .filter(exists)
      .map((resource) => withKnownNames(resource, resources))
      .sort((a, b) => (a.address < b.address ? -1 : 1)),
    document: withoutComments(content) as JsonObject,
  };
}

/** Without what cdktf and others write for readers: Terraform ignores it. */
function withoutComments(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(withoutComments);
  }
  return isObject(value)
    ? Object.fromEntries(Object.entries(without(value, "//")).map(([key, item]) => [key, withoutComments(item)]))
    : value;
}

/**
 * @throws ReviewInputError if the text is not a JSON object
 */
export function parseObject(text: string, name: string): JsonObject {
  let content: Json;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new ReviewInputError(`"${name}" is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(content)) {
    throw new ReviewInputError(`"${name}" is not a JSON object`);
  }
  return content;
}

function resourceBlocks(types: Json, name: string): [string, string, JsonObject][] {
  return entries(types, name).flatMap(([type, blocks]) =>
    entries(blocks, name).map(([id, block]): [string, string, JsonObject] => {
      if (!isObject(block)) {
        throw new ReviewInputError(`"${name}" is not a synthesized stack: ${type}.${id} is not an object`);
      }
      return [type, id, block];
    }),
  );
}

function entries(value: Json, name: string): [string, Json][] {
  if (!isObject(value)) {
    throw new ReviewInputError(`"${name}" is not a synthesized stack: its resources are not objects`);
  }
  return Object.entries(value);
}
