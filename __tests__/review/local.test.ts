/** The local stack: the same page, with Docker's words. */
import { compareStacks } from "../../lib/review/changes/compare";
import { markdown } from "../../lib/review/format/markdown";
import { stackPage } from "../../lib/review/page/stack-page";
import { readStack } from "../../lib/review/read/read-stack";
import { synthesizeLocalApp } from "../support/local";
import { localStack } from "../support/review";

const compared = (...after: Parameters<typeof localStack>) => compareStacks(localStack(), localStack(...after));
const page = (...stack: Parameters<typeof localStack>) => markdown(stackPage(localStack(...stack), "local"));

test("the same stack: no change", () => {
  expect(compared()).toMatchObject({ apps: [{ changes: [] }], others: [], exposures: [] });
});

test("another image: one change, and the app restarts", () => {
  const { apps, effects } = compared(undefined, { image: "localhost/gallery/app:2" });
  expect(apps[0].changes).toMatchObject([{ what: "image", after: "localhost/gallery/app:2" }]);
  expect([...effects]).toEqual(["app restarts"]);
});

test("another version of the library, or another setting of the stand-in: the app restarts", () => {
  const version = compared(undefined, {}, (machine) =>
    machine.upload.forEach((upload: { content: string; file: string }) => {
      if (upload.file.endsWith(".sh")) upload.content += "# changed\n";
    }),
  );
  expect(version.apps[0].changes).toMatchObject([{ what: "the stand-in's files", effect: "app restarts" }]);
  const setting = compared(undefined, {}, (machine) => (machine.stop_timeout = 7));
  expect(setting.apps[0].changes).toMatchObject([
    { what: "the stand-in", name: "stop_timeout", effect: "app restarts" },
  ]);
});

test("published to the network: new exposure", () => {
  expect(compared("0.0.0.0").exposures).toMatchObject([
    { severity: 2, text: "the app is published to this computer's network", values: ["0.0.0.0:8080/tcp"] },
  ]);
  const open = { ports: [{ containerPort: 80, hostPort: 8080, protocol: "tcp" as const }] };
  expect(compared(undefined, open).exposures).toMatchObject([{ values: ["0.0.0.0:8080/tcp"] }]);
  expect(page(undefined, open)).toContain("| whoever reaches this computer by its network | `0.0.0.0:8080` |");
});

test("a container that becomes privileged, or is given the engine", () => {
  const privileged = compared(undefined, {}, (_, stack) => {
    stack.resource.docker_container.other = { name: "other", image: "x", privileged: true };
    stack.resource.docker_container.root = { name: "root", image: "x", volumes: [{ host_path: "/run/docker.sock" }] };
  });
  expect(privileged.exposures.map(({ text }) => text)).toEqual([
    "a privileged container",
    expect.stringMatching(/^a container that may use the Docker Engine/),
    expect.stringMatching(/^settings that this page does not judge/),
  ]);
});

test("a volume that goes: data could be lost, but not one in memory", () => {
  const withVolume = localStack(undefined, {}, (_, { resource }) => {
    resource.docker_volume.files = { name: "files" };
    resource.docker_volume.scratch = { name: "scratch", driver_opts: { type: "tmpfs" } };
  });
  expect(compareStacks(withVolume, localStack()).others).toEqual([
    { address: "docker_volume.files", action: "destroyed", attributes: [], effect: "data could be lost" },
    { address: "docker_volume.scratch", action: "destroyed", attributes: [], effect: "nothing" },
  ]);
});

test("no port, no mount, no volume", () => {
  const text = page(undefined, { ports: [], mounts: [] }, (_, { resource }) => {
    for (const container of Object.values<{ volumes?: object[] }>(resource.docker_container)) delete container.volumes;
  });
  expect(text).toContain("Nothing: it publishes no port.");
  expect(text).toContain("No folder is kept");
  expect(text).toContain("The stack names no Docker volume for the files.");
});

test("a stack whose declaration cannot be read", () => {
  const text = page(undefined, {}, (_, stack) => delete stack.locals);
  expect(text).toContain("What it publishes cannot be read.");
  expect(text).toContain("The app's declaration cannot be read");
});

test("without Docker's labels the app has the container's name", () => {
  const text = page(undefined, {}, (machine) => delete machine.labels);
  expect(text).toContain("## Local app `gallery-machine`");
});

test("another value that needs an escape, in the stack that the library synthesizes: the environment alone changes", () => {
  const stack = (A: string) => readStack(JSON.stringify(synthesizeLocalApp({ environment: { A } })), "cdk.tf.json");
  const { apps } = compareStacks(stack("cafe"), stack("cafe\u0301"));
  expect(apps[0].changes).toMatchObject([{ what: "environment variable", name: "A" }]);
});

test("a stand-in without label is called by its container's name, or its address", () => {
  const bare = (name?: string) =>
    localStack(undefined, {}, (machine) => {
      delete machine.labels;
      machine.name = name;
    });
  expect(markdown(stackPage(bare("mine-machine"), "local"))).toContain("Local app `mine-machine`");
  expect(markdown(stackPage(bare(), "local"))).toMatch(/Local app `docker_container\.gallery_machine_/);
});

test("a stand-in whose declaration cannot be read any longer: its files change with it", () => {
  const broken = localStack(undefined, {}, (_, stack) => (stack.locals = {}));
  expect(compareStacks(broken, broken).apps[0].changes).toEqual([]);
});

test("another volume mounted as a disk opens nothing, and a folder of the computer may", () => {
  const mounted = (mount: object) => localStack(undefined, {}, (machine) => (machine.mounts = [mount]));
  const before = mounted({ type: "volume", source: "gallery-srv", target: "/disks/srv" });
  const other = mounted({ type: "volume", source: "gallery-data", target: "/disks/data" });
  expect(compareStacks(before, other).exposures).toEqual([]);
  expect(
    compareStacks(before, mounted({ type: "bind", source: "/etc", target: "/disks/srv" })).exposures,
  ).toMatchObject([{ text: "settings that this page does not judge, and that are new, changed or gone" }]);
});
