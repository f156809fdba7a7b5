/** The containers beside the app: what the page says of them, and what a change of one does. */
import { Declaration, SidecarDeclaration } from "../../lib/boot/declaration";
import { changePage } from "../../lib/review/page/change-page";
import { markdown } from "../../lib/review/format/markdown";
import { diagramOf } from "../../lib/review/page/stack-diagram";
import { stackPage } from "../../lib/review/page/stack-page";
import { change, cloudStack, gatesOf } from "../support/review";
import { mountOf, sidecarOf } from "../support/sample-declaration";

const declared = (...sidecars: Partial<SidecarDeclaration>[]): { declared: Partial<Declaration> } => ({
  declared: sidecars.length === 0 ? {} : { sidecars: sidecars.map(sidecarOf) },
});
const changes = (...[before, after]: ReturnType<typeof declared>[]) => change(before, after).apps[0].changes;
const HEALTH_CHECK = {
  command: ["pg_isready"],
  intervalSeconds: 5,
  timeoutSeconds: 5,
  retries: 3,
  startPeriodSeconds: 0,
};

test("the page says what runs beside the app, and hides what looks like a secret", () => {
  const text = markdown(
    stackPage(
      cloudStack(
        declared({
          user: "postgres",
          memoryMib: 256,
          args: ["--password=hunter2"],
          environment: { POSTGRES_PASSWORD: "hunter2", LEVEL: "info" },
          healthCheck: HEALTH_CHECK,
          mounts: [mountOf({ path: "/dumps", bucket: "dumps" })],
        }),
      ),
      "cloud",
    ),
  );
  for (const row of [
    "| sidecar db | value |",
    "| user | `postgres` |",
    "| restarted | whenever it ends; given `30` seconds to stop |",
    "| the app waits until it is | healthy, as `pg_isready` says |",
    "| most memory | `256` MiB |",
  ]) {
    expect(text).toContain(row);
  }
  expect(text).toContain("| `LEVEL` | `info` |");
  expect(text).toContain("`db:/dumps`");
  expect(text).not.toContain("hunter2");
});

test("the page of an app without sidecars has no word of them", () => {
  expect(markdown(stackPage(cloudStack(), "cloud"))).not.toContain("Beside the app");
});

test("the same sidecars are no change", () => {
  expect(changes(declared({}), declared({}))).toEqual([]);
});

test.each<[string, Partial<SidecarDeclaration>]>([
  ["image", { image: "db:2" }],
  ["arguments", { args: ["--fast"] }],
  ["entrypoint", { entrypoint: ["/bin/db"] }],
  ["user", { user: "postgres" }],
  ["restart policy", { restartPolicy: "no" }],
  ["seconds to stop", { stopTimeoutSeconds: 60 }],
  ["health check", { healthCheck: HEALTH_CHECK }],
  ["most memory, in MiB", { memoryMib: 100 }],
  ["environment variable", { environment: { A: "b" } }],
  ["port", { ports: [{ containerPort: 5432, hostPort: 5432, protocol: "tcp" }] }],
  ["mount", { mounts: [mountOf({ path: "/dumps", bucket: "dumps" })] }],
])("another %s: the sidecar restarts, and the app runs on", (what, options) => {
  const found = changes(declared({}), declared(options));
  expect(found).toMatchObject([{ what: `sidecar db: ${what}`, effect: "sidecar changes" }]);
  expect(JSON.stringify(found)).not.toContain("the app");
});

test("a second one is added, and removed: the app runs on", () => {
  const both = declared({}, { name: "cache", image: "cache:1" });
  expect(changes(declared({}), both)).toEqual([
    { what: "sidecar", name: "cache", after: "cache:1", effect: "sidecar changes" },
  ]);
  expect(changes(both, declared({}))).toMatchObject([
    { what: "sidecar", name: "cache", before: "cache:1", effect: "sidecar changes" },
  ]);
});

describe("one that is renamed", () => {
  const disks = [{ name: "data", path: "/data" }];

  test("is told as a rename, with what becomes of it", () => {
    expect(
      changes(declared({ name: "db", disks }, { name: "a" }), declared({ name: "postgres", disks }, { name: "a" })),
    ).toEqual([
      {
        what: "sidecar",
        name: "postgres",
        before: "db",
        after: "postgres",
        effect: "sidecar changes",
        note: "it is renamed, and restarts: the app and the other sidecars reach it as postgres and no longer as db; what it wrote into its own container is lost, and what is in its mounts and on its disks is there as before",
      },
    ]);
  });

  test("is told where its image is built, whose reference has its name", () => {
    const built = (name: string) => ({
      name,
      image: `us-east1-docker.pkg.dev/p/gallery/sidecar-${name}:${"0".repeat(32)}`,
    });
    expect(changes(declared(built("db")), declared(built("postgres")))).toMatchObject([
      { what: "sidecar", before: "db", after: "postgres" },
      { what: "sidecar postgres: image" },
    ]);
  });

  test("keeps no more than one of two that are the same", () => {
    expect(changes(declared({ name: "a" }, { name: "b" }), declared({ name: "c" }))).toMatchObject([
      { what: "sidecar", name: "b", before: "db:1" },
      { what: "sidecar", name: "c", before: "a", after: "c" },
    ]);
  });

  test("is one that goes and one that comes where anything else differs", () => {
    expect(changes(declared({ name: "db" }), declared({ name: "cache", image: "cache:1" }))).toMatchObject([
      { name: "db", before: "db:1" },
      { name: "cache", after: "cache:1" },
    ]);
  });
});

test("of a change of a sidecar the declaration has no row of its own", () => {
  expect(change(declared({}), declared({ memoryMib: 100 })).others).toEqual([]);
});

test("of one that is new everything is said that the page says of it", () => {
  const whole: Partial<SidecarDeclaration> = {
    args: ["--fast"],
    environment: { LEVEL: "info" },
    healthCheck: HEALTH_CHECK,
    disks: [{ name: "data", path: "/var/lib/db" }],
    mounts: [mountOf({ path: "/dumps", bucket: "dumps" })],
    secrets: { PASSWORD: { secret: "projects/p/secrets/db", version: "3" } },
  };
  const found = changes(declared(), declared(whole, { name: "cache", image: "cache:1" }));
  expect(found.map(({ what, name, after }) => [what, name, after])).toEqual([
    ["sidecar", "db", "db:1"],
    ["sidecar db: arguments", undefined, ["--fast"]],
    ["sidecar db: health check", undefined, HEALTH_CHECK],
    ["sidecar db: environment variable", "LEVEL", "info"],
    ["sidecar db: secret in environment variable", "PASSWORD", "projects/p/secrets/db/versions/3"],
    ["sidecar db: mount", "/dumps", "dumps"],
    ["sidecar db: disk", "data", "/var/lib/db"],
    ["sidecar", "cache", "cache:1"],
  ]);
  expect(found.filter(({ note }) => note?.includes("the app moves"))).toHaveLength(1);
});

test("the first one is added, or the last one removed: the app restarts", () => {
  for (const [before, after] of [
    [declared(), declared({})],
    [declared({}), declared()],
  ]) {
    expect(change(before, after).effects).toContain("app restarts");
    expect(changes(before, after)).toMatchObject([{ what: "sidecar", name: "db", also: ["app restarts"] }]);
  }
});

test("a folder that a sidecar no longer keeps is as grave as one of the app's", () => {
  const found = changes(declared({ mounts: [mountOf({ bucket: "dumps" })] }), declared({}));
  expect(found).toMatchObject([{ what: "sidecar db: mount", effect: "data could be lost", also: ["sidecar changes"] }]);
});

test.each([{ sidecars: "x" }, { sidecars: [1, {}, { name: "db" }] }])("odd declarations are read: %j", (odd) => {
  const options = { declared: odd as unknown as Partial<Declaration> };
  expect(() => markdown(stackPage(cloudStack(options), "cloud"))).not.toThrow();
});

test("the picture has sidecars, disks and secrets, and one gcsfuse for a mount that is shared", () => {
  const { nodes, edges } = diagramOf(
    cloudStack({
      declared: {
        mounts: [mountOf({ path: "/uploads", bucket: "b" })],
        disks: [{ name: "srv", path: "/srv" }],
        sidecars: [
          sidecarOf({
            mounts: [mountOf({ path: "/in", bucket: "b" })],
            disks: [{ name: "data", path: "/var/lib/db" }],
          }),
          sidecarOf({ name: "cache", secrets: { TOKEN: { secret: "projects/p/secrets/token", version: "1" } } }),
        ],
      },
    }),
  );
  const labels = new Map(nodes.map(({ id, label }) => [id, label[label.length - 1]]));
  const drawn = edges.map(({ from, to, label }) => `${labels.get(from)} -- ${label} -- ${labels.get(to)}`).slice(1);
  const app = labels.get("app0");
  expect(drawn).toEqual([
    `${app} -- as db -- db:1`,
    `${app} -- as cache -- db:1`,
    `${app} -- /uploads -- gcsfuse`,
    "gcsfuse -- reads and writes -- b",
    "db:1 -- /in -- gcsfuse",
    `${app} -- /srv -- srv`,
    "db:1 -- /var/lib/db -- data",
    "db:1 -- token -- Secret Manager",
  ]);
  expect(nodes.filter(({ label }) => label[0] === "gcsfuse")).toHaveLength(1);
});

describe("a sidecar with disks and secrets", () => {
  const SECRET = { secret: "projects/p/secrets/db", version: "3" };
  const WHOLE: Partial<SidecarDeclaration> = {
    disks: [{ name: "data", path: "/var/lib/db" }],
    secrets: { PASSWORD: SECRET },
    secretFiles: { "/run/key": { ...SECRET, version: "latest" } },
  };

  test("the page says where its folders and secrets come from", () => {
    const text = markdown(stackPage(cloudStack(declared(WHOLE)), "cloud"));
    expect(text).toContain("`db:/var/lib/db`");
    expect(text).toContain("| secret of sidecar db |");
    expect(text).toContain("projects/p/secrets/db/versions/3");
    expect(text).toContain("the newest version, read whenever the container starts");
  });

  test("another version, and a disk that goes, are said of it", () => {
    const after = { ...WHOLE, disks: [], secrets: { PASSWORD: { ...SECRET, version: "4" } } };
    expect(changes(declared(WHOLE), declared(after))).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: "sidecar db: secret in environment variable", effect: "sidecar changes" }),
        expect.objectContaining({ what: "sidecar db: disk", effect: "data could be lost", also: ["sidecar changes"] }),
      ]),
    );
  });

  test("is what the gate for restarts stops", () => {
    expect(gatesOf(declared({}), declared({ image: "db:2" }))).toEqual(expect.arrayContaining(["restart", "change"]));
  });

  test("names that every object has are names like others", () => {
    const [added] = changes(declared({}), declared({ secrets: { constructor: SECRET } }));
    expect(added).not.toHaveProperty("before", expect.anything());
    expect(added.after).toBe("projects/p/secrets/db/versions/3");
  });

  test.each([{ disks: {} }, { disks: null }, { disks: [null] }, { args: 5 }, { secrets: 5 }])(
    "written by hand as %j, it is shown as far as it can be",
    (odd) => {
      const text = markdown(stackPage(cloudStack(declared(odd as unknown as Partial<SidecarDeclaration>)), "cloud"));
      expect(text).toContain("| sidecar db | value |");
    },
  );
});

test("a mount that is moved is seen at its new path", () => {
  const at = (path: string) => ({ declared: { mounts: [mountOf({ path, bucket: "b" })] } });
  const notes = change(at("/old"), at("/new")).apps[0].changes.map(({ note }) => note);
  expect(notes[0]).toContain("the app sees these files at /new instead");
});

test("the change of a sidecar's command shows no secret of it", () => {
  const words = ["--password", "hunter2"];
  const secret: Partial<SidecarDeclaration> = {
    args: words,
    entrypoint: ["db", ...words],
    healthCheck: { ...HEALTH_CHECK, command: ["ping", ...words, "--requirepass", "hunter2"] },
  };
  for (const [before, after] of [
    [declared({}), declared(secret)],
    [declared(secret), declared({})],
    [{}, declared(secret)],
  ]) {
    const page = markdown(changePage(change(before, after), cloudStack(after), "cloud"));
    expect(page).toContain("(hidden)");
    expect(page).not.toContain("hunter2");
  }
});
