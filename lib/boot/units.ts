import { appContainer, CONFIG_FOLDER, gcsfuseContainer, gcsfuseName, STATE_FOLDER } from "./paths";
import { BootSpec } from "./spec";
import { DOCKER_GRACE, GCSFUSE_STOP_TIMEOUT } from "./stop-timeouts";
import { renderUnit, Unit, UnitSection } from "./unit-file";

/** Every unit of the payload, by its file name. */
export function renderUnits(spec: BootSpec): Record<string, string> {
  const units = Object.fromEntries(
    spec.mounts.map((_, index) => [`${gcsfuseName(index)}.service`, gcsfuseUnit(spec, index)]),
  );
  return {
    ...mapValues(units, renderUnit),
    "app.service": renderUnit(appUnit(spec)),
    "payload-watcher.service": renderUnit(watcherUnit()),
  };
}

function gcsfuseUnit({ layout }: BootSpec, index: number): Unit {
  return {
    Unit: {
      Description: `gcsfuse for mount ${index} of the app`,
      ...dependsOn(["docker.service"]),
    },
    Service: {
      ...script("gcsfuse.sh", String(index)),
      ...container(gcsfuseContainer(layout, index), GCSFUSE_STOP_TIMEOUT),
      Restart: "always",
      RestartSec: "500ms",
    },
  };
}

/**
 * `PartOf` and not `BindsTo` or `Requires`: when gcsfuse dies, systemd's automatic restart of its unit restarts this
 * one too, and a failed start of gcsfuse cannot leave this unit failed forever. The script itself waits until the
 * mounts answer before it starts the app.
 */
function appUnit(spec: BootSpec): Unit {
  const mounts = spec.mounts.map((_, index) => `${gcsfuseName(index)}.service`);
  return {
    Unit: {
      Description: "the app's container",
      ...dependsOn(["docker.service", ...mounts]),
    },
    Service: {
      ...script("app.sh"),
      ...container(appContainer(spec.layout), spec.app.stopTimeout),
      Restart: "on-failure",
      RestartSec: "2s",
    },
  };
}

function watcherUnit(): Unit {
  return {
    Unit: {
      Description: "waits for a new payload in the instance's metadata",
      Wants: "gcr-online.target",
      After: "gcr-online.target docker.service",
      StartLimitIntervalSec: 0,
    },
    Service: { ...script("watch-payload.sh"), Restart: "always", RestartSec: "5s" },
  };
}

function dependsOn(services: readonly string[]): UnitSection {
  const all = services.join(" ");
  return {
    Wants: `gcr-online.target ${all}`,
    After: `gcr-online.target ${all}`,
    PartOf: all,
    StartLimitIntervalSec: 0,
  };
}

/** Runs a script with bash: COS mounts its writable folders with `noexec`. */
function script(name: string, ...args: string[]): UnitSection {
  return {
    Environment: [`HOME=${STATE_FOLDER}`, `DOCKER_CONFIG=${CONFIG_FOLDER}/docker`],
    ExecStart: bash(name, ...args),
  };
}

function bash(name: string, ...args: string[]): string {
  return ["/bin/bash", `${CONFIG_FOLDER}/${name}`, ...args].join(" ");
}

function container(name: string, stopTimeout: number): UnitSection {
  return {
    ExecStop: `-${bash("stop-container.sh", name)}`,
    ExecStopPost: `-${bash("remove-container.sh", name)}`,
    TimeoutStopSec: stopTimeout + DOCKER_GRACE,
  };
}

function mapValues<A, B>(record: Record<string, A>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
