/** The containers beside the app: what the page says of them, and what a change of one does. */
import { Declaration, SidecarDeclaration } from "../../lib/boot/declaration";
import { markdown } from "../../lib/review/format/markdown";
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
          args: ["--password=hunter2"],
          environment: { POSTGRES_PASSWORD: "hunter2", LEVEL: "info" },
          healthCheck: HEALTH_CHECK,
          mounts: [mountOf({ path: "/dumps", bucket: "dumps" })],
        }),
      ),
      "cloud",
    ),
  );
  expect(text).toContain("| `db` | `db:1` | `postgres` |");
  expect(text).toMatch(/\| `db` .*\| none \| healthy \|/);
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
      expect(text).toContain("| `db` |");
    },
  );
});

test("a mount that is moved is seen at its new path", () => {
  const at = (path: string) => ({ declared: { mounts: [mountOf({ path, bucket: "b" })] } });
  const notes = change(at("/old"), at("/new")).apps[0].changes.map(({ note }) => note);
  expect(notes[0]).toContain("the app sees these files at /new instead");
});
