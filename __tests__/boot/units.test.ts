import { renderUnits } from "../../lib/boot/units";
import { appSpec, bootSpec, mountSpec } from "../support/boot-spec";

const twoMounts = bootSpec({ mounts: [mountSpec({ path: "/a" }), mountSpec({ path: "/b" })] });

/** The directives of a unit's file. */
function directives(text: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [, name, value] of text.matchAll(/^(\w+)=(.*)$/gm)) {
    (found[name] ??= []).push(value);
  }
  return found;
}

test("a unit for each mount, one for the app, one for the watcher", () => {
  expect(Object.keys(renderUnits(twoMounts))).toEqual([
    "gcsfuse-0.service",
    "gcsfuse-1.service",
    "app.service",
    "payload-watcher.service",
  ]);
});

test("the app is started after its mounts, and again with each of them", () => {
  const { After, PartOf } = directives(renderUnits(twoMounts)["app.service"]);
  for (const unit of ["gcsfuse-0.service", "gcsfuse-1.service"]) {
    expect(After[0].split(" ")).toContain(unit);
    expect(PartOf[0].split(" ")).toContain(unit);
  }
});

test("nothing is given up: there is no limit of starts", () => {
  for (const unit of Object.values(renderUnits(twoMounts))) {
    expect(directives(unit).StartLimitIntervalSec).toEqual(["0"]);
    expect(directives(unit).Restart[0]).toMatch(/^(always|on-failure)$/);
  }
});

test("the app gets the time to stop that it was given, and docker some more", () => {
  const unit = renderUnits(bootSpec({ app: appSpec({ stopTimeout: 7 }) }))["app.service"];
  expect(directives(unit)).toMatchObject({ TimeoutStopSec: ["22"] });
  expect(directives(unit).ExecStop[0]).toMatch(/stop-container\.sh app$/);
});
