/** The containers beside the app: what the page says of them, and what a change of one does. */
import { Declaration, SidecarDeclaration } from "../../lib/boot/declaration";
import { markdown } from "../../lib/review/markdown";
import { stackPage } from "../../lib/review/stack-page";
import { change, cloudStack } from "../support/review";
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
