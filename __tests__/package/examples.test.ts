import { Testing } from "cdktf";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { LocalMediaGoblinStack, MediaGoblinStack } from "../../examples/mediagoblin/stack";
import { LocalMediaWikiStack, MediaWikiStack } from "../../examples/mediawiki/stack";
import { PrivateNetworkStack } from "../../examples/private-network";
import { ReadyImageStack } from "../../examples/ready-image";
import { TwoAppsStack } from "../../examples/two-apps";
import { declarationOf, localDeclarationOf } from "../support/declaration";
import { APP_FOLDER, only, synthesized } from "../support/synthesize";

test("each file in examples/ is synthesized here", () => {
  const files = (readdirSync(join(__dirname, "../../examples"), { recursive: true }) as string[])
    .filter((name) => name.endsWith(".ts"))
    .sort();
  expect(files).toEqual([
    "mediagoblin/stack.ts",
    "mediawiki/stack.ts",
    "private-network.ts",
    "ready-image.ts",
    "two-apps.ts",
  ]);
});

test("mediawiki gives both containers one password, which only the VM reads, and the database a disk that stays", () => {
  const stack = synthesized(new MediaWikiStack(Testing.app(), "cloud"));
  const { environment, mounts, secrets, sidecars } = declarationOf(stack);
  expect(mounts).toMatchObject([{ path: "/var/lib/mediawiki/images" }]);
  expect(sidecars![0].secrets!.POSTGRES_PASSWORD).toEqual(secrets!.DB_PASSWORD);
  expect(Object.keys(environment)).toEqual(expect.not.arrayContaining(Object.keys(secrets!)));
  const granted = Object.values(stack.resource.google_secret_manager_secret_iam_member);
  expect(granted.map(({ secret_id }) => secret_id).sort()).toEqual(
    Object.values(secrets!)
      .map(({ secret }) => secret)
      .sort(),
  );
  expect(new Set(granted.map(({ role }) => role))).toEqual(new Set(["roles/secretmanager.secretAccessor"]));
  expect(stack.resource).not.toHaveProperty("google_secret_manager_secret_version");
  const disk = only(stack, "google_compute_disk");
  expect(disk).toMatchObject({ name: "wiki-db", size: 10, lifecycle: { prevent_destroy: true } });
  expect(only(stack, "google_compute_instance").attached_disk).toMatchObject([{ device_name: "db" }]);
});

test("mediawiki runs the same on one's own computer", () => {
  const cloud = declarationOf(synthesized(new MediaWikiStack(Testing.app(), "cloud")));
  const local = localDeclarationOf(synthesized(new LocalMediaWikiStack(Testing.app(), "local")), "wiki");
  const same = ({ environment, mounts, secrets, sidecars }: typeof cloud) => ({
    environment,
    secrets: Object.keys(secrets!),
    paths: [...mounts, ...sidecars!.flatMap(({ disks }) => disks!)].map(({ path }) => path),
  });
  expect(same(local)).toEqual(same(cloud));
});

test("mediagoblin has its pictures in the bucket, all else on a disk that stays, and the password nowhere", () => {
  const stack = synthesized(new MediaGoblinStack(Testing.app(), "cloud"));
  const { environment, secrets, disks, mounts, ports } = declarationOf(stack);
  expect(disks).toMatchObject([{ path: "/srv" }]);
  expect(mounts).toMatchObject([{ path: "/srv/user_dev/media/public" }]);
  expect(ports).toMatchObject([{ containerPort: 6543, hostPort: 80 }]);
  expect(environment).not.toHaveProperty("ADMIN_PASSWORD");
  expect(secrets!.ADMIN_PASSWORD).toMatchObject({ version: "1" });
  expect(only(stack, "google_compute_disk")).toMatchObject({ lifecycle: { prevent_destroy: true } });
});

test("mediagoblin runs the same on one's own computer", () => {
  const cloud = declarationOf(synthesized(new MediaGoblinStack(Testing.app(), "cloud")));
  const local = localDeclarationOf(synthesized(new LocalMediaGoblinStack(Testing.app(), "local")), "mediagoblin");
  const same = ({ environment, image, disks, mounts }: typeof cloud) => ({
    environment,
    image,
    paths: [...disks!, ...mounts].map(({ path }) => path),
  });
  expect(same(local)).toEqual(same(cloud));
});

test("ready-image.ts builds nothing, and needs the google provider only", () => {
  const stack = synthesized(new ReadyImageStack(Testing.app(), "cloud"));
  expect(Object.keys(stack.provider!)).toEqual(["google"]);
  expect(declarationOf(stack).image).toBe(`us-east1-docker.pkg.dev/my-project/my-images/wiki@sha256:${"1".repeat(64)}`);
});

test("private-network.ts puts the VM into its network, without an external address and with no bucket of its own", () => {
  const stack = synthesized(new PrivateNetworkStack(Testing.app(), "cloud", APP_FOLDER));
  const [networkInterface] = only(stack, "google_compute_instance").network_interface;
  const network = "${google_compute_network.network.name}";
  expect(networkInterface).toMatchObject({ network, subnetwork: "${google_compute_subnetwork.subnetwork.name}" });
  expect(networkInterface.access_config).toEqual([]);
  for (const rule of Object.values(stack.resource.google_compute_firewall)) {
    expect(rule.network).toBe(network);
  }
  expect(only(stack, "google_storage_bucket_iam_member").bucket).toBe("my-company-archive");
  expect(stack.resource).not.toHaveProperty("google_storage_bucket");
  expect(stack.resource).not.toHaveProperty("google_compute_address");
});

test("two-apps.ts lets the second app read the first one's bucket, and not the other way round", () => {
  const stack = synthesized(new TwoAppsStack(Testing.app(), "cloud", APP_FOLDER, APP_FOLDER));
  const grants = Object.values(stack.resource.google_storage_bucket_iam_member).map(
    ({ bucket, member, role }) => `${member} ${role} ${bucket}`,
  );
  const app = (text: string) => text.replace(/\$\{google_(\w+)\.(gallery|reports)_[\w-]+\.\w+\}/g, "$2's $1");
  expect(grants.map(app).sort()).toEqual([
    "gallery's service_account roles/storage.objectUser gallery's storage_bucket",
    "reports's service_account roles/storage.objectUser reports's storage_bucket",
    "reports's service_account roles/storage.objectViewer gallery's storage_bucket",
  ]);
});
