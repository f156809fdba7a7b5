import { join } from "node:path";
import { unitFiles } from "../../lib/boot/machine-files";
import { CONFIG_FOLDER, DOCKER_GRACE, GCSFUSE_STOP_TIMEOUT } from "../../lib/boot/paths";
import { textOf } from "../support/folder";

const schema = JSON.parse(textOf(join(__dirname, "../../lib/boot/declaration.schema.json")));

/** The directives of a unit's file, by section, as systemd reads it; lines that it would read otherwise are refused. */
function directives(name: string): { [section: string]: { [directive: string]: string } } {
  const unit: { [section: string]: { [directive: string]: string } } = {};
  let section = "";
  for (const line of unitFiles()[name].split("\n")) {
    expect(line).not.toMatch(/\\$|\s$/);
    if (/^\[\w+\]$/.test(line)) {
      section = line.slice(1, -1);
      unit[section] = {};
    } else if (line !== "" && !line.startsWith("#")) {
      const [, directive, value] = /^(\w+)=(.+)$/.exec(line)!;
      expect(unit[section]).not.toHaveProperty(directive);
      // The only specifier is the name of the mount or of the sidecar.
      expect(value.replace(/%i/g, "")).not.toContain("%");
      unit[section][directive] = value;
    }
  }
  return unit;
}

const script = (name: string, ...args: string[]) => ["/bin/bash", `${CONFIG_FOLDER}/${name}`, ...args].join(" ");
const HOME = "HOME=/var/lib/gcs-backed-container-app";
const BOTH = "gcr-online.target docker.service";
/** Of each unit that runs a container. */
const OF_CONTAINER = { Wants: BOTH, After: BOTH, PartOf: "docker.service", StartLimitIntervalSec: "0" };

test("one for each mount, one for each disk, one for the app and one for who it has taken over from, one for each sidecar, one for the watcher", () => {
  expect(Object.keys(unitFiles())).toEqual([
    "gcsfuse@.service",
    "disk@.service",
    "app.service",
    "retired.service",
    "sidecar@.service",
    "metadata-watcher.service",
  ]);
});

test("that of who the app has taken over from, which is not ended while docker stops it", () => {
  expect(directives("retired.service")).toEqual({
    Unit: {
      Description: "the app's container that another one has taken over from",
      After: "docker.service",
      PartOf: "docker.service",
      StartLimitIntervalSec: "0",
    },
    Service: {
      Environment: HOME,
      ExecStart: script("retire.sh"),
      KillMode: "mixed",
      TimeoutStopSec: String(schema.$defs.stopTimeoutSeconds.maximum + DOCKER_GRACE),
      Restart: "on-failure",
      RestartSec: "2s",
    },
  });
});

test("a mount's", () => {
  expect(directives("gcsfuse@.service")).toEqual({
    Unit: {
      Description: "gcsfuse for mount %i of the app",
      ...OF_CONTAINER,
    },
    Service: {
      Environment: HOME,
      ExecStart: script("gcsfuse.sh", "%i"),
      ExecStop: `-${script("stop-container.sh", "gcsfuse-%i")}`,
      ExecStopPost: `-${script("remove-container.sh", "gcsfuse-%i")}`,
      TimeoutStopSec: String(GCSFUSE_STOP_TIMEOUT + DOCKER_GRACE),
      Restart: "always",
      RestartSec: "500ms",
    },
  });
});

test("the app's, which has the longest time to stop that can be declared, and docker some more", () => {
  expect(directives("app.service")).toEqual({
    Unit: {
      Description: "the app's container",
      ...OF_CONTAINER,
    },
    Service: {
      Environment: HOME,
      ExecStart: script("container.sh", "app"),
      ExecStop: `-${script("stop-container.sh", "app")}`,
      ExecStopPost: `-${script("remove-container.sh", "app")}`,
      TimeoutStopSec: String(schema.$defs.stopTimeoutSeconds.maximum + DOCKER_GRACE),
      Restart: "on-failure",
      RestartSec: "2s",
    },
  });
});

test("a disk's, which docker's end does not unmount, and which is unmounted after what uses it has ended", () => {
  expect(directives("disk@.service")).toEqual({
    Unit: {
      Description: "the persistent disk %i of the app",
      Wants: "docker.service",
      After: "docker.service",
      StartLimitIntervalSec: "0",
    },
    Service: {
      Environment: HOME,
      ExecStart: script("disk.sh", "%i"),
      ExecStopPost: `-${script("unmount-disk.sh", "%i")}`,
      Restart: "always",
      RestartSec: "500ms",
    },
  });
});

test("a sidecar's is as the app's", () => {
  const { Unit, Service } = directives("app.service");
  expect(directives("sidecar@.service")).toEqual({
    Unit: { ...Unit, Description: "sidecar %i of the app" },
    Service: {
      ...Service,
      ExecStart: script("container.sh", "sidecar-%i"),
      ExecStop: `-${script("stop-container.sh", "sidecar-%i")}`,
      ExecStopPost: `-${script("remove-container.sh", "sidecar-%i")}`,
    },
  });
});

test("the watcher's, which does not end with docker", () => {
  expect(directives("metadata-watcher.service")).toEqual({
    Unit: {
      Description: "brings up what the instance's metadata declares",
      Wants: "gcr-online.target",
      After: BOTH,
      StartLimitIntervalSec: "0",
    },
    Service: { Environment: HOME, ExecStart: script("watch-metadata.sh"), Restart: "always", RestartSec: "5s" },
  });
});

test("nothing is given up: there is no limit of starts", () => {
  for (const name of Object.keys(unitFiles())) {
    const { Unit, Service } = directives(name);
    expect(Unit.StartLimitIntervalSec).toBe("0");
    expect(Service.Restart).toMatch(/^(always|on-failure)$/);
  }
});
