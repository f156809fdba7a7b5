/**
 * The scripts of the VM and of the local machine find files, folders, containers and states by names that TypeScript and
 * declaration.py have too. Here each is looked for on both sides: a rename on one of them fails at once, not in the
 * end-to-end tests.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { machineFiles, unitFiles } from "../../../lib/boot/machine-files";
import { Secret } from "../../../lib/props/secret";
import * as paths from "../../../lib/boot/paths";
import { sidecarNetwork } from "../../../lib/local/names";
import { MOUNTS_SCRIPT } from "../../../lib/verdict/local-app";
import { textOf } from "../../support/folder";
import { localDeclarationOf } from "../../support/declaration";
import { named, synthesizeLocalApp, uploadsOf } from "../../support/local";
import { rendered } from "../../support/rendered";
import { mountOf, sample, sidecarOf } from "../../support/sample-declaration";

const ROOT = join(__dirname, "../../..");
const read = (folder: string, pattern = /(?:)/) =>
  Object.fromEntries(
    readdirSync(join(ROOT, folder))
      .filter((name) => pattern.test(name))
      .map((name) => [name, textOf(join(ROOT, folder, name))]),
  ) as { [name: string]: string };
const vm = read("lib/boot/scripts", /\.sh$/);
const python = textOf(join(ROOT, "lib/boot/scripts/declaration.py"));
const imageFiles = textOf(join(ROOT, "lib/boot/scripts/image-files.py"));
const machine = read("container/local-machine");
const createVolume = textOf(join(ROOT, "lib/local/create-volume.cjs"));
const checkDocker = textOf(join(ROOT, "lib/local/check-docker.cjs"));
const all = Object.values(vm).join("\n");
const RUN = "/run/gcs-backed-container-app";

const SECRET = { secret: "projects/p-12345/secrets/x", version: "1" };
/** Every file that there can be, of the app, its disk and its mount. */
const EVERYTHING = rendered(
  sample({
    entrypoint: ["x"],
    args: ["x"],
    user: "root",
    mounts: [mountOf({ uid: 1, gid: 1 })],
    disks: [{ name: "srv", path: "/srv", disk: "app-srv", anyFileSystem: true }],
    secrets: { X: SECRET },
    secretFiles: { "/x": SECRET },
    sidecars: [sidecarOf()],
  }),
);

describe("paths", () => {
  test("the folder of the scripts", () => {
    expect(machine["run-machine"]).toContain(`source ${paths.CONFIG_FOLDER}/common.sh\n`);
    for (const unit of Object.values(unitFiles()))
      expect(unit).toContain(`ExecStart=/bin/bash ${paths.CONFIG_FOLDER}/`);
    // The VM's scripts look where they are.
    for (const text of [...Object.values(vm), python]) expect(text).not.toContain(paths.CONFIG_FOLDER);
  });

  test("each script that another one or a unit runs is given to the machine", () => {
    const runs = [
      ...[all, machine["run-machine"], ...Object.values(unitFiles())].join("\n").matchAll(/[\w-]+\.(?:sh|py)\b/g),
    ];
    expect(runs.length).toBeGreaterThan(10);
    for (const [name] of runs) expect(Object.keys(machineFiles())).toContain(name);
    expect(Object.keys(machineFiles()).sort()).toEqual(
      [
        ...Object.keys(vm),
        "answers.py",
        "declaration.py",
        "certificates.py",
        "declaration.schema.json",
        "disk.py",
        "image-files.py",
        "secret_values.py",
      ].sort(),
    );
  });

  test("the schema, beside the script that reads it", () => {
    expect(python).toContain('"declaration.schema.json"');
  });

  test("the folder in memory", () => {
    expect(vm["common.sh"]).toContain(`run=\${RUN_FOLDER:-${RUN}}\n`);
    expect(python).toContain(`environment.get("RUN_FOLDER", "${RUN}")`);
  });

  test("the mount points", () => {
    expect(EVERYTHING["gcsfuse-0/command"]).toContain(`\0${RUN}/gcsfuse-0/fs\0`);
    expect(EVERYTHING["app/options"]).toContain(`source=${RUN}/gcsfuse-0/fs,`);
    expect(vm["gcsfuse.sh"]).toContain("name=gcsfuse-$1\n");
    expect(vm["gcsfuse.sh"]).toContain("folder=$run/$name\nmountpoint=$folder/fs\n");
    expect(vm["container.sh"]).toContain("$run/$need/fs");
    expect(vm["watch-metadata.sh"]).toContain('umount --lazy "$run/$name/fs" "$run/$name"');
    expect(MOUNTS_SCRIPT).toContain("$RUN_FOLDER/$name/fs");
  });

  test("the mark of a folder that is being filled", () => {
    expect(imageFiles).toContain('MARKER = b".gcs-backed-container-app-filling"\n');
    expect(vm["fill.sh"]).toContain('rm "$mountpoint/.gcs-backed-container-app-filling"');
  });

  test("gcsfuse's config file in the sidecar", () => {
    expect(EVERYTHING["gcsfuse-0/command"]).toContain("--config-file=/etc/gcsfuse/config.yaml\0");
    expect(vm["gcsfuse.sh"]).toContain("source=$settings/config.yaml,target=/etc/gcsfuse/config.yaml,readonly");
  });

  test("the containers", () => {
    const options = rendered(sample(), { CONTAINER_PREFIX: "gallery-" });
    expect(options["gcsfuse-0/options"]).toContain("--name=gallery-gcsfuse-0\0");
    expect(vm["container.sh"]).toContain("container=$prefix$name\n");
    expect(vm["watch-metadata.sh"]).toContain('"${prefix}app-next"');
    expect(vm["gcsfuse.sh"]).toContain("sidecar=$prefix$name\n");
    expect(vm["owner.sh"]).toContain("container=$prefix$2-files\n");
    expect(vm["fill.sh"]).toContain("container=$prefix$name-image\n");
    expect(vm["with-secrets.sh"]).toContain("holder=${prefix}with-secrets-$2\n");
    expect(machine["run-machine"]).toContain(
      "^$prefix(app|sidecar-[a-z0-9-]+|gcsfuse-[0-9]+|with-secrets-[a-z0-9-]+|[a-z0-9-]+-(files|image))\\$",
    );
  });

  test("the network of the app and its sidecars", () => {
    expect(rendered(sample({ sidecars: [sidecarOf()] }), { CONTAINER_PREFIX: "gallery-" })["app/network"]).toBe(
      sidecarNetwork("gallery"),
    );
  });

  test("the folders of sidecars", () => {
    expect(EVERYTHING["sidecar-db/image"]).toBe("db:1");
    for (const script of ["common.sh", "container.sh", "watch-metadata.sh"]) expect(vm[script]).toContain("sidecar-*/");
    for (const script of ["run-machine", "wait-until-live"]) expect(machine[script]).toContain("sidecar-*");
  });

  test("the units", () => {
    expect(Object.keys(unitFiles())).toEqual(
      expect.arrayContaining(["gcsfuse@.service", "app.service", "sidecar@.service"]),
    );
    expect(vm["common.sh"]).toContain("app) printf 'app.service' ;;");
    expect(vm["common.sh"]).toContain('printf \'%s@%s.service\' "${1%%-*}" "${1#*-}"');
    expect(vm["watch-metadata.sh"]).toContain("$units/$1.d/parts.conf");
    expect(vm["container.sh"]).toContain('--value "$(unit_of "$name")"');
  });

  test("the label", () => {
    expect(EVERYTHING["app/options"]).toContain(`--label=${paths.CONTAINER_LABEL}=app\0`);
    expect(vm["common.sh"]).toContain(`label=${paths.CONTAINER_LABEL}=\${CONTAINER_LABEL:-app}\n`);
    expect(checkDocker).toContain(`const LABEL = "${paths.CONTAINER_LABEL}";`);
    expect(createVolume).toContain(`const label = \`${paths.CONTAINER_LABEL}=\${app}\`;`);
  });

  test("the metadata key, and the guest attribute", () => {
    expect(python).toContain(`KEY = "${paths.DECLARATION_KEY}"\n`);
    expect(vm["watch-metadata.sh"]).toContain(`the metadata has no ${paths.DECLARATION_KEY}:`);
    expect(vm["common.sh"]).toContain(`$metadata/guest-attributes/${paths.GUEST_ATTRIBUTE}"`);
  });

  test("the local machine's declaration", () => {
    expect(Object.keys(uploadsOf(synthesizeLocalApp()))).toContain("declaration.json");
    expect(machine["run-machine"]).toContain('render "$scripts/declaration.json"');
    expect(localDeclarationOf(synthesizeLocalApp()).schemaVersion).toBe(1);
  });
});

test("gcsfuse's time to stop", () => {
  expect(python).toContain(`GCSFUSE_STOP_TIMEOUT = ${paths.GCSFUSE_STOP_TIMEOUT}\n`);
  expect(EVERYTHING["gcsfuse-0/options"]).toContain(`--stop-timeout=${paths.GCSFUSE_STOP_TIMEOUT}\0`);
});

test("each file that is made of a declaration is read, under the name that it has", () => {
  /** How the scripts name a file, where it is not by its folder and name. */
  const readAs: { [file: string]: string } = {
    "docker/config.json": "DOCKER_CONFIG=$config/docker",
    images: '"$folder/images"',
    ...Object.fromEntries(
      ["args", "entrypoint", "environment", "options"].map((name) => [`app/${name}`, `<"$folder/${name}"`]),
    ),
    "start-timeout": '"$versions/$hash/start-timeout"',
    "app/user": "$owners/user",
    "gcsfuse-0/path": "$config/$need/path",
    "gcsfuse-0/mount.json": "$folder/mount.json",
    "app/network": "$settings/network",
    "gcsfuse-0/uid": "[[ -r $settings/$1 ]]",
    "gcsfuse-0/gid": "[[ -r $settings/$1 ]]",
  };
  // A sidecar's files are those of the app.
  for (const file of Object.keys(EVERYTHING).filter((name) => !name.startsWith("sidecar-"))) {
    const wanted = readAs[file] ?? file.replace(/^(app|gcsfuse-0|disk-srv)\//, "$settings/");
    expect({ file, wanted, isRead: `${all}${MOUNTS_SCRIPT}`.includes(wanted) }).toEqual({ file, wanted, isRead: true });
  }
  expect(vm["owner.sh"]).toContain("given_id uid && given_id gid");
  expect(vm["owner.sh"]).toContain('"$settings/owner"');
  expect(vm["gcsfuse.sh"]).toContain('<"$settings/owner"');
});

test("each file of a declaration that is read is made", () => {
  const read = (script: string, variable: string) =>
    [...vm[script].matchAll(new RegExp(`\\$${variable}/([a-z][a-z-]*(?:\\.yaml)?)`, "g"))].map(([, name]) => name);
  const named = [
    ...[
      ...read("container.sh", "settings"),
      ...read("create-container.sh", "folder"),
      ...read("owner.sh", "owners"),
    ].map((name) => `app/${name}`),
    ...[...read("gcsfuse.sh", "settings"), ...read("owner.sh", "settings")].map((name) => `gcsfuse-0/${name}`),
    ...[...read("disk.sh", "settings"), ...read("disk-folders.sh", "settings")].map((name) => `disk-srv/${name}`),
  ];
  expect(named.length).toBeGreaterThan(10);
  for (const file of new Set(named)) {
    // Those are written by owner.sh and what it runs.
    if (!/^(gcsfuse-0|disk-[a-z0-9-]+)\/(owner|image-owner|image-names)$/.test(file))
      expect(Object.keys(EVERYTHING)).toContain(file);
  }
});

test("what is read of secrets, where the container is given it", () => {
  expect(vm["secrets.sh"]).toContain("folder=$config/secrets-$2\n");
  expect(vm["create-container.sh"]).toContain("secrets=${folder%/*}/secrets-${folder##*/}\n");
  expect(vm["container.sh"]).toContain('"$config/secrets-$name/read-ahead"');
  expect(vm["watch-metadata.sh"]).toContain('"$folder/secrets-$name/read-ahead"');
  const values = textOf(join(ROOT, "lib/boot/scripts/secret_values.py"));
  for (const name of ["environment", "file-"]) {
    expect([values.includes(`"${name}`), vm["create-container.sh"].includes(`$secrets/${name}`)]).toEqual([true, true]);
  }
  expect(textOf(join(ROOT, "container/gcsfuse/Dockerfile"))).toMatch(/^COPY .* \/usr\/local\/bin\/$/m);
  expect(vm["with-secrets.sh"]).toContain("program=/usr/local/bin/with-secrets\n");
  const { env } = named(
    synthesizeLocalApp({ secretFiles: { "/x": Secret.fromSecretManager("x") } }),
    "docker_container",
    "gallery-machine",
  );
  expect(env.filter((variable: string) => variable.startsWith("SECRETS_FOLDER="))).toHaveLength(1);
  for (const text of [vm["secrets.sh"], machine["take-secrets"]]) expect(text).toContain("{SECRETS_FOLDER:");
  for (const text of [vm["secrets.sh"], machine["take-secrets"]]) expect(text).toContain("/${name//\\//,}");
});

test("nothing of the configuration is run", () => {
  for (const [name, text] of Object.entries({ ...vm, ...machine })) {
    const sourced = [...text.matchAll(/^\s*(?:source|\.) (.*)$/gm)].map(([, file]) => file);
    for (const file of sourced) {
      expect({ name, file }).toEqual({
        name,
        file: expect.stringMatching(
          /^("\$\{BASH_SOURCE\[0\]%\/\*\}|\/etc\/gcs-backed-container-app)\/(common|liveness)\.sh"?$|^engine-api$/,
        ),
      });
    }
    expect(text).not.toMatch(/\beval\b/);
  }
  // file-system is a section of gcsfuse's config.
  expect(python).not.toMatch(/(?<!file-)\b(eval|exec|subprocess|system|import_module)\b/);
});

describe("states", () => {
  const words = (text: string, part: string) =>
    new Set([...text.matchAll(new RegExp(`set_state ${part} ([a-z]+)`, "g"))].map(([, word]) => word));

  test("of the app: what the scripts set, and what waits for them", () => {
    const texts = [words(all, "app"), words(vm["container.sh"], '"\\$name"')];
    expect([...new Set(texts.flatMap((found) => [...found]))].sort()).toEqual(["live", "starting", "stopped"]);
    expect(vm["watch-metadata.sh"]).toContain("@(live|stopped)*");
    expect(machine["wait-until-live"]).toContain("[[ $app == live* ]]");
    expect(machine["wait-until-live"]).toContain("stopped*) fail");
    expect(machine["wait-until-live"]).toContain("app='starting ");
    const [healthCheck] = [named(synthesizeLocalApp(), "docker_container", "gallery-machine").healthcheck];
    expect(healthCheck.test.slice(0, 4)).toEqual(["CMD", "grep", "-q", "^live"]);
    expect(healthCheck.test[4]).toMatch(/\/state\/app$/);
    expect(vm["common.sh"]).toContain('mv "$run/state/.$1.$$" "$run/state/$1"');
  });

  test("an invalid declaration, for which the local machine's wait does not go on", () => {
    expect(machine["run-machine"]).toContain('starting "the declaration is not valid: ');
    expect(machine["wait-until-live"]).toContain("*'the declaration is not valid: '*");
  });

  test("what is said against a version, by the name of its folder", () => {
    expect(vm["container.sh"]).toContain(`printf '%s %s' "\${config##*/}" "$1"`);
    expect(vm["container.sh"]).toContain('"$run/blame"');
    expect(vm["watch-metadata.sh"]).toContain("blame=$run/blame\n");
    expect(vm["watch-metadata.sh"]).toContain("folder=$versions/$hash\n");
  });

  test("of a mount", () => {
    const texts = vm["gcsfuse.sh"] + vm["remove-container.sh"] + machine["run-machine"];
    expect([...words(texts, '"\\$(?:name|1)"')].sort()).toEqual(["mounted", "starting"]);
    expect(vm["container.sh"]).toContain("== mounted* ]]");
    expect(vm["gcsfuse.sh"]).toContain("file=$run/state/$name.mounts ");
    expect(MOUNTS_SCRIPT).toContain('"$RUN_FOLDER/state/$name.mounts"');
  });

  test("of a disk", () => {
    const texts = vm["disk.sh"] + vm["unmount-disk.sh"];
    expect([...words(texts, '"(?:\\$name|disk-\\$1)"')].sort()).toEqual(["mounted", "starting"]);
  });

  test("of an update", () => {
    expect([...words(vm["watch-metadata.sh"], "update")].sort()).toEqual([
      "failed",
      "none",
      "pulling",
      "rebooting",
      "starting",
    ]);
    expect(vm["common.sh"]).toContain("state_of update none");
  });
});

test("what the local machine is told by its environment about disks", () => {
  const stack = synthesizeLocalApp({ disks: [{ path: "/srv", sizeGb: 10 }] });
  const env: string[] = named(stack, "docker_container", "gallery-machine").env;
  expect(env.map((one) => one.split("=")[0]).slice(-2)).toEqual(["DISK_VOLUME_PREFIX", "DISK_FOLDERS"]);
  expect(python).toContain('environment.get("DISK_VOLUME_PREFIX")');
  expect(vm["create-container.sh"]).toContain('"$DISK_FOLDERS/${name#disk-}"');
});

test("what the local machine is told by its environment", () => {
  const env: string[] = named(synthesizeLocalApp(), "docker_container", "gallery-machine").env;
  const names = env.map((one) => one.split("=")[0]);
  expect(names).toEqual(["RUN_FOLDER", "CONTAINER_PREFIX", "CONTAINER_LABEL", "SIDECAR_NETWORK", "REPORT_STATE"]);
  for (const name of names.filter((one) => one !== "SIDECAR_NETWORK"))
    expect(vm["common.sh"]).toContain(`\${${name}:-`);
  for (const name of names.filter((one) => one !== "REPORT_STATE"))
    expect(python).toMatch(new RegExp(`environment\\.get\\(["']${name}["']`));
  for (const name of ["RUN_FOLDER", "CONTAINER_PREFIX"]) {
    expect(machine["run-machine"]).toContain(`\${${name}:?}`);
    expect(machine["wait-until-live"]).toContain(`\${${name}:?}`);
  }
});
