import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseImageReference } from "../../lib/images/image-reference";

const ROOT = join(__dirname, "../..");
const read = (...file: string[]) => readFileSync(join(ROOT, ...file), "utf8");
const folders = readdirSync(join(ROOT, "container"));

test("every image starts from the same base image, by its digest, unless another one is given", () => {
  const bases = folders.map((folder) => {
    const [, base] = /^(?:#.*\n)*ARG BASE_IMAGE=(\S+)\nFROM \$BASE_IMAGE(?: AS [\w-]+)?\n/.exec(
      read("container", folder, "Dockerfile"),
    )!;
    return base;
  });
  expect(bases).toHaveLength(4);
  expect(new Set(bases).size).toBe(1);
  expect(parseImageReference(bases[0])).toMatchObject({ tag: "bookworm-slim", digest: expect.any(String) });
});

test("nothing else is built on, and nothing is fetched but by apt", () => {
  for (const folder of folders) {
    const dockerfile = read("container", folder, "Dockerfile");
    expect(dockerfile.replace(/^FROM \$BASE_IMAGE( AS [\w-]+)?$/gm, "")).not.toMatch(/^FROM /m);
    expect(dockerfile.match(/^FROM \$BASE_IMAGE$/gm)).toHaveLength(1);
    expect(dockerfile).not.toMatch(/curl|wget|^ADD /m);
  }
});

test("gcsfuse is installed from a source of which apt is told the key", () => {
  expect(read("container/gcsfuse/Dockerfile")).toMatch(
    /^ARG GCSFUSE_APT_SOURCE="deb \[signed-by=\/usr\/share\/keyrings\/gcsfuse\.asc,[0-9A-F]{40}\] https:\/\/packages\.cloud\.google\.com\/apt gcsfuse-bookworm main"$/m,
  );
});

test("the version of gcsfuse is the same everywhere", () => {
  const [, version] = /^ARG GCSFUSE_VERSION=(\S+)$/m.exec(read("container/gcsfuse/Dockerfile"))!;
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  const [, tested] = /gcsfuseVersion = "(.*)"/.exec(read("__tests__/e2e/support/real/go-tools.ts"))!;
  expect(tested).toBe(version);
  const cited = [...read("lib/boot/scripts/gcsfuse.sh").matchAll(/gcsfuse\/blob\/v([^/]+)\//g)].map(
    ([, found]) => found,
  );
  expect(cited).not.toHaveLength(0);
  expect(new Set(cited)).toEqual(new Set([version]));
});

test("only the images that mount or hold the engine's socket run as root", () => {
  const asRoot = folders.filter((folder) => !/^USER (?!root)\w+$/m.test(read("container", folder, "Dockerfile")));
  expect(asRoot.sort()).toEqual(["gcsfuse", "local-machine"]);
});
