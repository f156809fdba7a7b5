import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Google,
  GoogleOptions,
  Instance,
  metadataOf,
  ObjectsInMemory,
  startGoogle,
} from "./support/simulated/google-cloud";
import {
  firewallStack,
  freshApiStack,
  stackOf,
  StackOptions,
} from "./support/simulated/google-cloud/handwritten-stack";
import { changesOf, planJson, terraform, versions } from "./support/real/terraform";
import { describeWithProviders } from "./support/jest/with-providers";

const project = "demo-project-123";
const bucket = "demo-project-123-gallery";
const account = "serviceAccount:gallery@demo-project-123.iam.gserviceaccount.com";
const vm = `projects/${project}/zones/us-east1-b/instances/gallery`;
const address = `projects/${project}/regions/us-east1/addresses/gallery`;

const noChanges = /^No changes/;

/** A folder with a stack, and the cloud that it is for. */
async function workspace(options: Partial<GoogleOptions> = {}) {
  const dir = mkdtempSync(join(tmpdir(), "google-"));
  const google = await startGoogle({ projects: [{ projectId: project }], ...options });
  const run = (...args: string[]) => terraform(dir, args, google.env, { reject: false });
  return {
    google,
    dir,
    write: (stack: object) => writeFileSync(join(dir, "main.tf.json"), JSON.stringify(stack, null, 2)),
    init: () => terraform(dir, ["init", "-no-color"], google.env),
    apply: () => run("apply", "-auto-approve", "-no-color"),
    destroy: () => run("destroy", "-auto-approve", "-no-color"),
    /** What a plan prints, from the changes on. */
    plan: async () =>
      ((await run("plan", "-no-color")).all ?? "").replace(/^.*?(?=No changes|Terraform used|Error)/s, ""),
    changes: async () => changesOf(await planJson(dir, google.env)),
    close: async () => {
      await google.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

describeWithProviders("the life of a stack, asked for by the real provider", () => {
  const objects = new ObjectsInMemory();
  const happened: string[] = [];
  const note = (what: string) => (instance: Instance) => {
    happened.push(`${what} ${metadataOf(instance)["user-data"]}`);
  };
  let work: Awaited<ReturnType<typeof workspace>>;
  let google: Google;
  const write = (options: StackOptions = {}) => work.write(stackOf(project, bucket, options));

  beforeAll(async () => {
    work = await workspace({
      objects,
      hooks: {
        onInstanceInserted: note("inserted"),
        onInstanceStarted: note("started"),
        onInstanceStopped: note("stopped"),
        onInstanceDeleted: note("deleted"),
        onMetadataChanged: note("metadata"),
      },
    });
    google = work.google;
    write();
    await work.init();
    console.log(JSON.stringify(await versions(work.dir)));
  });
  beforeEach(() => happened.splice(0));
  afterAll(() => work.close());

  test("a new project gets everything in one apply, through 503, 429 and concurrent changes of policies", async () => {
    google.faults.add({ method: "compute.instances.insert", status: 503, times: 2 });
    google.faults.add({ method: "storage.buckets.insert", status: 429, times: 1 });
    google.faults.add({ method: "cloudresourcemanager.projects.setIamPolicy", status: 409, times: 1 });
    google.faults.add({ method: "compute.addresses.insert", operationMs: 5000, times: 1 });
    const { exitCode, all } = await work.apply();
    expect([exitCode, all]).toEqual([0, expect.stringMatching(/Apply complete! Resources: 19 added/)]);
    expect(happened).toEqual(["inserted #cloud-config 1"]);
    expect(google.state.instances[vm].status).toBe("RUNNING");
    expect(google.state.addresses[address]).toMatchObject({ status: "IN_USE", networkTier: "STANDARD" });
    expect(google.hasGrant(account, "roles/storage.objectUser", `b/${bucket}`)).toBe(true);
    expect(google.hasGrant(account, "roles/logging.logWriter", `projects/${project}`)).toBe(true);
    expect(google.requests.filter(({ method }) => method === "unknown")).toEqual([]);
  });

  test("the next plan has no changes", async () => {
    expect(await work.plan()).toMatch(noChanges);
  });

  test("a newer image of the family is no change", async () => {
    google.publishImage("cos-cloud", "cos-stable-129-19506-12-3", "cos-stable");
    expect(await work.plan()).toMatch(noChanges);
  });

  test("an exact image replaces the VM and nothing else", async () => {
    write({ image: "projects/cos-cloud/global/images/cos-stable-121-18867-199-38" });
    expect(await work.changes()).toEqual({ "google_compute_instance.app": "delete,create" });
  });

  test("metadata and labels change in place", async () => {
    write({ userData: "#cloud-config 2", labels: { app: "gallery", team: "web" } });
    expect(await work.changes()).toEqual({
      "google_artifact_registry_repository.images": "update",
      "google_compute_address.app": "update",
      "google_compute_instance.app": "update",
      "google_storage_bucket.files": "update",
    });
    const { id } = google.state.instances[vm];
    expect((await work.apply()).exitCode).toBe(0);
    expect(happened).toEqual(["metadata #cloud-config 2"]);
    expect(google.state.instances[vm]).toMatchObject({ id, labels: { app: "gallery", team: "web" } });
    expect(google.state.buckets[bucket].labels).toEqual({
      app: "gallery",
      team: "web",
      "goog-terraform-provisioned": "true",
    });
    expect(await work.plan()).toMatch(noChanges);
  });

  test("another machine type stops and starts the VM; other source ranges leave it alone", async () => {
    write({ userData: "#cloud-config 2", machineType: "e2-medium", sourceRanges: ["198.51.100.0/24"] });
    const { id } = google.state.instances[vm];
    expect((await work.apply()).exitCode).toBe(0);
    expect(happened).toEqual(["stopped #cloud-config 2", "started #cloud-config 2"]);
    expect(google.state.instances[vm]).toMatchObject({ id, machineType: expect.stringMatching(/\/e2-medium$/) });
    expect(await work.plan()).toMatch(noChanges);
  });

  test("destroy with files in the bucket fails on the bucket, which keeps them, and removes the rest", async () => {
    objects.put(bucket, "films/première.mp4");
    const { exitCode, all } = await work.destroy();
    expect(exitCode).toBe(1);
    expect(all).toMatch(`Error trying to delete bucket ${bucket} without \`force_destroy\` set to true`);
    expect(await objects.list(bucket)).toHaveLength(1);
    expect(happened).toEqual(["deleted #cloud-config 2"]);
    const { instances, disks, addresses, firewalls, repositories, serviceAccounts, buckets } = google.state;
    for (const gone of [instances, disks, addresses, firewalls, repositories, serviceAccounts])
      expect(gone).toEqual({});
    expect(Object.keys(buckets)).toEqual([bucket]);
  });

  test("a new deploy takes the bucket up again; with force_destroy it goes, noncurrent versions included", async () => {
    write({ forceDestroy: true });
    expect((await work.apply()).exitCode).toBe(0);
    expect(await work.plan()).toMatch(noChanges);
    objects.put(bucket, "films/première.mp4");
    objects.remove(bucket, "films/première.mp4");
    expect(await objects.list(bucket)).toHaveLength(2);
    expect((await work.destroy()).exitCode).toBe(0);
    expect(google.state.buckets).toEqual({});
  });
});

describeWithProviders("what is known of the provider, and shows in the simulation as it does at Google", () => {
  const apis = ["compute", "cloudresourcemanager"];
  const on = (...names: string[]) => ["serviceusage", ...names].map((name) => `${name}.googleapis.com`);
  const slow = 12_000;
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  let work: Awaited<ReturnType<typeof workspace>>;
  const start = async (options: Partial<GoogleOptions>, stack: object) => {
    work = await workspace(options);
    work.write(stack);
    await work.init();
  };
  afterEach(() => work.close());

  test("it does not retry the 403 of a fresh API; a later apply completes", async () => {
    await start({ enabledApis: on("cloudresourcemanager"), apiPropagationMs: slow }, freshApiStack(project, apis));
    const first = await work.apply();
    expect(first.exitCode).toBe(1);
    expect(first.all).toMatch(/Compute Engine API has not been used in project \d+ before or it is disabled/);
    await pause(slow);
    expect((await work.apply()).exitCode).toBe(0);
    expect(await work.plan()).toMatch(noChanges);
  });

  test("google_project_service itself fails while the Resource Manager API is fresh", async () => {
    await start({ enabledApis: on("compute"), apiPropagationMs: slow }, freshApiStack(project, apis));
    const first = await work.apply();
    expect(first.exitCode).toBe(1);
    expect(first.all).toMatch(
      /Error when reading or editing Project Service.*Cloud Resource Manager API has not been/s,
    );
    await pause(slow);
    expect((await work.apply()).exitCode).toBe(0);
  });

  test("a built-in terraform_data between an API and what needs it waits long enough", async () => {
    await start(
      { enabledApis: on("cloudresourcemanager"), apiPropagationMs: 4000 },
      freshApiStack(project, apis, 5000),
    );
    expect((await work.apply()).exitCode).toBe(0);
    expect(await work.plan()).toMatch(noChanges);
  });

  test.each([
    ["leaves the world in when it replaces 0.0.0.0/0 by one range", ["0.0.0.0/0"], ["0.0.0.0/0", "198.51.100.0/24"]],
    ["replaces two halves of the world by one range", ["0.0.0.0/1", "128.0.0.0/1"], ["198.51.100.0/24"]],
  ])("it %s", async (_what, before, after) => {
    await start({ enabledApis: on("compute") }, firewallStack(project, before));
    expect((await work.apply()).exitCode).toBe(0);
    work.write(firewallStack(project, ["198.51.100.0/24"]));
    expect((await work.apply()).exitCode).toBe(0);
    const [rule] = Object.values(work.google.state.firewalls);
    expect([...rule.sourceRanges].sort()).toEqual(after);
  });
});
