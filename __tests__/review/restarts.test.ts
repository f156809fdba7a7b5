/** Restarts that no change of a container's own tells of. */
import { Declaration, SidecarDeclaration } from "../../lib/boot/declaration";
import { change, gatesOf } from "../support/review";

const mount = (path: string, bucket: string) => ({ path, bucket, readOnly: false, gcsfuseConfig: {} });
const sidecar = (name: string, changes: Partial<SidecarDeclaration> = {}): SidecarDeclaration => ({
  name,
  image: "ghcr.io/me/db:1",
  environment: {},
  restartPolicy: "always",
  stopTimeoutSeconds: 10,
  ports: [],
  mounts: [],
  ...changes,
});
const port = (hostPort: number) => ({ containerPort: 80, hostPort, protocol: "tcp" as const });
const BASE: Partial<Declaration> = {
  mounts: [mount("/a", "a"), mount("/b", "b")],
  disks: [
    { name: "one", path: "/one" },
    { name: "two", path: "/two" },
  ],
  ports: [port(80), port(8080)],
  sidecars: [sidecar("db"), sidecar("worker", { mounts: [mount("/w", "w")] })],
};
const restarted = (after: Partial<Declaration>) =>
  change({ declared: BASE }, { declared: { ...BASE, ...after } })
    .apps[0].changes.filter(({ note }) => note?.startsWith("it restarts too"))
    .map(({ what, name, effect }) => [what, name, effect].filter(Boolean).join(" "));

test.each<[string, Partial<Declaration>]>([
  ["mounts", { mounts: [...BASE.mounts!].reverse() }],
  ["disks", { disks: [...BASE.disks!].reverse() }],
  ["ports", { ports: [...BASE.ports!].reverse() }],
])("the app restarts where its %s are in another order", (_, after) => {
  expect(restarted(after)).toContain("app app restarts");
  expect(gatesOf({ declared: BASE }, { declared: { ...BASE, ...after } })).toContain("restart");
});

test.each<[string, Partial<Declaration>, string[]]>([
  ["the app's mounts change", { mounts: [...BASE.mounts!, mount("/c", "c")] }, ["sidecar worker sidecar changes"]],
  [
    "gcsfuse is another one",
    { gcsfuse: { image: "ghcr.io/me/gcsfuse:2", privileged: false } },
    ["sidecar worker sidecar changes"],
  ],
  [
    "the metadata server is opened",
    { metadataServerAccess: true },
    ["sidecar db sidecar changes", "sidecar worker sidecar changes"],
  ],
  ["nothing but the seconds to come to life changes", { startTimeoutSeconds: 20 }, []],
  ["sidecars are in another order", { sidecars: [...BASE.sidecars!].reverse() }, []],
])("sidecars restart where %s", (_, after, expected) => {
  expect(restarted(after)).toEqual(expected);
});

test("what a sidecar's own change says is not said twice", () => {
  expect(restarted({ sidecars: [sidecar("db", { user: "70" }), BASE.sidecars![1]] })).toEqual([]);
});

test("declarations that were written by hand are compared as far as they can be", () => {
  for (const odd of [{ disks: {} }, { disks: [null] }, { mounts: null }, { sidecars: [null] }, { gcsfuse: 5 }]) {
    expect(() => change({ declared: BASE }, { declared: odd as unknown as Partial<Declaration> })).not.toThrow();
  }
});
