/** What becomes of a disk, with its data, whatever is changed: by the real provider, in a simulated Google Cloud. */
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { TerraformStack, Testing } from "cdktf";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Disk, GcsBackedContainerApp, GcsBackedContainerAppProps } from "../../lib";
import { ready } from "../support/synthesize";
import { describeWithProviders } from "./support/jest/with-providers";
import { changesOf, planJson, terraform } from "./support/real/terraform";
import { Google, startGoogle } from "./support/simulated/google-cloud";

const project = "demo-project-123";
const APIS = ["compute", "iam", "storage", "cloudresourcemanager", "serviceusage", "logging", "monitoring"];
const pathOf = (name: string) => `projects/${project}/zones/us-east1-b/disks/${name}`;

type Props = Partial<GcsBackedContainerAppProps>;

describeWithProviders("a disk", () => {
  const dir = mkdtempSync(join(tmpdir(), "disks-"));
  let google: Google;
  let seen = 0;

  const run = (...args: string[]) => terraform(dir, [...args, "-no-color"], google.env, { reject: false });
  const write = (disks: Disk[], props: Props = {}) => {
    const stack = new TerraformStack(Testing.app(), "cloud");
    new GoogleProvider(stack, "google", { project });
    new GcsBackedContainerApp(stack, "gallery", { ...ready(), enableApis: false, disks, ...props });
    const json = JSON.parse(Testing.synth(stack));
    delete json.terraform.backend;
    // The user-data is no matter here.
    writeFileSync(join(dir, "main.tf.json"), JSON.stringify(json).replace(/\$\{file\([^}]*\)\}/g, "#cloud-config"));
  };
  const apply = async (disks: Disk[], props?: Props) => {
    write(disks, props);
    seen = google.requests.length;
    const { exitCode, all } = await run("apply", "-auto-approve");
    return { exitCode, all: all ?? "" };
  };
  const plan = async (disks: Disk[], props?: Props) => {
    write(disks, props);
    return ((await run("plan")).all ?? "").replace(/\s+/g, " ");
  };
  const changes = async (disks: Disk[], props?: Props) => {
    write(disks, props);
    const all = changesOf(await planJson(dir, google.env));
    return Object.fromEntries(Object.entries(all).map(([address, what]) => [address.split(".")[0], what]));
  };
  /** The calls of the last apply that changed something of disks and VMs, in order. */
  const calls = () =>
    google.requests
      .slice(seen)
      .filter(({ verb, method }) => verb !== "GET" && /^compute\.(disks|snapshots|instances)/.test(method))
      .map(({ method }) => method.replace("compute.", ""));
  const snapshots = () => Object.values(google.state.snapshots).map(({ name }) => name as string);

  const disk: Disk = { path: "/srv", sizeGb: 10 };
  const grown: Disk = { ...disk, sizeGb: 20 };

  beforeAll(async () => {
    google = await startGoogle({
      projects: [{ projectId: project }],
      enabledApis: APIS.map((api) => `${api}.googleapis.com`),
    });
    write([]);
    expect((await run("init")).exitCode).toBe(0);
    expect((await apply([])).exitCode).toBe(0);
  });
  afterAll(async () => {
    await google.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test("is added to a running VM in place", async () => {
    expect(await changes([disk])).toMatchObject({
      google_compute_disk: "create",
      google_compute_instance: "update",
      google_compute_resource_policy: "create",
      google_compute_disk_resource_policy_attachment: "create",
    });
    expect((await apply([disk])).exitCode).toBe(0);
    expect(calls()).toEqual(expect.arrayContaining(["disks.insert", "instances.attachDisk"]));
    expect(calls()).not.toContain("instances.stop");
    expect(await plan([disk])).toContain("No changes.");
  });

  test("grows in place", async () => {
    expect(await changes([grown])).toEqual({ google_compute_disk: "update" });
    expect((await apply([grown])).exitCode).toBe(0);
    expect(calls()).toEqual(["disks.resize"]);
  });

  test("is not shrunk", async () => {
    const text = await plan([disk]);
    expect(text).toContain("Error: Instance cannot be destroyed");
    expect(text).toMatch(/Resource google_compute_disk\.gallery_disk-srv_disk_\w+ has lifecycle.prevent_destroy set/);
  });

  test.each<[string, Disk, Props]>([
    ["another zone", grown, { zone: "us-east1-c" }],
    ["another type", { ...grown, type: "pd-ssd" }, {}],
    ["another name of the app", grown, { name: "pictures" }],
  ])("does not go to %s, and the error says what to do", async (_, wanted, props) => {
    expect(await plan([wanted], props)).toMatch(
      /the disk is projects\/demo-project-123\/zones\/us-east1-b\/disks\/gallery-srv of type pd-balanced, and its data does not move to .*: take it back, or remove the disk's entry from disks and deploy, which keeps a last snapshot, and then add it again with that snapshot's name as sourceSnapshot/,
    );
  });

  test("has another path in place", async () => {
    expect(await changes([{ ...grown, path: "/data", name: "srv" }])).toEqual({ google_compute_instance: "update" });
  });

  test("survives a VM that is replaced, and is attached to the new one", async () => {
    const { id } = google.state.disks[pathOf("gallery-srv")];
    const machine = { bootImage: "cos-cloud/cos-stable-121-18867-199-38" };
    expect((await apply([grown], { machine })).exitCode).toBe(0);
    expect(calls()).toEqual(["instances.delete", "instances.insert"]);
    expect(google.state.disks[pathOf("gallery-srv")]).toMatchObject({ id, users: [expect.stringMatching(/gallery$/)] });
    expect((await apply([grown])).exitCode).toBe(0);
  });

  test("has its schedule changed in place", async () => {
    expect(await changes([{ ...grown, snapshotRetentionDays: 3 }])).toEqual({
      google_compute_resource_policy: "update",
    });
  });

  test("leaves a last snapshot when it is renamed, taken after it was detached", async () => {
    expect((await apply([{ ...grown, name: "data" }])).exitCode).toBe(0);
    const order = ["instances.detachDisk", "snapshots.insert", "disks.delete"];
    expect(calls().filter((call) => order.includes(call))).toEqual(order);
    expect(snapshots()).toEqual([expect.stringMatching(/^gallery-srv-\d{8}-\d{6}$/)]);
  });

  test("so it does when its entry is removed, with the others where they are", async () => {
    const other: Disk = { path: "/a", sizeGb: 10 };
    expect((await apply([other, { ...grown, name: "data" }])).exitCode).toBe(0);
    expect(calls()).not.toContain("instances.detachDisk");
    expect((await apply([other])).exitCode).toBe(0);
    expect(calls().filter((call) => call === "instances.detachDisk")).toHaveLength(1);
    expect(snapshots()).toContainEqual(expect.stringMatching(/^gallery-data-/));
    expect(Object.keys(google.state.disks)).toContain(pathOf("gallery-a"));
  });

  test("comes back from a snapshot, whose name can be left out later", async () => {
    const restored = { ...grown, name: "data", sourceSnapshot: snapshots().find((name) => /-data-/.test(name)) };
    expect((await apply([restored])).exitCode).toBe(0);
    expect(google.state.disks[pathOf("gallery-data")].sourceSnapshot).toContain(restored.sourceSnapshot);
    expect(await changes([{ ...grown, name: "data" }])).toEqual({ google_compute_instance: "update" });
  });

  test("is not destroyed with the app", async () => {
    const { exitCode, all } = await run("destroy", "-auto-approve");
    expect([exitCode, all]).toEqual([1, expect.stringContaining("Instance cannot be destroyed")]);
    expect(google.state.disks[pathOf("gallery-data")]).toBeDefined();
  });

  test("is, with its data, once that was deployed, and even then it is not shrunk", async () => {
    const deletable = { ...grown, name: "data", deleteDataOnDestroy: true };
    expect((await apply([deletable])).exitCode).toBe(0);
    const count = snapshots().length;
    expect(await apply([{ ...deletable, sizeGb: 10 }])).toMatchObject({
      exitCode: 1,
      all: expect.stringContaining("already exists"),
    });
    write([deletable]);
    expect((await run("destroy", "-auto-approve")).exitCode).toBe(0);
    expect(google.state.disks).toEqual({});
    expect(snapshots()).toHaveLength(count);
  });
});
