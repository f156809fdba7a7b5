import { App, KeptFolder } from "./apps";
import { bucketName } from "./diagram";
import { Block, Text, value, valuesOf } from "./document";
import { stableText, textAt } from "./json";
import { sharedWith } from "./shared-folders";
import { conditionOf, inDays, noncurrentDays, Retention, retentionOf } from "./retention";
import { Resource, Stack } from "./stack";

/** Which folders are kept where, and what would ever delete them. */
export function filesSection(app: App, stack: Stack): Block[] {
  const heading: Block = { kind: "heading", level: 3, text: ["Where the files are"] };
  const rows = app.folders.map((folder): Text[] => [
    [value(folder.mount.path)],
    [value(bucketName(folder)), ...prefixText(folder.mount.gcsfuseConfig), ...sharedText(app, folder)],
    [folder.mount.readOnly ? "reads" : "reads and writes"],
    ownerText(folder.mount.uid, folder.mount.gid),
  ]);
  const where = app.kind === "vm" ? "bucket" : "emulated bucket";
  const buckets = ownBuckets(app, stack);
  return [
    heading,
    ...(rows.length > 0
      ? [{ kind: "table", head: ["folder of the app", where, "the app", "files belong to"], rows } as const]
      : app.declaration === undefined
        ? []
        : [
            {
              kind: "paragraph",
              text: ["No folder is kept: what the app writes is lost when its container is created anew."],
            } as const,
          ]),
    ...(app.kind === "vm" ? buckets.flatMap(retentionBlocks) : [volumeBlock(app)]),
    ...foreignBlocks(app),
  ];
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

function ownerText(uid?: number, gid?: number): Text {
  return uid === undefined && gid === undefined
    ? ["the app's user; if that is root, the folder's owner in the image"]
    : [
        uid === undefined ? "the app's user" : value(String(uid)),
        ":",
        gid === undefined ? "its group" : value(String(gid)),
      ];
}

function ownBuckets(app: App, { resources }: Stack): readonly Resource[] {
  return resources.filter(({ type, address }) => type === "google_storage_bucket" && app.resources.has(address));
}

function retentionBlocks(bucket: Resource): Block[] {
  const retention = retentionOf(bucket);
  const rules = retention.deleteRules.filter((rule) => noncurrentDays(rule) === undefined);
  const items: Text[] = [
    destroyText(retention),
    versionText(retention),
    softDeleteText(retention),
    ...rules.map((rule): Text => [
      "A rule of the bucket deletes objects by itself: ",
      value(stableText(conditionOf(rule))),
    ]),
  ];
  const name = value(textAt(bucket.values, "name") ?? bucket.address);
  return [
    { kind: "paragraph", text: ["What would ever delete the files in bucket ", name, ":"] },
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

function versionText({ versioning, deleteRules }: Retention): Text {
  const days = deleteRules.flatMap((rule) => noncurrentDays(rule) ?? []);
  if (!versioning) {
    return ["The app itself: what it overwrites or deletes is not kept as an old version."];
  }
  return days.length > 0
    ? [
        "The app itself: what it overwrites or deletes is kept as an old version for ",
        value(String(Math.min(...days))),
        " days.",
      ]
    : ["The app itself: what it overwrites or deletes is kept as an old version, without end."];
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
