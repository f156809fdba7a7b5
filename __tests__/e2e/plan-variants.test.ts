import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { App, LocalBackend, TerraformStack } from "cdktf";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Declaration } from "../../lib/boot/declaration";
import { declarationOf } from "./support/boot/payload";
import {
  ContainerImage,
  GcsBackedContainerApp,
  GcsBackedContainerAppProps,
  MaintenancePolicy,
  NetworkTier,
  Protocol,
  RestartPolicy,
  StorageClass,
} from "../../lib";
import { openTofuBinary } from "./support/real/go-tools";
import {
  answerOf,
  ofType,
  Planned,
  planned,
  Project,
  questionOf,
  realPlan,
  recorded,
  standInPlan,
  theOnly,
  metadataOf,
} from "./support/plan";
import { tofuMirror } from "./support/real/tofu-mirror";

const project = "demo-project-123";
const zone = "us-east1-b";
const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const demo = join(__dirname, "../../container/demo");
const ready = {
  image: ContainerImage.fromRegistry(`ghcr.io/me/gallery@${digest}`),
  gcsfuse: { image: ContainerImage.fromRegistry(`ghcr.io/me/gcsfuse@${digest}`) },
};
const mounts = [{ path: "/srv/uploads" }];
/** Where no Docker engine answers. */
const withoutDocker = { DOCKER_HOST: "unix:///nonexistent/docker.sock" };

type Props = Omit<GcsBackedContainerAppProps, "project" | "zone">;

interface Variant {
  readonly plan: Planned;
  readonly declaration: (vm?: string) => Declaration;
}

const projects: Project[] = [];
afterAll(() => projects.forEach((cdk) => cdk.remove()));

function synthesize(apps: Record<string, Props>, docker: boolean): Project {
  const cdk = new Project();
  projects.push(cdk);
  cdk.synthesize((app: App) => {
    const stack = new TerraformStack(app, "cloud");
    new LocalBackend(stack, { path: "../../../terraform.cloud.tfstate" });
    new GoogleProvider(stack, "google", { project, zone });
    if (docker) new DockerProvider(stack, "docker", GcsBackedContainerApp.dockerProviderConfig(stack, zone));
    for (const [id, props] of Object.entries(apps)) new GcsBackedContainerApp(stack, id, { project, zone, ...props });
  });
  return cdk;
}

async function variant(name: string, apps: Record<string, Props>, docker = false): Promise<Variant> {
  const cdk = synthesize(apps, docker);
  const synthesized = cdk.synthesized("cloud");
  const plan = await recorded(`plan-${name}`, questionOf(synthesized), async () =>
    answerOf(planned(await realPlan(cdk.stackDir("cloud"), docker ? {} : withoutDocker))),
  );
  const standIn = await standInPlan(cdk.stackDir("cloud"));
  return { plan, declaration: (vm) => declarationOf(metadataOf(standIn, vm)) };
}

function roles(plan: Planned): string[] {
  const grants = Object.values(plan.resources).filter(({ type }) => type.endsWith("_iam_member"));
  return grants.map(({ values }) => `${values.role} ${values.bucket ?? values.repository ?? values.project}`).sort();
}

test("an existing bucket: none is created, and nothing of it is changed but one grant", async () => {
  const { plan, declaration } = await variant(
    "existing-bucket",
    { gallery: { ...ready, mounts, existingBucket: "old_files.example.org" } },
    true,
  );
  expect(ofType(plan, "google_storage_bucket")).toEqual([]);
  expect(roles(plan)).toContain("roles/storage.objectUser old_files.example.org");
  expect(theOnly(plan, "google_storage_bucket_iam_member").role).toBe("roles/storage.objectUser");
  expect(declaration().mounts[0].bucket).toBe("old_files.example.org");
});

test("ready images only: no docker provider, no Docker engine, no Artifact Registry", async () => {
  const { plan, declaration } = await variant("ready-images", { gallery: { ...ready, mounts } });
  const types = Object.values(plan.resources).map(({ type }) => type);
  expect(types.filter((type) => /docker|artifact_registry/.test(type))).toEqual([]);
  expect(ofType(plan, "google_project_service").map(({ service }) => service)).not.toContain(
    "artifactregistry.googleapis.com",
  );
  expect(declaration()).toMatchObject({
    image: `ghcr.io/me/gallery@${digest}`,
    gcsfuse: { image: `ghcr.io/me/gcsfuse@${digest}` },
  });
});

test("several mounts with odd values: each bucket granted once, what is only read for reading only", async () => {
  const paths = ["/srv/Ünï cödé/ä,b", '/srv/a "quoted" $HOME ${path} %{ if } %n \\ `date`', "/data/ro"];
  const { plan, declaration } = await variant("mounts", {
    gallery: {
      ...ready,
      mounts: [
        { path: paths[0], prefix: "photos/2026 é", uid: 0, gid: 4294967294, fileMode: "0600", dirMode: "700" },
        {
          path: paths[1],
          bucket: "second-bucket",
          metadataCacheTtlSeconds: -1,
          gcsfuseConfig: { "gcs-auth": { a: "${b}" } },
        },
        { path: paths[2], bucket: "third-bucket", readOnly: true, prefix: "a" },
        { path: "/data/rw", bucket: "second-bucket", readOnly: true },
      ],
    },
  });
  expect(roles(plan).filter((role) => role.includes("storage"))).toEqual([
    "roles/storage.objectUser demo-project-123-gallery",
    "roles/storage.objectUser second-bucket",
    "roles/storage.objectViewer third-bucket",
  ]);
  // docker reads `target` as a field of a line of CSV.
  const mountPaths = declaration().mounts.map(({ path }) => path);
  expect(mountPaths).toContain("/srv/Ünï cödé/ä,b");
  expect(mountPaths).toContain('/srv/a "quoted" $HOME ${path} %{ if } %n \\ `date`');
  expect(JSON.stringify(declaration())).toContain('"a":"${b}"');
});

test("two apps in one stack: nothing is named the same", async () => {
  const { plan, declaration } = await variant(
    "two-apps",
    {
      one: { mounts, image: ContainerImage.fromDirectory(demo) },
      two: { ...ready, mounts, ports: [{ containerPort: 81 }] },
    },
    true,
  );
  const named = Object.values(plan.resources).filter(({ type }) => /^google_(compute|storage_bucket$)/.test(type));
  const names = named.map(({ type, values }) => `${type} ${values.name}`);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toHaveLength(10);
  for (const rule of ofType(plan, "google_compute_firewall")) {
    expect(rule.target_service_accounts).toEqual([`${rule.name.split("-")[0]}-vm@${project}.iam.gserviceaccount.com`]);
  }
  expect(declaration("one").mounts.map(({ bucket }) => bucket)).toEqual([`${project}-one`]);
  expect(declaration("two").mounts.map(({ bucket }) => bucket)).toEqual([`${project}-two`]);
});

test("an own network without external address: no address, and only the given ranges come in", async () => {
  const { plan } = await variant("private", {
    gallery: {
      ...ready,
      mounts,
      network: {
        network: "projects/net-project-1/global/networks/own",
        subnetwork: "projects/net-project-1/regions/us-east1/subnetworks/own-east",
        networkProject: "net-project-1",
        externalAddress: false,
        sourceRanges: ["10.0.0.0/8"],
      },
    },
  });
  expect(ofType(plan, "google_compute_address")).toEqual([]);
  const [nic] = theOnly(plan, "google_compute_instance").network_interface;
  expect(nic).toMatchObject({ subnetwork: "projects/net-project-1/regions/us-east1/subnetworks/own-east" });
  expect(nic).not.toHaveProperty("access_config");
  const rules = ofType(plan, "google_compute_firewall");
  for (const rule of rules) {
    expect(rule).toMatchObject({ project: "net-project-1", network: "projects/net-project-1/global/networks/own" });
  }
  expect(rules.find(({ allow }) => allow)).toMatchObject({ source_ranges: ["10.0.0.0/8"] });
});

test("everything set", async () => {
  const { plan, declaration } = await variant(
    "everything",
    {
      gallery: {
        name: "all-of-it",
        image: ContainerImage.fromDirectory(demo, { buildArgs: { A: "b c" }, target: "last", builder: "default" }),
        gcsfuse: {
          image: ContainerImage.fromRegistry("europe-west1-docker.pkg.dev/other-project/images/gcsfuse:1.2", {
            grantPull: true,
          }),
          privileged: true,
        },
        mounts: [{ path: "/srv/uploads", kernelListCacheTtlSeconds: 10, fileCacheMaxSizeMib: 100, renameDirLimit: 5 }],
        ports: [
          { containerPort: 8080, hostPort: 80 },
          { containerPort: 53, protocol: Protocol.UDP },
          { containerPort: 443 },
        ],
        environment: { GREETING: "hé\nllo ${x} 'and' \"so\" $on", EMPTY: "" },
        entrypoint: ["/bin/app", "a b"],
        args: ["--flag", ""],
        user: "1000:1000",
        restartPolicy: RestartPolicy.ALWAYS,
        stopTimeoutSeconds: 80,
        bucketOptions: {
          ...{ name: "own-name", location: "EU", storageClass: StorageClass.NEARLINE, hierarchicalNamespace: true },
          ...{ softDeleteRetentionDays: 0, deleteDataOnDestroy: true },
        },
        network: {
          networkTier: NetworkTier.PREMIUM,
          sourceRanges: ["203.0.113.0/24", "198.51.100.0/24"],
          iapSsh: true,
          networkTags: ["extra"],
        },
        machine: {
          ...{ machineType: "c4-standard-2", bootImage: "cos-cloud/cos-125-19216-104-1", bootDiskSizeGb: 50 },
          ...{ secureBoot: false, maintenancePolicy: MaintenancePolicy.TERMINATE, logging: false, monitoring: false },
          ...{ metadataServerAccess: true, metadata: { purpose: "test" } },
        },
        labels: { team: "gallery" },
        enableApis: false,
      },
    },
    true,
  );
  expect(ofType(plan, "google_project_service")).toEqual([]);
  expect(theOnly(plan, "docker_image").build).toMatchObject([
    { build_args: { A: "b c" }, target: "last", builder: "default", platform: "linux/amd64" },
  ]);
  expect(theOnly(plan, "google_storage_bucket")).toMatchObject({
    ...{ name: "own-name", location: "EU", storage_class: "NEARLINE", force_destroy: true },
    hierarchical_namespace: [{ enabled: true }],
    versioning: [{ enabled: false }],
    soft_delete_policy: [{ retention_duration_seconds: 0 }],
  });
  expect(roles(plan)).toEqual([
    "roles/artifactregistry.reader all-of-it",
    "roles/artifactregistry.reader images",
    "roles/storage.objectUser own-name",
  ]);
  const rules = Object.fromEntries(ofType(plan, "google_compute_firewall").map((rule) => [rule.name, rule]));
  expect(rules["all-of-it-allow"]).toMatchObject({
    allow: expect.arrayContaining([
      { protocol: "tcp", ports: ["80", "443"] },
      { protocol: "udp", ports: ["53"] },
    ]),
    source_ranges: ["198.51.100.0/24", "203.0.113.0/24"],
  });
  expect(rules["all-of-it-allow-iap-ssh"]).toMatchObject({
    allow: [{ protocol: "tcp", ports: ["22"] }],
    source_ranges: ["35.235.240.0/20"],
  });
  expect(theOnly(plan, "google_compute_address").network_tier).toBe("PREMIUM");
  expect(theOnly(plan, "google_compute_instance")).toMatchObject({
    ...{ name: "all-of-it", machine_type: "c4-standard-2", labels: { app: "all-of-it", team: "gallery" } },
    tags: ["extra"],
    boot_disk: [
      { initialize_params: [{ image: "cos-cloud/cos-125-19216-104-1", size: 50, type: "hyperdisk-balanced" }] },
    ],
    network_interface: [{ access_config: [{ network_tier: "PREMIUM" }] }],
    scheduling: [{ on_host_maintenance: "TERMINATE" }],
    shielded_instance_config: [{ enable_secure_boot: false }],
    metadata: { purpose: "test", "google-logging-enabled": "false", "google-monitoring-enabled": "false" },
  });
  expect(declaration().environment.GREETING).toBe("hé\nllo ${x} 'and' \"so\" $on");
  expect(declaration().gcsfuse.privileged).toBe(true);
});

test("OpenTofu plans the same", async () => {
  const cdk = synthesize({ gallery: { mounts, image: ContainerImage.fromDirectory(demo) } }, true);
  const question = questionOf(cdk.synthesized("cloud"));
  const ask = async (options = {}, env = {}) => answerOf(planned(await realPlan(cdk.stackDir("cloud"), env, options)));
  const terraform = await recorded("plan-simplest", question, () => ask());
  rmSync(join(cdk.stackDir("cloud"), ".terraform.lock.hcl"), { force: true });
  const tofu = await recorded("plan-opentofu", question, async () =>
    ask({ binary: await openTofuBinary() }, tofuMirror()),
  );
  expect(tofu).toEqual(terraform);
}, 1_800_000); // OpenTofu may have to be compiled first.
