import { TerraformStack, Testing } from "cdktf";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { GcsBackedContainerApp, RestartPolicy } from "../../lib";
import { renderUserData } from "../../lib/boot/user-data";
import { folderWith } from "../support/folder";
import { newStack, ready, synthesized } from "../support/synthesize";

const expressions = (stack: TerraformStack): string[] =>
  Object.values(synthesized(stack).resource.google_compute_instance).map(({ metadata }) => metadata["user-data"]);

test("it is one file beside the stack, the same for two apps that have nothing else in common", () => {
  const outdir = folderWith();
  const app = Testing.app({ outdir });
  const stack = newStack("cloud", app);
  new GcsBackedContainerApp(stack, "gallery", ready());
  new GcsBackedContainerApp(stack, "shop", {
    ...ready(),
    mounts: [
      { path: "/a", prefix: "a" },
      { path: "/b", readOnly: true, bucket: "media-library" },
    ],
    ports: [{ containerPort: 8000 }],
    environment: { A: "b" },
    args: ["x"],
    restartPolicy: RestartPolicy.ALWAYS,
    gcsfuse: { ...ready().gcsfuse, privileged: true },
    machine: { metadataServerAccess: true, logging: false },
  });
  app.synth();
  const [one, two] = expressions(stack);
  expect(two).toBe(one);
  const [, file] = /^\$\{file\("(assets\/.*)"\)\}$/.exec(one)!;
  const folder = join(outdir, "stacks/cloud");
  expect(readFileSync(join(folder, file), "utf8")).toBe(renderUserData());
  expect(
    readdirSync(join(folder, "assets"), { recursive: true }).filter((name) => `${name}`.endsWith(".yaml")),
  ).toHaveLength(1);
  rmSync(outdir, { recursive: true });
});

test("two versions of the library in one stack have a file each, and two apps of one version share it", () => {
  const stack = newStack();
  new GcsBackedContainerApp(stack, "gallery", ready());
  new GcsBackedContainerApp(stack, "wiki", ready());
  jest.isolateModules(() => {
    jest.doMock("../../lib/boot/user-data", () => ({ renderUserData: () => "#cloud-config\n# of another version\n" }));
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const another = require("../../lib") as typeof import("../../lib");
    const image = another.ContainerImage.fromRegistry("ghcr.io/me/shop:1.0");
    new another.GcsBackedContainerApp(stack, "shop", { ...ready(), image, gcsfuse: { image } });
  });
  const [one, three, two] = expressions(stack);
  expect(two).toBe(one);
  expect(three).toMatch(/^\$\{file\("assets\/.*\/user-data\.yaml"\)\}$/);
  expect(three).not.toBe(one);
});
