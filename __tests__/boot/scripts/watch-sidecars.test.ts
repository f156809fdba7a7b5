/** What the watcher decides about sidecars. What is simulated: see WatchedMachine. */
import { Declaration, SidecarDeclaration } from "../../../lib/boot/declaration";
import { mountOf, sidecarOf } from "../../support/sample-declaration";
import { hash, machineWith, ONE, short, takenBack, version } from "../../support/watched-versions";
import { WatchedMachine } from "../../support/watched-machine";

const withSidecars = (sidecars: Partial<SidecarDeclaration>[], options: Partial<Declaration> = {}, tag = "1") =>
  version(tag, { sidecars: sidecars.map(sidecarOf), ...options });
const DB = withSidecars([{}]);
const imagesOf = ({ image, gcsfuse, sidecars = [] }: Declaration) => [
  image,
  gcsfuse.image,
  ...sidecars.map((sidecar) => sidecar.image),
];
const machineOf = (declaration: Declaration) => machineWith(declaration, imagesOf(declaration));
const units = (machine: WatchedMachine) => Object.keys(machine.unitVersions);

test("a boot starts the sidecars before the app, which is ordered after them and not restarted with them", () => {
  const machine = new WatchedMachine();
  const declaration = withSidecars([{ mounts: [mountOf({ bucket: "dumps" })] }, { name: "cache-1", image: "cache:1" }]);
  machine.setImages(...imagesOf(declaration));
  machine.setMetadata({ declaration });
  const { systemctl, updates } = machine.watch(30);
  expect(systemctl).toEqual([
    "daemon-reload",
    "restart --no-block gcsfuse@0.service",
    "restart --no-block gcsfuse@1.service",
    "restart --no-block sidecar@cache-1.service",
    "restart --no-block sidecar@db.service",
    "start --no-block app.service",
  ]);
  expect(updates).toEqual(["none "]);
  expect(machine.dropIn).toBe(
    "[Unit]\nWants=gcsfuse@0.service\nAfter=gcsfuse@0.service sidecar@cache-1.service sidecar@db.service\nPartOf=gcsfuse@0.service\n",
  );
  expect(machine.dropInOf("sidecar@db.service")).toBe(
    "[Unit]\nWants=gcsfuse@1.service\nAfter=gcsfuse@1.service\nPartOf=gcsfuse@1.service\n",
  );
  expect(machine.dropInOf("sidecar@cache-1.service")).toBe("[Unit]\nWants=\nAfter=\nPartOf=\n");
});

describe("an update restarts what changed, and nothing else", () => {
  test("a changed sidecar alone, after its image was pulled", () => {
    const machine = machineOf(DB);
    const changed = withSidecars([{ image: "db:2" }]);
    const { systemctl, updates } = machine.watch(40, { 1: { declaration: changed } });
    expect(updates).toEqual(["pulling db:2", `starting declaration ${short(changed)}`, "none "]);
    expect(systemctl).toEqual(["daemon-reload", "stop sidecar@db.service", "restart --no-block sidecar@db.service"]);
    expect(machine.unitVersions).toMatchObject({
      "app.service": hash(DB),
      "gcsfuse@0.service": hash(DB),
      "sidecar@db.service": hash(changed),
    });
    expect(machine.onDisk("declaration")).toBe(JSON.stringify(changed));
    expect(machine.images).toEqual(["app:1", "db:2", "gcsfuse:1"]);
  });

  test("the app alone, while its sidecars run on", () => {
    const machine = machineOf(DB);
    const { systemctl } = machine.watch(40, { 1: { declaration: withSidecars([{}], {}, "2") } });
    expect(systemctl).toEqual(["restart --no-block app.service"]);
  });

  test("nor a disk, whose owner is looked up only where it is needed", () => {
    const disks = [{ name: "data", path: "/srv/db" }];
    const machine = machineOf(withSidecars([{ disks }]));
    const { systemctl } = machine.watch(40, { 1: { declaration: withSidecars([{ disks }], {}, "2") } });
    expect(systemctl).toEqual(["restart --no-block app.service"]);
  });

  test("a new one is started, one that is gone is stopped, and its state goes", () => {
    const machine = machineOf(DB);
    const { systemctl } = machine.watch(40, {
      1: { declaration: withSidecars([{ name: "cache", image: "cache:1" }]) },
    });
    expect(systemctl).toEqual([
      "daemon-reload",
      "stop sidecar@cache.service sidecar@db.service",
      "restart --no-block sidecar@cache.service",
    ]);
    expect(units(machine)).toEqual(["app.service", "gcsfuse@0.service", "sidecar@cache.service"]);
    expect(machine.state("sidecar-db")).toBeUndefined();
    expect(machine.dropInOf("sidecar@db.service")).toBeUndefined();
    expect(machine.images).toEqual(["app:1", "cache:1", "gcsfuse:1"]);
  });

  test("the first one restarts the app, which is in another network from then on; so does the removal of the last", () => {
    const machine = machineOf(ONE);
    const added = machine.watch(40, { 1: { declaration: DB } });
    expect(added.systemctl).toEqual([
      "stop app.service",
      "daemon-reload",
      "stop sidecar@db.service",
      "restart --no-block sidecar@db.service",
      "start --no-block app.service",
    ]);
    const removed = machine.watch(40, { 1: { declaration: ONE } });
    expect(removed.systemctl).toEqual([
      "stop app.service",
      "daemon-reload",
      "stop sidecar@db.service",
      "start --no-block app.service",
    ]);
    expect(units(machine)).toEqual(["app.service", "gcsfuse@0.service"]);
  });

  test("a mount that the app and a sidecar share restarts both, and the app stops first", () => {
    const worker = { name: "worker", image: "app:1" };
    const shared = (bucket: string) => {
      const mounts = [mountOf({ bucket })];
      return withSidecars([{ ...worker, mounts }], { mounts });
    };
    const machine = machineOf(shared("files"));
    expect(units(machine)).toEqual(["app.service", "gcsfuse@0.service", "sidecar@worker.service"]);
    const { systemctl } = machine.watch(40, { 1: { declaration: shared("media") } });
    expect(systemctl).toEqual([
      "stop app.service",
      "daemon-reload",
      "stop sidecar@worker.service",
      "restart --no-block gcsfuse@0.service",
      "restart --no-block sidecar@worker.service",
      "start --no-block app.service",
    ]);
  });

  test("a sidecar's own mount does not restart the app", () => {
    const backup = (bucket: string) => withSidecars([{ mounts: [mountOf({ bucket })] }]);
    const machine = machineOf(backup("dumps"));
    const { systemctl } = machine.watch(40, { 1: { declaration: backup("dumps-2") } });
    expect(systemctl).toEqual([
      "daemon-reload",
      "stop sidecar@db.service",
      "restart --no-block gcsfuse@1.service",
      "restart --no-block sidecar@db.service",
    ]);
  });

  test("one that is not up is restarted in any case: it may wait for what the old version names", () => {
    const machine = machineOf(DB);
    machine.watch(5, { 1: "say_of db 'starting pulling db:1'" });
    const changed = withSidecars([{}], { startTimeoutSeconds: 200 });
    const { systemctl } = machine.watch(40, { 1: { declaration: changed } });
    expect(systemctl).toEqual(["daemon-reload", "stop sidecar@db.service", "restart --no-block sidecar@db.service"]);
  });

  test("a job that has ended for good is not run again", () => {
    const done = (tag: string) => withSidecars([{ image: "job:done", restartPolicy: "no" }], {}, tag);
    const machine = machineOf(done("1"));
    expect(machine.state("sidecar-db")).toBe("stopped sidecar db ended with exit code 0");
    const { systemctl } = machine.watch(40, { 1: { declaration: done("2") } });
    expect(systemctl).toEqual(["restart --no-block app.service"]);
    expect(machine.onDisk("declaration")).toBe(JSON.stringify(done("2")));
  });
});

describe("a version whose sidecar does not stay up is taken back", () => {
  test.each([
    ["ends at once", "ends", "sidecar db ended with exit code 3"],
    [
      "never becomes healthy",
      "deaf",
      "it has not come to life within 5 seconds: sidecar db: its health check has not passed yet",
    ],
    ["takes too long", "slow", "it has not come to life within 5 seconds: sidecar db: the container starts"],
  ])("one that %s", (_, tag, why) => {
    const machine = machineOf(DB);
    const bad = withSidecars([{ image: `db:${tag}` }], { startTimeoutSeconds: 5 });
    const { updates, systemctl } = machine.watch(60, { 1: { declaration: bad } });
    expect(updates).toEqual([`pulling db:${tag}`, `starting declaration ${short(bad)}`, takenBack(bad, why)]);
    expect(systemctl.filter((call) => call.includes("app.service"))).toEqual([]);
    expect(machine.unitVersions["sidecar@db.service"]).toBe(hash(DB));
    expect(machine.state("sidecar-db")).toBe("live ");
    expect(machine.onDisk("declaration")).toBe(JSON.stringify(DB));
  });

  test("with the app that came with it", () => {
    const machine = machineOf(DB);
    const bad = withSidecars([{ image: "db:ends" }], {}, "2");
    machine.watch(60, { 1: { declaration: bad } });
    expect(machine.state("update")).toBe(takenBack(bad, "sidecar db ended with exit code 3"));
    expect(machine.unitVersions).toEqual({
      "app.service": hash(DB),
      "gcsfuse@0.service": hash(DB),
      "sidecar@db.service": hash(DB),
    });
  });

  test("but not one that takes its time within what is allowed", () => {
    const machine = machineOf(DB);
    const slow = withSidecars([{ image: "db:slow" }], { startTimeoutSeconds: 60 });
    machine.watch(20, { 1: { declaration: slow } });
    expect(machine.state("update")).toBe(`starting declaration ${short(slow)}`);
    machine.watch(60);
    expect(machine.state("update")).toBe("none ");
    expect(machine.onDisk("declaration")).toBe(JSON.stringify(slow));
  });
});

test.each(Array.from({ length: 6 }, (_, index) => 5 + index * 13))(
  "the watcher may be killed while it activates, before command %d",
  (killedBefore) => {
    const machine = machineOf(DB);
    const next = withSidecars(
      [
        { image: "db:2", mounts: [mountOf({ bucket: "dumps" })] },
        { name: "cache", image: "cache:1" },
      ],
      {},
      "2",
    );
    const { wasKilled } = machine.watch(80, { 1: { declaration: next } }, { killedBefore, killedIn: "activate" });
    expect(wasKilled).toBe(true);
    expect(machine.state("update")).toBe("none ");
    expect(new Set(Object.values(machine.unitVersions))).toEqual(new Set([hash(DB), hash(next)]));
    expect(machine.unitVersions).toMatchObject({
      "app.service": hash(next),
      "sidecar@db.service": hash(next),
      "sidecar@cache.service": hash(next),
    });
    expect(machine.onDisk("declaration")).toBe(JSON.stringify(next));
  },
);
