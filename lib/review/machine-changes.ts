import { looksLikeSecret } from "../checks/secret-names";
import { Change } from "./change";
import { declarationChanges } from "./declaration-changes";
import { attributeOf, Difference, differences } from "./differences";
import { Effect } from "./effects";
import { at, blocksAt, isObject, JsonObject, textAt, without } from "./json";
import { DECLARATION_KEY } from "./read-declaration";
import { isReplaced, replaces, stopsVm } from "./replacement";
import { PlannedAction, Resource } from "./stack";

const NEW_VERSION = "another version of the library: the VM's scripts and units change";

/** What says nothing of the VM itself, or is computed from what is compared. */
export const NOT_COMPARED = [
  "depends_on",
  "lifecycle",
  "effective_labels",
  "terraform_labels",
  "timeouts",
  "provisioner",
];

/** What changes of the VM of an app, or of the container that stands in for it. */
export function machineChanges(before: Resource, after: Resource, planned?: PlannedAction): Change[] {
  const declared = declaredChanges(before, after);
  const own = differences(shown(before), shown(after)).map((difference) =>
    attributeChange(after.type, difference, planned),
  );
  const replaced = isReplaced(planned) && !own.some(({ effect }) => effect === "VM replaced");
  if (after.type !== "google_compute_instance") {
    return [...declared, ...own.map((change): Change => ({ ...change, effect: "app restarts" }))];
  }
  return [
    ...declared,
    ...interfaceChanges(before, after),
    ...own,
    ...(replaced ? [{ what: "VM", note: "Terraform creates it anew", effect: "VM replaced" } as const] : []),
  ];
}

function declaredChanges(before: Resource, after: Resource): Change[] {
  if (before.declaration === undefined || after.declaration === undefined) {
    const appears = before.declaration !== after.declaration;
    return appears
      ? [
          {
            what: "declaration",
            note: after.declaration ? NEW_VERSION : "it cannot be read any longer",
            effect: "VM reboots",
          },
        ]
      : [];
  }
  const sensitive = before.sensitiveDeclaration === true || after.sensitiveDeclaration === true;
  return declarationChanges(before.declaration, after.declaration, sensitive);
}

/** The resource without what other rules look at. */
function shown({ values, type, declaration }: Resource): JsonObject {
  const rest = without(values, ...NOT_COMPARED);
  if (type !== "google_compute_instance") {
    return declaration === undefined ? rest : { ...rest, upload: withoutDeclaration(values) };
  }
  const metadata = at(values, "metadata");
  return {
    ...rest,
    network_interface: blocksAt(values, "network_interface").map((item) => without(item, "access_config")),
    ...(isObject(metadata) && {
      metadata: declaration === undefined ? metadata : without(metadata, DECLARATION_KEY),
    }),
  };
}

/** The files of the stand-in but the one that is the declaration, whose changes are listed one by one. */
function withoutDeclaration(values: JsonObject): JsonObject[] {
  return blocksAt(values, "upload").filter(({ content, file }) => {
    const text = String(content ?? "");
    return (
      !/\blocal\.[\w-]+_declaration\b/.test(text) &&
      !/declaration/.test(String(file)) &&
      !text.includes('"schemaVersion"')
    );
  });
}

function attributeChange(type: string, difference: Difference, planned: PlannedAction | undefined): Change {
  const attribute = attributeOf(difference);
  const { before, after } = difference;
  if (attribute === "metadata.user-data") {
    return {
      what: "user-data",
      before: shortened(before),
      after: shortened(after),
      note: NEW_VERSION,
      effect: "VM reboots",
    };
  }
  if (type === "docker_container" && attribute.startsWith("upload")) {
    return {
      what: "the stand-in's files",
      effect: "app restarts",
      note: "they are scripts and settings of the library",
    };
  }
  return {
    what: "VM",
    name: attribute,
    before,
    after,
    secret: looksLikeSecret(attribute.split(".").pop()!),
    effect: effectOf(type, attribute, planned),
  };
}

/** The path of the file: the text itself is for the VM. */
function shortened(userData: Difference["before"]): string | undefined {
  const [, file] = /^\$\{file\("([^"]*)"\)\}$/.exec(String(userData)) ?? [];
  return file;
}

function effectOf(type: string, attribute: string, planned: PlannedAction | undefined): Effect {
  if (replaces(type, attribute, planned)) {
    return "VM replaced";
  }
  return stopsVm(attribute) ? "VM stops and starts" : "nothing";
}

/** Changes of the external address. */
function interfaceChanges(before: Resource, after: Resource): Change[] {
  const [old, wanted] = [before, after].map(({ values }) =>
    blocksAt(values, "network_interface").flatMap((item) => blocksAt(item, "access_config")),
  );
  if (old.length === 0 && wanted.length === 0) {
    return [];
  }
  if (old.length === 0 || wanted.length === 0) {
    return [
      {
        what: "external address",
        before: old.length > 0 ? "there" : "none",
        after: wanted.length > 0 ? "there" : "none",
        effect: "address changes",
      },
    ];
  }
  const natIp = (item: JsonObject) => textAt(item, "nat_ip");
  if (natIp(old[0]) !== natIp(wanted[0])) {
    return [{ what: "external address", before: natIp(old[0]), after: natIp(wanted[0]), effect: "address changes" }];
  }
  return differences(old, wanted)
    .filter((difference) => attributeOf(difference) !== "nat_ip")
    .map((difference) => ({
      what: "external address",
      name: attributeOf(difference),
      before: difference.before,
      after: difference.after,
      effect: attributeOf(difference) === "network_tier" ? ("address changes" as const) : ("nothing" as const),
    }));
}
