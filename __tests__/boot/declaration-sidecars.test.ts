/** The files that declaration.py makes of sidecars. */
import { spawnSync } from "node:child_process";
import { mountOf, sample, sidecarOf } from "../support/sample-declaration";
import { listIn, refusals, rendered } from "../support/rendered";

const HEALTH_CHECK = {
  command: ["pg_isready"],
  intervalSeconds: 5,
  timeoutSeconds: 6,
  retries: 7,
  startPeriodSeconds: 8,
};
const optionsOf = (files: { [name: string]: string }, name = "sidecar-db") => listIn(files[`${name}/options`]);
const foldersOf = (files: object) =>
  [...new Set(Object.keys(files).map((name) => name.split("/")[0]))].filter((name) =>
    /^(app|sidecar|gcsfuse)/.test(name),
  );

test("a sidecar has the same files as the app, in a folder of its name", () => {
  const files = rendered(
    sample({
      user: "root",
      sidecars: [
        sidecarOf({ name: "db-1", user: "postgres", environment: { A: "b" }, args: ["c"], entrypoint: ["d"] }),
      ],
    }),
  );
  expect(foldersOf(files)).toEqual(["app", "gcsfuse-0", "sidecar-db-1"]);
  const namesIn = (folder: string) =>
    Object.keys(files)
      .filter((name) => name.startsWith(`${folder}/`))
      .map((name) => name.slice(folder.length + 1));
  expect(namesIn("sidecar-db-1")).toEqual(namesIn("app"));
  expect(files).toMatchObject({
    "sidecar-db-1/image": "db:1",
    "sidecar-db-1/user": "postgres",
    "sidecar-db-1/environment": "A=b\0",
    "sidecar-db-1/args": "c\0",
    "sidecar-db-1/entrypoint": "d\0",
    "sidecar-db-1/restart-policy": "always",
    "sidecar-db-1/metadata-server-access": "false",
    "sidecar-db-1/tcp-ports": "",
    "sidecar-db-1/needs": "",
    "sidecar-db-1/health-check": "false",
    images: "app:1\ngcsfuse:1\ndb:1\n",
  });
});

test("it has the limits and the log of the app, and publishes nothing unless asked", () => {
  const files = rendered(sample({ ports: [], sidecars: [sidecarOf()] }));
  const others = (options: string[]) => options.filter((one) => !/^--(network-alias|stop-timeout|mount)/.test(one));
  expect(others(optionsOf(files))).toEqual(others(optionsOf(files, "app")));
  expect(optionsOf(files).filter((one) => one.startsWith("--publish"))).toEqual([]);
  const ports = [{ containerPort: 5432, hostPort: 15432, protocol: "tcp" as const }];
  expect(optionsOf(rendered(sample({ sidecars: [sidecarOf({ ports })] })))).toContain("--publish=15432:5432/tcp");
});

test("memory and time to stop are docker's options", () => {
  const files = rendered(sample({ sidecars: [sidecarOf({ memoryMib: 256, stopTimeoutSeconds: 7 })] }));
  expect(optionsOf(files)).toEqual(expect.arrayContaining(["--memory=256m", "--stop-timeout=7"]));
  expect(optionsOf(files, "app").some((one) => one.startsWith("--memory"))).toBe(false);
});

describe("the network", () => {
  test("is the app's and its sidecars', where each has its name", () => {
    const files = rendered(sample({ sidecars: [sidecarOf(), sidecarOf({ name: "cache" })] }));
    const aliases = (folder: string) => optionsOf(files, folder).filter((one) => one.startsWith("--network-alias"));
    for (const [folder, alias] of Object.entries({ "sidecar-db": "db", "sidecar-cache": "cache" })) {
      expect(optionsOf(files, folder)).toContain("--network=sidecars");
      expect(aliases(folder)).toEqual([`--network-alias=${alias}`]);
      expect(files[`${folder}/network`]).toBe("sidecars");
    }
    // Its container is called so: an alias would stay with one that another takes the name over from.
    expect(optionsOf(files, "app")).toContain("--network=sidecars");
    expect(aliases("app")).toEqual([]);
  });

  test("has the name of the local app before it", () => {
    const files = rendered(sample({ sidecars: [sidecarOf()] }), { CONTAINER_PREFIX: "gallery-" });
    expect(optionsOf(files, "app")).toEqual(
      expect.arrayContaining(["--network=gallery-sidecars", "--network-alias=app"]),
    );
    expect(files["app/network"]).toBe("gallery-sidecars");
  });

  test("is docker's own where there is no sidecar", () => {
    for (const declaration of [sample(), sample({ sidecars: [] })]) {
      const files = rendered(declaration);
      expect(optionsOf(files, "app").filter((one) => one.startsWith("--network"))).toEqual([]);
      expect(Object.keys(files)).not.toContain("app/network");
    }
  });

  test("another sidecar changes nothing of the app's own files: it is not restarted", () => {
    const appOf = (...names: string[]) =>
      Object.entries(rendered(sample({ sidecars: names.map((name) => sidecarOf({ name })) }))).filter(([name]) =>
        name.startsWith("app/"),
      );
    expect(appOf("db")).toEqual(appOf("db", "cache"));
    expect(appOf("db")).toEqual(appOf("cache"));
  });
});

describe("a health check", () => {
  const command = (words: string[]) => {
    const files = rendered(sample({ sidecars: [sidecarOf({ healthCheck: { ...HEALTH_CHECK, command: words } })] }));
    expect(files["sidecar-db/health-check"]).toBe("true");
    return optionsOf(files)
      .find((one) => one.startsWith("--health-cmd="))!
      .slice("--health-cmd=".length);
  };

  test("is docker's options", () => {
    expect(optionsOf(rendered(sample({ sidecars: [sidecarOf({ healthCheck: HEALTH_CHECK })] })))).toEqual(
      expect.arrayContaining([
        "--health-cmd=pg_isready",
        "--health-interval=5s",
        "--health-timeout=6s",
        "--health-retries=7",
        "--health-start-period=8s",
      ]),
    );
  });

  test.each([
    [["plain"]],
    [["$HOME", "`id`", "$(id)", "a b", "", "*", "'", '"', "\\", "two\nlines", "é", ";", "&&", "#x", "-n"]],
    [["sh", "-c", 'echo "$A" | cat']],
  ])("its arguments arrive through a shell as they are: %j", (words) => {
    const line = command(["printf", "%s\\0", ...words]);
    const { stdout } = spawnSync("/bin/sh", ["-c", line], { encoding: "utf8" });
    expect(listIn(stdout)).toEqual(words);
  });
});

describe("mounts", () => {
  const dumps = mountOf({ path: "/dumps", bucket: "dumps" });

  test("are numbered from the app's on, and belong to the container that has them", () => {
    const files = rendered(
      sample({
        mounts: [mountOf(), mountOf({ path: "/b", bucket: "media" })],
        sidecars: [sidecarOf(), sidecarOf({ name: "backup", mounts: [dumps] })],
      }),
    );
    expect(files).toMatchObject({
      "gcsfuse-0/container": "app",
      "gcsfuse-1/container": "app",
      "gcsfuse-2/container": "sidecar-backup",
      "gcsfuse-2/path": "/dumps",
      "app/needs": "gcsfuse-0\ngcsfuse-1\n",
      "sidecar-db/needs": "",
      "sidecar-backup/needs": "gcsfuse-2\n",
    });
    const mounts = optionsOf(files, "sidecar-backup").filter((one) => one.startsWith("--mount"));
    expect(mounts).toEqual([
      "--mount=type=bind,source=/run/gcs-backed-container-app/gcsfuse-2/fs,target=/dumps,bind-propagation=rslave",
    ]);
    expect(JSON.stringify(optionsOf(files, "app"))).not.toContain("gcsfuse-2");
  });

  test("that are the same but for the path are one, which belongs to the first container", () => {
    const files = rendered(
      sample({
        mounts: [mountOf({ path: "/a" })],
        sidecars: [
          sidecarOf({ name: "one", mounts: [dumps] }),
          sidecarOf({ name: "two", mounts: [dumps, mountOf({ path: "/z" })] }),
        ],
      }),
    );
    expect(foldersOf(files)).toEqual(["app", "gcsfuse-0", "gcsfuse-1", "sidecar-one", "sidecar-two"]);
    expect(files).toMatchObject({
      "gcsfuse-0/container": "app",
      "gcsfuse-1/container": "sidecar-one",
      "app/needs": "gcsfuse-0\n",
      "sidecar-one/needs": "gcsfuse-1\n",
      "sidecar-two/needs": "gcsfuse-0\ngcsfuse-1\n",
    });
    expect(optionsOf(files, "sidecar-two")).toContain(
      "--mount=type=bind,source=/run/gcs-backed-container-app/gcsfuse-0/fs,target=/z,bind-propagation=rslave",
    );
  });

  test.each([
    ["another folder", mountOf({ gcsfuseConfig: { "only-dir": "x" } })],
    ["another owner", mountOf({ uid: 5 })],
    ["read-only", mountOf({ readOnly: true })],
    ["true instead of 1", mountOf({ gcsfuseConfig: { "implicit-dirs": 1 } })],
  ])("that differ are not: %s", (_, other) => {
    const files = rendered(sample({ sidecars: [sidecarOf({ mounts: [other] })] }));
    expect(files["sidecar-db/needs"]).toBe("gcsfuse-1\n");
  });

  test("two of one container are never one", () => {
    const files = rendered(sample({ mounts: [mountOf({ readOnly: true }), mountOf({ path: "/b", readOnly: true })] }));
    expect(files["app/needs"]).toBe("gcsfuse-0\ngcsfuse-1\n");
  });
});

test.each([
  ["one name twice", [sidecarOf(), sidecarOf()]],
  ["the app's name", [sidecarOf({ name: "app" })]],
])("what the schema cannot say is refused: %s", (_, sidecars) => {
  expect(refusals([JSON.stringify(sample({ sidecars }))])).toEqual([
    "a sidecar has the name of another one, or of the app",
  ]);
});

test.each(["", "Db", "db_1", "-db", "db-", "1db", "../app", "db\n", "a".repeat(64)])(
  "a name that is no host name: %j",
  (name) => {
    expect(refusals([JSON.stringify(sample({ sidecars: [sidecarOf({ name })] }))])).toEqual([
      expect.stringMatching(/^sidecars\[0\]\.name does not match /),
    ]);
  },
);
