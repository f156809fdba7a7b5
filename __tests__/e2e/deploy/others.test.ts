/** Deployments that differ from main.ts as it is: an existing bucket, a state in a bucket, OpenTofu. */
import { openTofuBinary } from "../support/real/go-tools";
import { tofuMirror } from "../support/real/tofu-mirror";
import { Checkout } from "../support/deploy/checkout";
import { DeployableCloud } from "../support/deploy/deployable-cloud";
import { prop } from "../support/deploy/edits";
import { changes } from "../support/deploy/plan-changes";
import { describeDeployment } from "../support/deploy/one-in-a-region";

const REGION = "europe-west1";

describeDeployment("another deployment", REGION, () => {
  let world: DeployableCloud;
  const checkouts: Checkout[] = [];
  const checkout = (env: NodeJS.ProcessEnv = {}) => {
    const made = new Checkout({ ...world.env, ...env });
    checkouts.push(made);
    return made;
  };

  beforeAll(async () => {
    world = await DeployableCloud.create({ region: REGION, machines: false, operationMs: 0 });
  });

  afterAll(async () => {
    checkouts.forEach((made) => made.remove());
    await world?.close();
  });

  it("with its state in a bucket has nothing to change from another clone in another folder", async () => {
    world.gcs.createBucket("team-state");
    const first = checkout({ STATE_BUCKET: "team-state" });
    await first.cdktf("deploy");
    const second = checkout({ STATE_BUCKET: "team-state" });
    expect(second.folder).not.toBe(first.folder);
    expect(changes(await second.plan())).toEqual({});
    await second.cdktf("destroy");
  });

  it("on an existing bucket leaves the bucket and removes only its own access", async () => {
    const bucket = "somebody-elses-files";
    await world.makeBucket(bucket, "roles/storage.objectViewer", "user:owner@example.com");
    world.gcs.put(bucket, "theirs.txt", "theirs");
    const clone = checkout();
    clone.edit("main.ts", prop(`existingBucket: "${bucket}"`));
    await clone.cdktf("deploy");
    expect(world.membersOf(bucket)).toEqual([
      "roles/storage.objectUser serviceAccount:gallery-vm@test-project.iam.gserviceaccount.com",
      "roles/storage.objectViewer user:owner@example.com",
    ]);
    await clone.cdktf("destroy");
    expect(world.membersOf(bucket)).toEqual(["roles/storage.objectViewer user:owner@example.com"]);
    expect(world.gcs.objects(bucket).map(({ name }) => name)).toEqual(["theirs.txt"]);
  });

  it("is applied by OpenTofu as well", async () => {
    const clone = checkout({ TERRAFORM_BINARY_NAME: await openTofuBinary(), ...tofuMirror() });
    await clone.cdktf("deploy");
    const { all } = await clone.cdktf("diff");
    expect(all).toContain("No changes");
    await clone.cdktf("destroy");
  });
});
