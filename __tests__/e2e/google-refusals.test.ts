import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Google, GoogleOptions, ObjectsInMemory, startGoogle } from "./support/simulated/google-cloud";

const project = "demo-project-123";
const apis = ["serviceusage", "storage", "compute", "iam", "cloudresourcemanager", "artifactregistry"];
const enabledApis = apis.map((name) => `${name}.googleapis.com`);
const objects = new ObjectsInMemory();
const options: GoogleOptions = {
  projects: [{ projectId: project }, { projectId: "other-project" }],
  enabledApis,
  objects,
};

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are of many shapes */
async function ask(google: Google, verb: string, path: string, body?: object): Promise<{ code: number; body: any }> {
  const answer = await fetch(`${google.url}/${path}`, {
    method: verb,
    headers: { authorization: "Bearer token", "content-type": "application/json" },
    ...(verb === "GET" ? {} : { body: JSON.stringify(body ?? {}) }),
  });
  const text = await answer.text();
  return { code: answer.status, body: text ? JSON.parse(text) : undefined };
}

const instance = (changes: object = {}) => ({
  name: "gallery",
  machineType: "zones/us-east1-b/machineTypes/e2-small",
  disks: [
    {
      boot: true,
      autoDelete: true,
      initializeParams: {
        sourceImage: "projects/cos-cloud/global/images/family/cos-stable",
        diskType: "projects/p/zones/us-east1-b/diskTypes/pd-balanced",
        diskSizeGb: "20",
      },
    },
  ],
  networkInterfaces: [{ network: "global/networks/default" }],
  ...changes,
});
const disks = (params: object) => ({
  disks: [{ ...instance().disks[0], initializeParams: { ...instance().disks[0].initializeParams, ...params } }],
});
const nic = (config: object) => ({
  networkInterfaces: [{ network: "global/networks/default", accessConfigs: [config] }],
});

describe("what the simulated Google refuses", () => {
  let google: Google;
  const compute = `compute/v1/projects/${project}`;
  const insert = (changes: object) => ask(google, "POST", `${compute}/zones/us-east1-b/instances`, instance(changes));

  beforeAll(async () => {
    google = await startGoogle(options);
    await ask(google, "POST", `${compute}/regions/us-east1/addresses`, { name: "standard", networkTier: "STANDARD" });
    await ask(google, "POST", `${compute}/regions/us-east1/addresses`, { name: "premium", networkTier: "PREMIUM" });
    await ask(google, "POST", `storage/v1/b?project=${project}`, { name: "taken", versioning: { enabled: true } });
    await google.settle();
  });
  afterAll(() => google.close());

  const natIP = (name: string) =>
    google.state.addresses[`projects/${project}/regions/us-east1/addresses/${name}`].address;

  test.each<[string, () => object, number, RegExp]>([
    ["an unknown field", () => ({ colour: "red" }), 400, /Unknown name "colour" at 'resource'/],
    ["an unknown field inside", () => disks({ sizeGb: 20 }), 400, /Unknown name "sizeGb" at .*initializeParams/],
    ["a name in capitals", () => ({ name: "Gallery" }), 400, /'resource.name'. Must be a match of regex/],
    ["no machine type", () => ({ machineType: undefined }), 400, /Required field 'resource.machineType'/],
    [
      "an unknown machine type",
      () => ({ machineType: "zones/us-east1-b/machineTypes/e3-small" }),
      400,
      /does not exist/,
    ],
    ["an Arm machine", () => ({ machineType: "zones/us-east1-b/machineTypes/t2a-standard-1" }), 400, /architecture/],
    [
      "an unknown image family",
      () => disks({ sourceImage: "projects/cos-cloud/global/images/family/cos-x" }),
      404,
      /cos-x/,
    ],
    ["a disk smaller than the image", () => disks({ diskSizeGb: "5" }), 400, /smaller than the image size \(10 GB\)/],
    [
      "a persistent disk on n4",
      () => ({ machineType: "zones/us-east1-b/machineTypes/n4-standard-2" }),
      400,
      /pd-balanced/,
    ],
    ["an unknown network", () => ({ networkInterfaces: [{ network: "global/networks/lan" }] }), 400, /does not exist/],
    [
      "an unknown account",
      () => ({ serviceAccounts: [{ email: "x@y.iam.gserviceaccount.com" }] }),
      404,
      /serviceAccount/,
    ],
    ["a bad label", () => ({ labels: { app: "My App" } }), 400, /Label value 'My App' violates/],
    ["a bad tag", () => ({ tags: { items: ["My_Tag"] } }), 400, /resource.tags.items\[0\]/],
    ["too much metadata", () => ({ metadata: { items: [{ key: "k", value: "x".repeat(262145) }] } }), 400, /too large/],
    [
      "a STANDARD address on a PREMIUM VM",
      () => nic({ natIP: natIP("standard"), networkTier: "PREMIUM" }),
      400,
      /is STANDARD/,
    ],
    [
      "a PREMIUM address on a STANDARD VM",
      () => nic({ natIP: natIP("premium"), networkTier: "STANDARD" }),
      400,
      /is PREMIUM/,
    ],
  ])("a VM with %s", async (_what, changes, code, message) => {
    const answer = await insert(changes());
    expect(answer).toEqual({
      code,
      body: { error: expect.objectContaining({ code, message: expect.stringMatching(message) }) },
    });
  });

  test("a second VM of a name, and an address that another VM has", async () => {
    expect((await insert(nic({ natIP: natIP("standard"), networkTier: "STANDARD" }))).code).toBe(200);
    expect((await insert({})).body.error).toMatchObject({ code: 409, errors: [{ reason: "alreadyExists" }] });
    const other = await insert({ name: "two", ...nic({ natIP: natIP("standard"), networkTier: "STANDARD" }) });
    expect(other.body.error.message).toMatch(/already in-use/);
    await google.settle();
    const used = await ask(google, "DELETE", `${compute}/regions/us-east1/addresses/standard`);
    expect(used.body.error.errors[0].reason).toBe("resourceInUseByAnotherResource");
  });

  test("old fingerprints, and another machine type for a VM that runs", async () => {
    const vm = `${compute}/zones/us-east1-b/instances/gallery`;
    const metadata = await ask(google, "POST", `${vm}/setMetadata`, { fingerprint: "b2xk", items: [] });
    expect(metadata.body.error).toMatchObject({ code: 412, message: expect.stringMatching(/Supplied fingerprint/) });
    expect((await ask(google, "POST", `${vm}/setLabels`, { labelFingerprint: "b2xk", labels: {} })).code).toBe(412);
    const machineType = "zones/us-east1-b/machineTypes/e2-medium";
    expect((await ask(google, "POST", `${vm}/setMachineType`, { machineType })).body.error.message).toMatch(
      /be stopped/,
    );
  });

  test.each<[string, object, RegExp]>([
    ["both allowed and denied", { allowed: [{ IPProtocol: "tcp" }], denied: [{ IPProtocol: "all" }] }, /exactly one/],
    ["ports for all protocols", { denied: [{ IPProtocol: "all", ports: ["80"] }] }, /Ports may only/],
    ["a port that is none", { allowed: [{ IPProtocol: "tcp", ports: ["70000"] }] }, /between 0 and 65535/],
    [
      "a range that is none",
      { allowed: [{ IPProtocol: "tcp" }], sourceRanges: ["10.0.0.0/40"] },
      /valid IP address range/,
    ],
  ])("a firewall rule with %s", async (_what, rule, message) => {
    const { code, body } = await ask(google, "POST", `${compute}/global/firewalls`, { name: "rule", ...rule });
    expect([code, body.error.message]).toEqual([400, expect.stringMatching(message)]);
  });

  test.each<[string, object, number, RegExp]>([
    ["a bad name", { name: "My_Bucket" }, 400, /Invalid bucket name/],
    ["google in its name", { name: "my-google-files" }, 400, /Invalid bucket name/],
    ["the name of another one", { name: "taken" }, 409, /already own it/],
    ["a location that is none", { name: "free-name", location: "moon" }, 400, /location/],
    ["an unknown field", { name: "free-name", uniform: true }, 400, /Unknown name "uniform"/],
    [
      "a soft delete of a day",
      { name: "free-name", softDeletePolicy: { retentionDurationSeconds: "86400" } },
      400,
      /Soft/,
    ],
  ])("a bucket with %s", async (_what, body, code, message) => {
    const answer = await ask(google, "POST", `storage/v1/b?project=${project}`, body);
    expect([answer.code, answer.body.error.message]).toEqual([code, expect.stringMatching(message)]);
  });

  test("a bucket name that another project has", async () => {
    const { code, body } = await ask(google, "POST", "storage/v1/b?project=other-project", { name: "taken" });
    expect([code, body.error.message]).toEqual([409, expect.stringMatching(/namespace is shared by all users/)]);
  });

  test("deleting a bucket that has nothing but old versions", async () => {
    objects.put("taken", "a");
    objects.remove("taken", "a");
    expect((await ask(google, "GET", "storage/v1/b/taken/o")).body.items).toBeUndefined();
    const { code, body } = await ask(google, "DELETE", "storage/v1/b/taken");
    expect([code, body.error.message]).toEqual([409, "The bucket you tried to delete is not empty."]);
  });

  test("members that do not exist, roles of other resources, policies that changed meanwhile", async () => {
    const member = `serviceAccount:nobody@${project}.iam.gserviceaccount.com`;
    const crm = `cloudresourcemanager/v1/projects/${project}`;
    const set = (bindings: object[], etag?: string) =>
      ask(google, "POST", `${crm}:setIamPolicy`, { policy: { bindings, etag } });
    const unknown = await set([{ role: "roles/logging.logWriter", members: [member] }]);
    expect(unknown.body.error).toMatchObject({
      code: 400,
      message: `Service account nobody@${project}.iam.gserviceaccount.com does not exist.`,
    });
    expect((await set([], "b2xk")).body.error).toMatchObject({ code: 409, status: "ABORTED" });
    const bucket = await ask(google, "PUT", "storage/v1/b/taken/iam", { bindings: [], etag: "b2xk" });
    expect(bucket.code).toBe(412);
    const bindings = [{ role: "roles/compute.admin", members: ["user:a@example.com"] }];
    expect((await ask(google, "PUT", "storage/v1/b/taken/iam", { bindings })).body.error.message).toMatch(
      /not supported/,
    );
  });

  test("service accounts with bad names, or twice", async () => {
    const create = (accountId: string) =>
      ask(google, "POST", `iam/v1/projects/${project}/serviceAccounts`, { accountId });
    expect((await create("app")).body.error.message).toMatch(/length between 6 and 30/);
    expect((await create("Gallery")).code).toBe(400);
    expect((await create("gallery")).code).toBe(200);
    expect((await create("gallery")).code).toBe(409);
  });

  test("repositories with bad names or places, or twice", async () => {
    const create = (location: string, id: string) =>
      ask(
        google,
        "POST",
        `artifactregistry/v1/projects/${project}/locations/${location}/repositories?repository_id=${id}`,
        {
          format: "DOCKER",
        },
      );
    expect((await create("us-east1", "Gallery")).code).toBe(400);
    expect((await create("moon", "gallery")).code).toBe(400);
    expect((await create("us-east1", "gallery")).code).toBe(200);
    await google.settle();
    expect((await create("us-east1", "gallery")).code).toBe(409);
  });

  test("whoever brings no token", async () => {
    expect((await fetch(`${google.url}/${compute}`)).status).toBe(401);
  });
});

describe("what takes a while, is remembered, or goes wrong when asked to", () => {
  const accounts = `iam/v1/projects/${project}/serviceAccounts`;
  const member = `serviceAccount:gallery@${project}.iam.gserviceaccount.com`;
  const role = "roles/logging.logWriter";
  const grant = (google: Google) =>
    ask(google, "POST", `cloudresourcemanager/v1/projects/${project}:setIamPolicy`, {
      policy: { bindings: [{ role, members: [member] }] },
    });

  test("an account is unknown to policies at first, and its grant works later still", async () => {
    const google = await startGoogle({ ...options, accountPropagationMs: 300, grantPropagationMs: 300 });
    await ask(google, "POST", accounts, { accountId: "gallery" });
    expect((await grant(google)).code).toBe(400);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect((await grant(google)).code).toBe(200);
    expect(google.hasGrant(member, role, `projects/${project}`)).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(google.hasGrant(member, role, `projects/${project}`)).toBe(true);
    await ask(google, "DELETE", `${accounts}/gallery@${project}.iam.gserviceaccount.com`);
    expect(google.hasGrant(member, role, `projects/${project}`)).toBe(false);
    await google.close();
  });

  test("an API that is off answers 403, and goes on doing so for a while after it was enabled", async () => {
    const google = await startGoogle({ projects: [{ projectId: project }], apiPropagationMs: 300 });
    const zone = `compute/v1/projects/${project}/zones/us-east1-b`;
    const off = await ask(google, "GET", zone);
    expect(off.body.error).toMatchObject({
      code: 403,
      errors: [{ reason: "accessNotConfigured" }],
      details: [{}, { reason: "SERVICE_DISABLED" }],
    });
    await ask(google, "POST", `serviceusage/v1/projects/${project}/services/compute.googleapis.com:enable`);
    await google.settle();
    expect((await ask(google, "GET", zone)).code).toBe(403);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect((await ask(google, "GET", zone)).code).toBe(200);
    await google.close();
  });

  test("a state file outlives the cloud that wrote it", async () => {
    const dir = mkdtempSync(join(tmpdir(), "google-state-"));
    const stateFile = join(dir, "state.json");
    const first = await startGoogle({ ...options, stateFile });
    await ask(first, "POST", accounts, { accountId: "gallery" });
    await first.close();
    const second = await startGoogle({ ...options, stateFile });
    expect((await ask(second, "GET", accounts)).body.accounts).toHaveLength(1);
    await second.close();
    rmSync(dir, { recursive: true });
  });

  test("faults answer before or after the effect, or end the operation", async () => {
    const google = await startGoogle(options);
    const create = (accountId: string) => ask(google, "POST", accounts, { accountId });
    google.faults.add({ method: /serviceAccounts\.create$/, status: 503, times: 1 });
    expect((await create("before")).code).toBe(503);
    expect((await create("before")).code).toBe(200);
    google.faults.add({ method: /serviceAccounts\.create$/, status: 503, after: true, times: 1 });
    expect((await create("afterwards")).code).toBe(503);
    expect((await create("afterwards")).code).toBe(409);

    const operationError = {
      code: "ZONE_RESOURCE_POOL_EXHAUSTED",
      message: "The zone does not have enough resources.",
    };
    google.faults.add({ method: "compute.instances.insert", operationError, times: 1 });
    const vms = `compute/v1/projects/${project}/zones/us-east1-b`;
    const { body } = await ask(google, "POST", `${vms}/instances`, instance());
    await google.settle();
    expect((await ask(google, "GET", `${vms}/operations/${body.name}`)).body.error.errors).toEqual([operationError]);
    expect((await ask(google, "GET", `${vms}/instances/gallery`)).code).toBe(404);
    await google.close();
  });

  test("faults by chance are the same for the same seed", async () => {
    const outcomes = async (seed: number) => {
      const google = await startGoogle({ ...options, seed });
      google.faults.add({ method: /get$/, status: 429, probability: 0.5 });
      const codes = [];
      for (let i = 0; i < 12; i++) codes.push((await ask(google, "GET", `compute/v1/projects/${project}`)).code);
      await google.close();
      return codes;
    };
    const codes = await outcomes(7);
    expect(new Set(codes)).toEqual(new Set([200, 429]));
    expect(await outcomes(7)).toEqual(codes);
  });

  test("a VM's guest attributes can be read", async () => {
    const google = await startGoogle(options);
    const vms = `compute/v1/projects/${project}/zones/us-east1-b/instances`;
    const metadata = { items: [{ key: "enable-guest-attributes", value: "TRUE" }] };
    await ask(google, "POST", vms, instance({ metadata }));
    google.setGuestAttribute(`projects/${project}/zones/us-east1-b/instances/gallery`, "app", "state", "serving");
    const { body } = await ask(google, "GET", `${vms}/gallery/getGuestAttributes?queryPath=app/`);
    expect(body.queryValue.items).toEqual([{ namespace: "app", key: "state", value: "serving" }]);
    await google.close();
  });
});
