import { mayBeSecret } from "../../checks/secret-names";
import { Change } from "./change";
import { declarationChanges } from "./declaration-changes";
import { attributeOf, Difference, differences } from "../read/differences";
import { Effect } from "./effects";
import { instancesMayGo } from "../apps/instances";
import { at, blocksAt, isObject, JsonObject, textAt, textsAt, without } from "../read/json";
import { DECLARATION_KEY } from "../read/read-declaration";
import { isReplaced, replaces, stopsVm } from "./replacement";
import { PlannedAction, Resource } from "../read/stack";
import { NEW_VERSION, userDataChanges } from "./user-data-changes";
import { attachmentChanges } from "./attachment-changes";
import { otherRestarts } from "./restarts";
import { sidecarChanges } from "./sidecar-changes";

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
  const own = differences(shown(before), shown(after));
  if (instancesMayGo(before, after)) {
    declared.push({ what: "count", note: "how many there are changes: some may go", effect: "app removed" });
  }
  return after.type === "google_compute_instance"
    ? [...declared, ...interfaceChanges(before, after), ...attachmentChanges(before, after), ...vmChanges(own, planned)]
    : [...declared, ...standInChanges(own)];
}

function vmChanges(own: readonly Difference[], planned?: PlannedAction): Change[] {
  const changes = own.flatMap((difference) => attributeChanges(difference, planned));
  const unexplained = isReplaced(planned) && !changes.some(({ effect }) => effect === "VM replaced");
  return unexplained ? [...changes, { what: "VM", note: "Terraform creates it anew", effect: "VM replaced" }] : changes;
}

/** The docker provider creates the container anew, and the app's with it. */
function standInChanges(own: readonly Difference[]): Change[] {
  const isFile = (difference: Difference) => attributeOf(difference).startsWith("upload");
  const files: Change[] = own.some(isFile)
    ? [{ what: "the stand-in's files", note: "scripts and settings of the library", effect: "app restarts" }]
    : [];
  const others = own
    .filter((difference) => !isFile(difference))
    .map((difference): Change => {
      const { before, after } = difference;
      return { what: "the stand-in", name: attributeOf(difference), before, after, effect: "app restarts" };
    });
  return [...files, ...others];
}

/** What changes of what a machine runs. */
export function declaredChanges(before: Resource, after: Resource): Change[] {
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
  const changes = [
    ...declarationChanges(before.declaration, after.declaration, sensitive),
    ...sidecarChanges(before.declaration, after.declaration, sensitive),
  ];
  return [...changes, ...otherRestarts(before.declaration, after.declaration, changes)];
}

/** The resource without what other rules look at. */
function shown({ values, type, declaration }: Resource): JsonObject {
  const rest = without(values, ...NOT_COMPARED, ...(hasOnlyBlocks(values, "attached_disk") ? ["attached_disk"] : []));
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

/** What is no block, such as an unresolved token, no other rule looks at. */
function hasOnlyBlocks(values: JsonObject, attribute: string): boolean {
  return blocksAt(values, attribute).length > 0 && textsAt(values, attribute).length === 0;
}

/** The files of the stand-in but the one that is the declaration, whose changes are listed one by one. */
function withoutDeclaration(values: JsonObject): JsonObject[] {
  return blocksAt(values, "upload").filter(({ file }) => file !== `/etc/${DECLARATION_KEY}/declaration.json`);
}

function attributeChanges(difference: Difference, planned: PlannedAction | undefined): Change[] {
  const attribute = attributeOf(difference);
  const { before, after } = difference;
  if (attribute === "metadata.user-data") {
    return userDataChanges(before, after);
  }
  const secret = mayBeSecret(difference.path[difference.path.length - 1]);
  return [{ what: "VM", name: attribute, before, after, secret, effect: effectOf(attribute, planned) }];
}

function effectOf(attribute: string, planned: PlannedAction | undefined): Effect {
  if (replaces("google_compute_instance", attribute, planned)) {
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
