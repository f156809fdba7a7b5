import { isChanged } from "./changed-references";
import { declaredChanges } from "./machine-changes";
import { differingArguments } from "../read/differing-arguments";
import { declarationsOf, DocumentBlock, documentBlocks } from "../read/document-blocks";
import { Effect } from "./effects";
import { Exposure } from "../exposures/exposure";
import { isObject, Json, JsonObject, textAt, without } from "../read/json";
import { isOtherVm, mayKeepData } from "./kept-data";
import { OtherChange } from "./other-changes";
import { pairsOf } from "../read/pairs";
import { Stack } from "../read/stack";

/** What else changes of a stack than its resources. */
export interface DocumentChanges {
  readonly others: readonly OtherChange[];
  readonly exposures: readonly Exposure[];
}

/** Changes of what a stack says beside its resources. */
export function documentChanges(before: Stack, after: Stack): DocumentChanges {
  if (before.document === undefined || after.document === undefined) {
    return { others: [], exposures: [] };
  }
  const [old, wanted] = [documentBlocks(before), documentBlocks(after)];
  const listed = listedDeclarations(before, after);
  const changed = [...new Set([...old.keys(), ...wanted.keys()])]
    .sort()
    .filter((name) => isChanged(name, old, wanted) && !listed.has(name));
  return {
    others: changed.map((name) => blockChange(name, old.get(name), wanted.get(name), before)),
    exposures: changed.flatMap((name) => blockExposures(name, old.get(name), wanted.get(name))),
  };
}

/** The declarations whose changes are listed with their app. */
function listedDeclarations(before: Stack, after: Stack): ReadonlySet<string> {
  const listed = pairsOf(before, after).filter(
    ({ before: old, after: wanted }) =>
      old?.declaration === undefined || wanted?.declaration === undefined || declaredChanges(old, wanted).length > 0,
  );
  const [old, wanted] = (["before", "after"] as const).map((side) => listed.flatMap((pair) => pair[side] ?? []));
  return new Set([...declarationsOf({ resources: old }), ...declarationsOf({ resources: wanted })]);
}

function blockChange(
  name: string,
  before: DocumentBlock | undefined,
  after: DocumentBlock | undefined,
  stack: Stack,
): OtherChange {
  const action = before === undefined ? "created" : after === undefined ? "removed" : "changed";
  const attributes = before && after ? argumentsOf(before, after) : [];
  const effects = effectsOf((after ?? before)!, before, attributes, stack);
  const [effect = "nothing", ...also] = effects;
  return {
    address: name,
    action,
    attributes,
    effect,
    ...(also.length > 0 && { also }),
    ...(effects.length > 0 && { note: "what it does is not judged" }),
  };
}

function argumentsOf(before: DocumentBlock, after: DocumentBlock): readonly string[] {
  const [old, wanted] = [before, after].map(({ content }): JsonObject =>
    isObject(content) ? content : { "": content },
  );
  return differingArguments(old, wanted).filter((name) => name !== "");
}

/** Settings of a provider that leave its resources where they are. */
const OF_ACCESS =
  /^(registry_auth|disable_docker_daemon_check|default_labels|add_terraform_attribution_label|user_project_override|billing_project|request_timeout|request_reason|batching|scopes|credentials|access_token|impersonate_.*|alias)(\.|$)/;

/** What cannot be followed may do the worst that it could. */
function effectsOf(
  { section, type = "" }: DocumentBlock,
  before: DocumentBlock | undefined,
  attributes: readonly string[],
  { resources }: Stack,
): readonly Effect[] {
  const moves = ["moved", "removed", "import"].includes(section);
  if (moves || (section === "module" && before !== undefined)) {
    return section === "module" ? ["data could be lost", "VM replaced"] : ["data could be lost"];
  }
  if (section !== "provider" || before === undefined || attributes.every((name) => OF_ACCESS.test(name))) {
    return [];
  }
  const own = resources.filter(
    (resource) =>
      resource.type.startsWith(`${type}_`) && !["project", "zone"].every((key) => textAt(resource.values, key)),
  );
  return [
    ...(own.some(mayKeepData) ? ["data could be lost" as const] : []),
    ...(own.some(isOtherVm) ? ["VM replaced" as const] : []),
  ];
}

const NOT_FOLLOWED = "not judged by this page, and new, changed or gone";

/** What is no value may open something by itself; a value does where it is used. */
function blockExposures(
  name: string,
  before: DocumentBlock | undefined,
  after: DocumentBlock | undefined,
): readonly Exposure[] {
  const { section, type = "" } = (after ?? before)!;
  const isValue = ["variable", "locals", "output"].includes(section);
  // A program that a data source runs is listed with the commands of a deployment.
  const isRead = section === "data" && /^(google_|docker_|external$)/.test(type);
  const isVersion = section === "terraform" && !movesState(type) && !changesProvider(type, before, after);
  return isValue || isRead || isVersion ? [] : [{ severity: 1, text: NOT_FOLLOWED, values: [name] }];
}

function movesState(type: string): boolean {
  return type !== "required_version" && type !== "required_providers";
}

/** Another source of a provider is another program, which runs on the computer that deploys. */
function changesProvider(type: string, before: DocumentBlock | undefined, after: DocumentBlock | undefined): boolean {
  const sources = ({ content }: { content: Json } = { content: {} }) =>
    isObject(content)
      ? Object.entries(content).map(([name, provider]) => [
          name,
          isObject(provider) ? without(provider, "version") : "",
        ])
      : [content];
  return type === "required_providers" && JSON.stringify(sources(before)) !== JSON.stringify(sources(after));
}
