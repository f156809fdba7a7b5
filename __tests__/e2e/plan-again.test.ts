/** What a second plan says; how the state before it is created: see support/plan/applied-state.ts. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Google, startGoogle } from "./support/simulated/google-cloud";
import { planJson, terraform } from "./support/real/terraform";
import { actionsOf, answerOf, dockerHost, Planned, planned, Project, questionOf, recorded } from "./support/plan";
import { applyWithoutDocker } from "./support/simulated/providers/applied-state";

const project = "demo-project-123";
const settings = { GOOGLE_CLOUD_PROJECT: project };
const projects: Project[] = [];

function newProject(): Project {
  projects.push(new Project());
  return projects[projects.length - 1];
}

afterAll(() => projects.forEach((cdk) => cdk.remove()));

function touchedTypes(plan: Planned): Record<string, string> {
  return Object.fromEntries(
    Object.entries(actionsOf(plan)).map(([address, actions]) => [address.split(".")[0], actions]),
  );
}

/** Terraform's error messages, without where they arose. */
function errorsOf(output: string): string[] {
  const errors = output.split(/^Error: /m).slice(1);
  return errors.map((error) =>
    error
      .split("\n")
      .filter((line) => /^\S/.test(line))
      .join("\n"),
  );
}

describe("main.ts with the state of an earlier deployment", () => {
  const cdk = newProject();
  const changedDemo = newProject();
  let google: Google | undefined;
  let first: string;
  let second: string;

  /** The providers are asked with the state of the first stack. */
  async function planAgain(name: string, ...options: string[]): Promise<Planned> {
    return recorded(name, [questionOf(first), questionOf(cdk.synthesized("cloud")), options], async () => {
      // The registry is out of reach on every machine: nothing listens at this proxy.
      const env = { ...(await appliedOnce()).env, ...(await dockerHost()), HTTPS_PROXY: "http://127.0.0.1:9" };
      await terraform(cdk.stackDir("cloud"), ["init", "-no-color"]);
      const file = join(cdk.folder, "plan");
      await terraform(cdk.stackDir("cloud"), ["plan", "-no-color", `-out=${file}`, ...options], env);
      const { stdout } = await terraform(cdk.stackDir("cloud"), ["show", "-json", file], env);
      const { resources, outputs } = planned(JSON.parse(stdout));
      const touched = Object.entries(resources).filter(([, { actions }]) => actions !== "no-op");
      return answerOf({ resources: Object.fromEntries(touched), outputs });
    });
  }

  async function appliedOnce(): Promise<Google> {
    if (google) return google;
    google = await startGoogle({ projects: [{ projectId: project }] });
    const applied = newProject();
    await applied.synthesizeMain(settings);
    await applyWithoutDocker(applied, "cloud", google.env);
    writeFileSync(cdk.stateFile, readFileSync(applied.stateFile));
    return google;
  }

  beforeAll(async () => {
    await cdk.synthesizeMain(settings);
    first = cdk.synthesized("cloud");
    const clone = changedDemo.cloneSources();
    const page = join(clone, "container/demo/demo/templates/page.html");
    writeFileSync(page, `${readFileSync(page, "utf8")}<!-- changed -->\n`);
    await changedDemo.synthesizeMain(settings, clone);
    second = changedDemo.synthesized("cloud");
  });
  afterAll(() => google?.close());

  it("is byte for byte the same from another folder, without an absolute path of either", async () => {
    const other = newProject();
    const clone = other.cloneSources();
    await other.synthesizeMain(settings, clone);
    expect(other.synthesized("cloud")).toBe(first);
    for (const path of [process.cwd(), cdk.folder, other.folder, clone]) expect(first).not.toContain(path);
    // Nor any other, but the mount's and those in the sidecar.
    const rest = first
      .replace(/"path": "\/srv\/.*"/, "")
      .replace(/"temp-dir": "\/var\/tmp"/, "")
      .replace(/"cache-dir": "\/var\/cache\/gcsfuse"/, "")
      .replace(/"command": ".*"/, "");
    expect(rest.match(/"\/(?!\/")[^"]*"/g) ?? []).toEqual([]);
  });

  it("has no changes after `rm -rf cdktf.out`", async () => {
    cdk.removeOutput();
    await cdk.synthesizeMain(settings);
    const plan = await planAgain("again-unchanged", "-refresh=false");
    expect(actionsOf(plan)).toEqual({});
  });

  it("of a second clone, whose engine and registry do not have the images, does not touch the VM", async () => {
    const plan = await planAgain("again-second-clone");
    expect(touchedTypes(plan)).toEqual({ docker_image: "create", docker_registry_image: "create" });
  });

  it("with a changed demo changes its tag: the two docker resources, and the VM's metadata in place", async () => {
    rmSync(cdk.stackDir("cloud"), { recursive: true });
    await cdk.synthesizeMain(settings, join(changedDemo.folder, "clone"));
    expect(cdk.synthesized("cloud")).toBe(second);
    const tags = (text: string) => [...new Set(text.match(/\b[0-9a-f]{32}\b/g))];
    expect(tags(second).filter((tag) => !tags(first).includes(tag))).toHaveLength(1);

    const plan = await planAgain("again-changed-demo", "-refresh=false");
    expect(touchedTypes(plan)).toEqual({
      docker_image: "delete,create",
      docker_registry_image: "delete,create",
      google_compute_instance: "update",
    });
    expect(Object.keys(actionsOf(plan))).toHaveLength(3);
    const vm = Object.values(plan.resources).find(({ type }) => type === "google_compute_instance");
    expect(vm?.changed).toEqual(["metadata.gcs-backed-container-app"]);
  });
});

describe("main.ts without a project", () => {
  it("can be planned; a deployment stops before it creates anything, and says what to do", async () => {
    const cdk = newProject();
    await cdk.synthesizeMain();
    const answer = await recorded("no-project", questionOf(cdk.synthesized("cloud")), async () => {
      const google = await startGoogle({ projects: [{ projectId: "set-your-project-id" }] });
      try {
        const env = { ...google.env, ...(await dockerHost()) };
        const dir = cdk.stackDir("cloud");
        await terraform(dir, ["init", "-no-color"], env);
        const plan = planned(await planJson(dir, env));
        const apply = await terraform(dir, ["apply", "-auto-approve", "-no-color"], env, { reject: false });
        return {
          planned: Object.keys(plan.resources).length,
          exitCode: apply.exitCode,
          errors: errorsOf(apply.all ?? ""),
          writes: google.requests.filter(({ verb }) => verb !== "GET").map(({ method }) => method),
        };
      } finally {
        await google.close();
      }
    });
    expect(answer.planned).toBeGreaterThan(20);
    expect(answer.exitCode).toBe(1);
    expect(answer.errors).toHaveLength(1);
    expect(answer.errors[0]).toContain("run the command again with\nGOOGLE_CLOUD_PROJECT=your-project-id");
    expect(answer.writes).toEqual([]);
  });
});
