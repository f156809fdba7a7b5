import { withoutSecretParts } from "../../checks/secret-values";
import { App, KeptFolder } from "../apps/apps";
import { bucketName } from "./stack-diagram";
import { Block, Text, value, valuesOf } from "../format/document";
import { stableText, textAt } from "../read/json";
import { unusualSettings } from "../changes/mount-changes";
import { asText, cutText, shown } from "../format/shown-values";
import { sharedWith } from "../apps/shared-folders";
import { conditionOf, inDays, noncurrentDays, Retention, retentionOf } from "../changes/retention";
import { Resource, Stack } from "../read/stack";

/** Which folders are kept where, and what would ever delete them. */
export function filesSection(app: App, stack: Stack): Block[] {
  const heading: Block = { kind: "heading", level: 3, text: ["Where the files are"] };
  const hasSettings = app.folders.some(({ mount }) => settingsText(mount).length > 0);
  const head = ["folder of the app", app.kind === "vm" ? "bucket" : "emulated bucket", "the app", "files belong to"];
  const rows = app.folders.map((folder): Text[] => [
    [value(folder.mount.path)],
    [value(bucketName(folder)), ...prefixText(folder.mount.gcsfuseConfig), ...sharedText(app, folder)],
    [folder.mount.readOnly ? "reads" : "reads and writes"],
    ownerText(folder.mount),
    ...(hasSettings ? [settingsText(folder.mount)] : []),
  ]);
  const buckets = ownBuckets(app, stack);
  return [
    heading,
    ...(rows.length > 0
      ? [{ kind: "table", head: hasSettings ? [...head, "gcsfuse is told"] : head, rows } as const]
      : app.declaration === undefined
        ? []
        : [
            {
              kind: "paragraph",
              text: ["No folder is kept: what the app writes is lost when its container is created anew."],
            } as const,
          ]),
    ...(app.kind === "vm"
      ? buckets.flatMap((bucket) => retentionBlocks(bucket, onlyReads(app, bucket)))
      : [volumeBlock(app)]),
    ...foreignBlocks(app),
  ];
}

/** The settings of gcsfuse that are not the library's defaults, and have no column of their own. */
function settingsText(mount: KeptFolder["mount"]): Text {
  return valuesOf(
    unusualSettings(mount).map(([name, setting]) => cutText(withoutSecretParts(`${name}=${asText(setting)}`))),
  );
}

function prefixText(config: { readonly [key: string]: unknown }): Text {
  const folder = config["only-dir"];
  return typeof folder === "string" && folder !== "" ? [", the folder ", value(folder)] : [];
}

function sharedText({ folders }: App, { mount }: KeptFolder): Text {
  const others = sharedWith(
    mount,
    folders.map((folder) => folder.mount),
  );
  return others.length === 0 ? [] : ["; the same files are in ", ...valuesOf(others.map(({ path }) => path))];
}

function ownerText({ path, uid, gid }: KeptFolder["mount"]): Text {
  // The path of a sidecar's mount begins with its name.
  const who = path.startsWith("/") ? "the app's user" : "the sidecar's user";
  return uid === undefined && gid === undefined
    ? [`${who}; if that is root, the folder's owner in the image`]
    : [uid === undefined ? who : value(String(uid)), ":", gid === undefined ? "its group" : value(String(gid))];
}

function ownBuckets(app: App, { resources }: Stack): readonly Resource[] {
  return resources.filter(({ type, address }) => type === "google_storage_bucket" && app.resources.has(address));
}

/** Whether all the mounts of a bucket are read-only; one that is not mounted may be written to by its grant. */
function onlyReads({ folders }: App, bucket: Resource): boolean {
  const mounts = folders.filter((folder) => folder.bucket === bucket);
  return mounts.length > 0 && mounts.every(({ mount }) => mount.readOnly);
}

function retentionBlocks(bucket: Resource, readOnly: boolean): Block[] {
  const retention = retentionOf(bucket);
  const rules = retention.deleteRules.filter((rule) => noncurrentDays(rule) === undefined);
  const items: Text[] = [
    destroyText(retention),
    versionText(retention, readOnly),
    softDeleteText(retention),
    ...rules.map((rule): Text => [
      "A rule of the bucket deletes objects by itself: ",
      value(stableText(conditionOf(rule))),
    ]),
  ];
  const name = value(textAt(bucket.values, "name") ?? bucket.address);
  return [
    {
      kind: "paragraph",
      text: [
        "What would ever delete the files in bucket ",
        name,
        " (in ",
        shown(textAt(bucket.values, "location")),
        ", storage class ",
        shown(textAt(bucket.values, "storage_class") ?? "STANDARD"),
        "):",
      ],
    },
    { kind: "list", items },
  ];
}

function destroyText({ forceDestroy, preventDestroy }: Retention): Text {
  if (forceDestroy) {
    return [
      { strong: "Destroying the stack deletes all files" },
      " (",
      value("force_destroy"),
      ": deleteDataOnDestroy).",
    ];
  }
  return [
    preventDestroy
      ? "Terraform refuses to destroy the bucket."
      : "Destroying the stack does not: it fails while files, or old versions of files, are in the bucket.",
  ];
}

function versionText({ versioning, deleteRules }: Retention, readOnly: boolean): Text {
  const who = readOnly
    ? "Not the app, whose mounts of it are read-only: what others overwrite or delete"
    : "The app itself: what it overwrites or deletes";
  const days = deleteRules.flatMap((rule) => noncurrentDays(rule) ?? []);
  if (!versioning) {
    return [`${who} is not kept as an old version.`];
  }
  return days.length > 0
    ? [`${who} is kept as an old version for `, value(String(Math.min(...days))), " days."]
    : [`${who} is kept as an old version, without end.`];
}

function softDeleteText({ softDeleteSeconds, lockedSeconds }: Retention): Text {
  const locked: Text =
    lockedSeconds === undefined ? [] : [" No object can be deleted for ", value(inDays(lockedSeconds)), "."];
  if (softDeleteSeconds === undefined) {
    return ["For how long deleted objects can be restored, only Terraform knows.", ...locked];
  }
  return softDeleteSeconds === 0
    ? ["Deleted objects cannot be restored (no soft delete).", ...locked]
    : ["Deleted objects can be restored for ", value(inDays(softDeleteSeconds)), " more (soft delete).", ...locked];
}

function volumeBlock({ volumes }: App): Block {
  return volumes.length > 0
    ? {
        kind: "paragraph",
        text: [
          "The emulated Cloud Storage keeps its files in the Docker volume ",
          ...valuesOf(volumes),
          ", which destroying the stack leaves.",
        ],
      }
    : { kind: "paragraph", text: ["The stack names no Docker volume for the files."] };
}

function foreignBlocks(app: App): Block[] {
  const foreign = app.kind === "vm" ? app.folders.filter(({ bucket }) => bucket === undefined) : [];
  const names = [...new Set(foreign.map(({ mount }) => mount.bucket))];
  return names.length === 0
    ? []
    : [
        {
          kind: "paragraph",
          text: ["Not in this stack, which neither protects nor deletes them: the buckets ", ...valuesOf(names), "."],
        },
      ];
}
