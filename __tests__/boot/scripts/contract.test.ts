/**
 * The scripts of the VM and of the local machine find files, folders, containers and states by names that TypeScript has
 * too. Here each is looked for on both sides: a rename on one of them fails at once, not in the end-to-end tests.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { configFiles } from "../../../lib/boot/config-files";
import * as paths from "../../../lib/boot/paths";
import { MOUNTS_SCRIPT } from "../../../lib/verdict/local-app";
import { appSpec, bootSpec, mountSpec } from "../../support/boot-spec";
import { textOf } from "../../support/folder";
import { synthesizeLocalApp, named } from "../../support/local";

const ROOT = join(__dirname, "../../..");
const read = (...folders: string[]) =>
  Object.fromEntries(
    folders.flatMap((folder) =>
      readdirSync(join(ROOT, folder)).map((name) => [name, textOf(join(ROOT, folder, name))]),
    ),
  ) as { [name: string]: string };
const vm = read("lib/boot/scripts");
const machine = read("container/local-machine");
const createVolume = textOf(join(ROOT, "lib/local/create-volume.cjs"));
const checkDocker = textOf(join(ROOT, "lib/local/check-docker.cjs"));

const EVERYTHING = bootSpec({
  app: appSpec({ entrypoint: ["eA=="], args: ["eA=="], user: "root" }),
  mounts: [mountSpec({ uid: 1, gid: 1 })],
});

describe("paths", () => {
  test("the folder of the configuration", () => {
    expect(paths.COS_LAYOUT.configFolder).toBe(paths.CONFIG_FOLDER);
    expect(machine["run-machine"]).toContain(`source ${paths.CONFIG_FOLDER}/common.sh\n`);
    // The VM's scripts look where they are.
    for (const text of Object.values(vm)) expect(text).not.toContain(paths.CONFIG_FOLDER);
  });

  test("the folder in memory", () => {
    expect(vm["common.sh"]).toContain(`run=\${RUN_FOLDER:-${paths.COS_LAYOUT.runFolder}}\n`);
  });

  test("the mount points", () => {
    expect(paths.mountPoint(paths.COS_LAYOUT, 7)).toBe(`${paths.COS_LAYOUT.runFolder}/gcsfuse-7/fs`);
    expect(vm["gcsfuse.sh"]).toContain("name=gcsfuse-$1\n");
    expect(vm["gcsfuse.sh"]).toContain("folder=$run/$name\nmountpoint=$folder/fs\n");
    expect(vm["app.sh"]).toContain("$run/$name/fs");
    expect(MOUNTS_SCRIPT).toContain("$RUN_FOLDER/$name/fs");
  });

  test("the containers", () => {
    const layout = { ...paths.COS_LAYOUT, containerPrefix: "gallery-" };
    expect([paths.appContainer(layout), paths.gcsfuseContainer(layout, 7)]).toEqual([
      "gallery-app",
      "gallery-gcsfuse-7",
    ]);
    expect(vm["app.sh"]).toContain("container=${prefix}app\n");
    expect(vm["gcsfuse.sh"]).toContain("sidecar=$prefix$name\n");
    expect(machine["run-machine"]).toContain("^$prefix(app|gcsfuse-[0-9]+(-files)?)\\$");
  });

  test("the label", () => {
    expect(configFiles(EVERYTHING).label).toBe(`${paths.CONTAINER_LABEL}=app\n`);
    expect(checkDocker).toContain(`const LABEL = "${paths.CONTAINER_LABEL}";`);
    expect(createVolume).toContain(`const label = \`${paths.CONTAINER_LABEL}=\${app}\`;`);
  });
});

test("each file of the configuration is read, under the name that it has", () => {
  const scripts = Object.values(vm).join("\n");
  /** How the scripts name a file, where it is not by its folder and name. */
  const readAs: { [file: string]: string } = {
    label: '"$config/label"',
    "docker/config.json": "DOCKER_CONFIG",
    "app/stop-timeout": '"$config/$1/stop-timeout"',
    "gcsfuse-0/stop-timeout": '"$config/$1/stop-timeout"',
    "gcsfuse-0/uid": "[[ -r $settings/$1 ]]",
    "gcsfuse-0/gid": "[[ -r $settings/$1 ]]",
    "gcsfuse-0/mount.json": '"$0"/gcsfuse-*/mount.json',
    "gcsfuse-0/config.yaml": "/gcsfuse-0/config.yaml,target=/etc/gcsfuse/config.yaml",
  };
  const others = [MOUNTS_SCRIPT, configFiles(EVERYTHING)["gcsfuse-0/options"], "Environment=DOCKER_CONFIG"].join("\n");
  for (const file of Object.keys(configFiles(EVERYTHING)).filter((name) => !name.endsWith(".sh"))) {
    const wanted = readAs[file] ?? file.replace(/^app\//, "$config/app/").replace(/^gcsfuse-0\//, "$settings/");
    expect({ file, wanted, isRead: (scripts + others).includes(wanted) }).toEqual({ file, wanted, isRead: true });
  }
  expect(machine["run-machine"]).toContain('"$config/$1/stop-timeout"');
});

test("nothing of the configuration is run", () => {
  for (const [name, text] of Object.entries({ ...vm, ...machine })) {
    const sourced = [...text.matchAll(/^\s*(?:source|\.) (.*)$/gm)].map(([, file]) => file);
    for (const file of sourced) {
      expect({ name, file }).toEqual({
        name,
        file: expect.stringMatching(
          /^("\$\{BASH_SOURCE\[0\]%\/\*\}|\/etc\/gcs-backed-container-app)\/common\.sh"?$|^engine-api$/,
        ),
      });
    }
    expect(text).not.toMatch(/\beval\b/);
  }
});

describe("states", () => {
  const words = (text: string, part: string) =>
    new Set([...text.matchAll(new RegExp(`set_state ${part} ([a-z]+)`, "g"))].map(([, word]) => word));

  test("of the app: what the scripts set, and what waits for them", () => {
    expect([...words(Object.values(vm).join("\n"), "app")].sort()).toEqual(["live", "starting", "stopped"]);
    expect(vm["watch-payload.sh"]).toContain("@(live|stopped)*");
    expect(machine["wait-until-live"]).toContain("[[ $app == live* ]]");
    expect(machine["wait-until-live"]).toContain("stopped*) fail");
    expect(machine["wait-until-live"]).toContain("app='starting ");
    const [healthCheck] = [named(synthesizeLocalApp(), "docker_container", "gallery-machine").healthcheck];
    expect(healthCheck.test.slice(0, 4)).toEqual(["CMD", "grep", "-q", "^live"]);
    expect(healthCheck.test[4]).toMatch(/\/state\/app$/);
    expect(vm["common.sh"]).toContain('mv "$run/state/.$1.$$" "$run/state/$1"');
  });

  test("of a mount", () => {
    const all = vm["gcsfuse.sh"] + vm["remove-container.sh"] + machine["run-machine"];
    expect([...words(all, '"\\$(?:name|1)"')].sort()).toEqual(["mounted", "starting"]);
    expect(vm["app.sh"]).toContain("== mounted* ]]");
    expect(vm["gcsfuse.sh"]).toContain("file=$run/state/$name.mounts ");
    expect(MOUNTS_SCRIPT).toContain('"$RUN_FOLDER/state/$name.mounts"');
  });

  test("of an update", () => {
    expect([...words(vm["watch-payload.sh"], "update")].sort()).toEqual(["failed", "none", "pulling", "rebooting"]);
    expect(vm["common.sh"]).toContain("state_of update none");
  });
});

test("what the local machine is told by its environment", () => {
  const env: string[] = named(synthesizeLocalApp(), "docker_container", "gallery-machine").env;
  const names = env.map((one) => one.split("=")[0]);
  expect(names).toEqual(["RUN_FOLDER", "CONTAINER_PREFIX", "REPORT_STATE"]);
  for (const name of names) expect(vm["common.sh"]).toContain(`\${${name}:-`);
  for (const name of ["RUN_FOLDER", "CONTAINER_PREFIX"]) {
    expect(machine["run-machine"]).toContain(`\${${name}:?}`);
    expect(machine["wait-until-live"]).toContain(`\${${name}:?}`);
  }
});
