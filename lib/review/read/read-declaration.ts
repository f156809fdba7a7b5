import { Declaration } from "../../boot/declaration";
import { at, blocksAt, isObject, Json, JsonObject, textAt, textsAt, textsIn } from "./json";
import { declaredValue } from "./terraform-text";

/** The VM's metadata key that has the declaration. */
export const DECLARATION_KEY = "gcs-backed-container-app";

const REFERENCE = /\bjsonencode\(local\.([A-Za-z0-9_-]+)\)/;

/**
 * The declaration of a resource of a synthesized stack: the local value that it refers to.
 *
 * @param resolve what its values refer to, where that is known
 */
export function declarationOfStack(
  values: JsonObject,
  locals: Json | undefined,
  resolve = (value: Json): Json => value,
): Declaration | undefined {
  return localsOf(values)
    .map((name) => at(locals, name))
    .map((local) => (local === undefined ? undefined : asDeclaration(resolve(declaredValue(local)))))
    .find((declaration) => declaration !== undefined);
}

/** The names of the local values that a resource has as JSON, such as a declaration. */
export function localsOf(values: JsonObject): readonly string[] {
  return textsIn(values).flatMap((text) => REFERENCE.exec(text)?.[1] ?? []);
}

/** The declaration of a resource of a plan: a JSON text in the VM's metadata, or in a file of a container. */
export function declarationOfPlan(values: JsonObject): Declaration | undefined {
  const texts = [at(values, "metadata", DECLARATION_KEY), ...blocksAt(values, "upload").map(({ content }) => content)];
  return texts.map(parse).find((declaration) => declaration !== undefined);
}

function parse(text: Json | undefined): Declaration | undefined {
  if (typeof text !== "string" || !text.startsWith("{")) {
    return undefined;
  }
  try {
    return asDeclaration(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Only as far as a page needs it: what is missing is empty, and what is of another shape is no declaration. */
function asDeclaration(value: Json): Declaration | undefined {
  if (!isObject(value) || value.schemaVersion === undefined || typeof value.image !== "string") {
    return undefined;
  }
  const declared = {
    ...value,
    environment: isObject(value.environment) ? value.environment : {},
    ports: blocksAt(value, "ports"),
    mounts: blocksAt(value, "mounts").map(asMount),
    ...(value.disks !== undefined && { disks: blocksAt(value, "disks").map(asDisk) }),
    gcsfuse: isObject(value.gcsfuse) ? value.gcsfuse : {},
    httpCheck: isObject(value.httpCheck) ? value.httpCheck : undefined,
    ...(value.sidecars !== undefined && { sidecars: blocksAt(value, "sidecars").map(asSidecar) }),
    registries: Array.isArray(value.registries) ? value.registries : [],
  };
  return declared as unknown as Declaration;
}

function asMount(mount: JsonObject): JsonObject {
  return {
    ...mount,
    path: textAt(mount, "path") ?? "",
    bucket: textAt(mount, "bucket") ?? "",
    gcsfuseConfig: isObject(mount.gcsfuseConfig) ? mount.gcsfuseConfig : {},
  };
}

function asDisk(disk: JsonObject): JsonObject {
  return { ...disk, name: textAt(disk, "name") ?? "", path: textAt(disk, "path") ?? "" };
}

/** Lists of texts; what is none is a list of one. */
function ofLists(value: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.filter((key) => value[key] !== undefined).map((key) => [key, textsAt(value, key)]));
}

function asSidecar(value: JsonObject): JsonObject {
  return {
    ...value,
    name: String(value.name),
    image: String(value.image),
    environment: isObject(value.environment) ? value.environment : {},
    ports: blocksAt(value, "ports"),
    mounts: blocksAt(value, "mounts").map(asMount),
    ...(value.disks !== undefined && { disks: blocksAt(value, "disks").map(asDisk) }),
    ...ofLists(value, "entrypoint", "args"),
  };
}
