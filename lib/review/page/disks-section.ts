import { App } from "../apps/apps";
import { proxyOf } from "../apps/containers";
import { KeptDisk, hasLastSnapshot } from "../apps/disks";
import { Block, Text, value } from "../format/document";
import { at, isTrue, textAt } from "../read/json";
import { names } from "../read/references";
import { Resource, Stack } from "../read/stack";

/** What is on which disk, and what would ever delete it. */
export function disksSection(app: App, stack: Stack): Block[] {
  if (app.disks.length === 0) {
    return [];
  }
  return [
    { kind: "heading", level: 3, text: ["What is on disks"] },
    {
      kind: "table",
      head: ["folder of the app", "disk", "what would delete the data"],
      rows: app.disks.map((kept) => [[value(kept.declared.path)], diskText(kept, app), fateOf(kept, app, stack)]),
    },
  ];
}

function fateOf(kept: KeptDisk, app: App, stack: Stack): Text {
  if (kept.declared.path.startsWith("https:") && proxyOf(app.declaration) !== undefined) {
    return CERTIFICATES;
  }
  return app.kind === "vm"
    ? fateText(kept, stack)
    : ["A Docker volume, which is removed by hand, or by deleteDataOnDestroy."];
}

/** The proxy's disk. */
const CERTIFICATES: Text = [
  "Destroying the stack, or taking https out. It has certificates and their keys, of which no copy is kept: others can be had.",
];

function diskText({ declared, source, disk }: KeptDisk, { kind }: App): Text {
  if (kind === "local") {
    return [value(declared.name)];
  }
  if (disk === undefined) {
    return [value(source ?? declared.name), ", which is not in this stack"];
  }
  const [name, size, type] = ["name", "size", "type"].map((key) => textAt(disk.values, key) ?? "?");
  return [value(name), `, ${size} GB, `, value(type)];
}

function fateText({ disk }: KeptDisk, stack: Stack): Text {
  if (disk === undefined) {
    return ["Nothing here: the stack attaches it, and neither protects nor deletes it."];
  }
  const destroyed: Text = hasLastSnapshot(disk)
    ? [
        isTrue(at(disk.values, "lifecycle", "prevent_destroy"))
          ? "Terraform refuses to destroy or replace it while its entry is in disks. When the entry is removed, "
          : "When it is destroyed, ",
        "a last snapshot is kept.",
      ]
    : [{ strong: "Destroying the stack, or removing the entry, deletes the data" }, ": no last snapshot is taken."];
  return [...destroyed, ...scheduleText(disk, stack)];
}

function scheduleText(disk: Resource, { resources }: Stack): Text {
  const attachment = resources.find(
    ({ type, values }) => type === "google_compute_disk_resource_policy_attachment" && names(values.disk, disk, "name"),
  );
  const policy = resources.find(
    (one) => one.type === "google_compute_resource_policy" && names(attachment?.values.name, one, "name"),
  );
  const days = textAt(policy?.values, "snapshot_schedule_policy", "retention_policy", "max_retention_days");
  return days === undefined
    ? [" No daily snapshots."]
    : [
        " A snapshot is taken every day and kept for ",
        value(days),
        " days; those that there are stay when the disk goes.",
      ];
}
