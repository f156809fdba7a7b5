/**
 * The boot payload as planned for the VM, judged by the tools that it is written for. Simulated: the root that systemd
 * verifies the units in, with stand-ins for what COS brings (targets, docker.service, the executables).
 */
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { App, TerraformStack } from "cdktf";
import execa from "execa";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { ContainerImage, GcsBackedContainerApp, RestartPolicy } from "../../lib";
import { DECLARATION_KEY } from "../../lib/boot/paths";
import { declarationOf } from "./support/boot/payload";
import { planSynthesized, Project, metadataOf } from "./support/plan";

interface WrittenFile {
  readonly path: string;
  readonly content: string;
  readonly permissions: string;
}

const config = "/etc/gcs-backed-container-app";

function oddStack(app: App): void {
  const stack = new TerraformStack(app, "cloud");
  const project = "demo-project-123";
  const zone = "us-east1-b";
  new GoogleProvider(stack, "google", { project, zone });
  new GcsBackedContainerApp(stack, "odd", {
    project,
    zone,
    image: ContainerImage.fromRegistry("us-east1-docker.pkg.dev/demo-project-123/images/app:1"),
    gcsfuse: { image: ContainerImage.fromRegistry("europe-docker.pkg.dev/demo-project-123/images/gcsfuse:1") },
    mounts: [
      { path: '/srv/Ünï cödé, "quoted" $HOME ${path} %{ if } %n \\ `date`', prefix: "a b/%n/${x}" },
      {
        path: "/data",
        bucket: "second-bucket",
        readOnly: true,
        uid: 1000,
        gcsfuseConfig: { x: { "y-z": ["${q}", "# %"] } },
      },
    ],
    environment: { MULTI_LINE: "a\n  b: ${c}\n%{d}\n", EMPTY: "", UNICODE: "e\u0301" },
    entrypoint: ["/bin/sh", "-c"],
    args: ["echo ${A} %n; exec app"],
    user: "www-data",
    restartPolicy: RestartPolicy.ALWAYS,
    stopTimeoutSeconds: 80,
  });
}

describe.each([
  ["main.ts", (cdk: Project) => cdk.synthesizeMain({ GOOGLE_CLOUD_PROJECT: "demo-project-123" })],
  ["an app with odd values", async (cdk: Project) => cdk.synthesize(oddStack)],
])("the planned payload of %s", (_, synthesize) => {
  const cdk = new Project();
  const root = mkdtempSync(join(tmpdir(), "payload-"));
  const units = join(root, "etc/systemd/system");
  let metadata: Record<string, string>;
  let userData: string;
  let files: WrittenFile[];

  const write = (path: string, content: string, mode = 0o644): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    chmodSync(join(root, path), mode);
  };

  beforeAll(async () => {
    await synthesize(cdk);
    metadata = metadataOf(await planSynthesized(cdk, "cloud"));
    userData = metadata["user-data"];
    files = (parse(userData) as { write_files: WrittenFile[] }).write_files;
    for (const file of files) write(file.path, file.content, parseInt(file.permissions, 8));
    for (const name of ["bin/bash", "usr/bin/docker"]) write(name, "", 0o755);
    for (const name of ["sysinit.target", "basic.target", "shutdown.target", "gcr-online.target"]) {
      write(`etc/systemd/system/${name}`, `[Unit]\nDescription=${name}\n`);
    }
    write("etc/systemd/system/docker.service", "[Service]\nExecStart=/usr/bin/docker\n");
  });
  afterAll(() => {
    cdk.remove();
    rmSync(root, { recursive: true, force: true });
  });

  test("is a cloud-config", async () => {
    write("user-data", userData);
    const { all } = await execa("cloud-init", ["schema", "--config-file", join(root, "user-data")], { all: true });
    expect(all).toContain("Valid cloud-config");
  });

  test("is YAML without a complaint", async () => {
    // Long lines and trailing spaces are those of the written files.
    const disabled = "line-length: disable, document-start: disable, trailing-spaces: disable";
    const rules = `{${disabled}, comments: {require-starting-space: false}}`;
    const args = ["--strict", "-d", `{extends: default, rules: ${rules}}`, "-"];
    expect((await execa("yamllint", args, { input: userData })).stdout).toBe("");
  });

  test("has units without a complaint of systemd", async () => {
    const verify = async (): Promise<string> => {
      const names = readdirSync(units).filter((name) => name.endsWith(".service"));
      const args = ["verify", "--root", root, "--man=no", ...names.map((name) => join(units, name))];
      // Its exit code is 0 on bad values.
      return (await execa("systemd-analyze", args, { reject: false })).stderr;
    };
    expect(files.filter(({ path }) => path.endsWith(".service")).length).toBeGreaterThanOrEqual(3);
    expect(await verify()).toBe("");
    write("etc/systemd/system/bad.service", "[Service]\nExecStart=/bin/bash\nTimeoutStopSec=soon\n");
    expect(await verify()).toContain("Failed to parse time value");
    rmSync(join(units, "bad.service"));
  });

  test("has scripts without a complaint of shellcheck", async () => {
    const scripts = files.filter(({ path }) => path.endsWith(".sh"));
    expect(scripts.length).toBeGreaterThanOrEqual(4);
    const args = ["--external-sources", "--source-path", join(root, config), "--enable", "check-unassigned-uppercase"];
    const { stdout } = await execa("shellcheck", [...args, ...scripts.map(({ path }) => join(root, path))], {
      reject: false,
    });
    expect(stdout).toBe("");
  });

  test("has the files that units and scripts name", () => {
    const written = files.map(({ path }) => path);
    for (const { path, content } of files.filter((file) => file.path.endsWith(".service"))) {
      const script = /^ExecStart=\/bin\/bash (\S+)/m.exec(content)?.[1];
      expect({ path, script, isWritten: written.includes(script ?? "") }).toEqual({ path, script, isWritten: true });
    }
    expect(new Set(written).size).toBe(written.length);
  });

  test("the machine takes the declaration, and logs docker in to the registries in use", async () => {
    write("declaration", metadata[DECLARATION_KEY]);
    const script = join(root, config, "declaration.py");
    await execa("python3", [script, "render", join(root, "declaration"), join(root, "rendered")]);
    const read = (name: string) => readFileSync(join(root, "rendered", name), "utf8");
    const hosts = [...read("images").matchAll(/^([\w-]+-docker\.pkg\.dev)\//gm)].map(([, host]) => host);
    expect(JSON.parse(read("docker/config.json"))).toEqual({
      credHelpers: Object.fromEntries(hosts.map((host) => [host, "gcr"])),
    });
    const { environment } = declarationOf(metadata);
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}\0`);
    expect(read("app/environment")).toBe(variables.join(""));
  });

  test("has nothing left of Terraform's templates", () => {
    for (const text of [userData, metadata[DECLARATION_KEY]]) {
      expect(text).not.toMatch(/[$%][$%]\{/);
      expect(text).not.toMatch(/TfToken/);
      expect(text).not.toMatch(/\$\{(data\.)?(google|docker|terraform|var|local)/);
    }
  });
});
