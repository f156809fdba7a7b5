import { Change } from "./change";
import { attributeOf, differences } from "../read/differences";
import { disksOf } from "../apps/containers";
import { blocksAt, JsonObject, textAt, without } from "../read/json";
import { Resource } from "../read/stack";

/**
 * What changes of the disks that a VM has, beside what the declaration says of them: a disk of the app that is taken from the
 * VM, or is attached otherwise. Which disk it is, `attachedDiskChanges` compares.
 */
export function attachmentChanges(before: Resource, after: Resource): Change[] {
  const [old, wanted] = [before, after].map(attachments);
  const [had, has] = [before, after].map(({ declaration }) => disksOf(declaration).map(({ name }) => name));
  return [...new Set([...old.keys(), ...wanted.keys()])].sort().flatMap((device): Change[] => {
    const [was, is] = [old.get(device), wanted.get(device)];
    const change = { what: "attached disk", name: device };
    const sides = { before: textAt(was, "source"), after: textAt(is, "source") };
    if (was === undefined || is === undefined) {
      const needed = is === undefined && has.includes(device);
      const note = "the app needs this disk: it is stopped until the disk is attached to the VM again";
      // Of the app's other disks the declaration tells.
      const told = had.includes(device) || has.includes(device);
      return needed
        ? [{ ...change, ...sides, effect: "app removed", note }]
        : told
          ? []
          : [{ ...change, ...sides, effect: "nothing" }];
    }
    return differences(without(was, "source"), without(is, "source")).map((difference) => ({
      what: "attached disk",
      name: `${device}: ${attributeOf(difference)}`,
      before: difference.before,
      after: difference.after,
      effect: has.includes(device) ? "app restarts" : "nothing",
      note: "the disk is detached from the VM, and attached otherwise",
    }));
  });
}

/** By the names of their devices; what is no block, such as an unresolved token, is not judged here. */
function attachments({ values }: Resource): ReadonlyMap<string, JsonObject> {
  return new Map(
    blocksAt(values, "attached_disk").map((block, index) => [textAt(block, "device_name") ?? `${index}`, block]),
  );
}
