/** `cdktf deploy` of main.ts with the real CLI, Terraform and providers, through the whole life of an app. */
import { join } from "node:path";
import { until } from "../support/boot/status";
import { read, secondsWithoutServiceUntil, upload } from "../support/deploy/browser";
import { Checkout } from "../support/deploy/checkout";
import { BUCKET, DeployableCloud, DEPLOYER_TOKENS } from "../support/deploy/deployable-cloud";
import { expectAsDocumented } from "../support/deploy/documented";
import { EDITS, plansOfEdits, prop } from "../support/deploy/edits";
import { changes } from "../support/deploy/plan-changes";
import { resourcesWith, sensitiveResources } from "../support/deploy/shown-state";
import { dockerEngine } from "../support/real/docker-engine";
import { describeDeployment } from "../support/deploy/one-in-a-region";
import { versions } from "../support/real/terraform";

/** What the state marks as sensitive: listed in README. */
const SENSITIVE = ["data.google_client_config.google-client-config"];

const PAGE = "container/demo/demo/templates/page.html";

const REGION = "us-east1";

describeDeployment("the life of an app", REGION, () => {
  let world: DeployableCloud;
  let checkout: Checkout;
  let url: string;

  beforeAll(async () => {
    world = await DeployableCloud.create({
      region: REGION,
      apiPropagationMs: 10_000,
      grantPropagationMs: 5_000,
      operationMs: 100,
    });
    checkout = new Checkout(world.env);
  });

  afterAll(async () => {
    checkout?.remove();
    await world?.close();
  });

  it("is deployed into an empty project in one go, and takes an upload", async () => {
    const start = Date.now();
    const { all } = await checkout.cdktf("deploy");
    url = (await checkout.outputs()).url;
    expect(all).toContain(url);
    expectAsDocumented("The first deployment", all!);
    const deployed = (Date.now() - start) / 1000;
    const seconds = await until("the page answers", async () => (await read(url)) !== undefined, { seconds: 180 });
    console.log(JSON.stringify(await versions(join(checkout.folder, "cdktf.out/stacks/cloud"))));
    console.log(`deployed in ${deployed.toFixed(1)} s; the page answers ${seconds.toFixed(1)} s later`);
    await upload(url, "first.txt", "hello");
    expect((await world.gcs.read(BUCKET, "first.txt")).toString()).toBe("hello");
  });

  it("has nothing to change right afterwards", async () => {
    const { all } = await checkout.cdktf("diff");
    expectAsDocumented("Nothing has changed", all!);
  });

  it("has nothing to change when the token has expired and Google has published a newer image", async () => {
    world.google.publishImage("cos-cloud", "cos-stable-999-1-1-1", "cos-stable");
    expect(changes(await checkout.plan({ GOOGLE_OAUTH_ACCESS_TOKEN: DEPLOYER_TOKENS[1] }))).toEqual({});
  });

  it("keeps no secret in the state but the access token that is listed in README", async () => {
    const { stdout } = await checkout.terraform(["show", "-json"]);
    expect(resourcesWith(stdout, DEPLOYER_TOKENS[0])).toEqual(SENSITIVE);
    expect(sensitiveResources(stdout)).toEqual(SENSITIVE);
  });

  it("touches exactly what an engineer expects", async () => {
    const table = await plansOfEdits(checkout);
    console.log(
      Object.entries(table)
        .map(([edit, plan]) => `${edit}: ${JSON.stringify(plan)}`)
        .join("\n"),
    );
    for (const { name, expected } of EDITS) expect({ [name]: table[name] }).toEqual({ [name]: expected });
  });

  it("builds at most the local image again where the engine has lost it", async () => {
    const { docker } = await dockerEngine();
    const { stdout } = await docker(["images", "--format", "{{.Repository}}:{{.Tag}}"]);
    const ours = stdout
      .split("\n")
      .filter((name) => name.startsWith(`${REGION}-docker.pkg.dev/test-project/gallery/app:`));
    await docker(["rmi", ...ours]);
    expect(changes(await checkout.plan())).toEqual({ "docker_image.app": "create" });
  });

  it("leaves the old version serving when the build or the push of a new one fails", async () => {
    checkout.edit("container/demo/Dockerfile", (text) => `${text}\nRUN exit 1\n`);
    const build = await checkout.cdktf("deploy", {}, false);
    expect(build.exitCode).not.toBe(0);
    expectAsDocumented("An image that cannot be built", build.all!);
    expect(await read(url)).toContain("first.txt");

    checkout.restore("container/demo/Dockerfile");
    checkout.edit(PAGE, (text) => text.replace("</body>", "<p>second version</p></body>"));
    world.registry.setFault("denied");
    const push = await checkout.cdktf("deploy", {}, false);
    world.registry.setFault(undefined);
    expect(push.exitCode).not.toBe(0);
    expectAsDocumented("An image that cannot be pushed", push.all!);
    expect(await read(url)).toContain("first.txt");
  });

  it("serves the new version and every old file after an update, and goes back to the version before", async () => {
    expect(changes(await checkout.plan())).toMatchObject({ "google_compute_instance.instance": "update metadata" });
    const isSecond = (page: string) => page.includes("second version");
    const updating = secondsWithoutServiceUntil(url, "the second version is live", isSecond);
    const { all } = await checkout.cdktf("deploy");
    expectAsDocumented("An update", all!);
    console.log(`update: ${(await updating).toFixed(1)} s without service`);
    expect(await read(url)).toContain("first.txt");
    await upload(url, "second.txt", "hello again");

    checkout.restore(PAGE);
    const back = secondsWithoutServiceUntil(url, "the first version is live", (page) => !isSecond(page));
    await checkout.cdktf("deploy");
    console.log(`roll-back: ${(await back).toFixed(1)} s without service`);
    expect(await read(url)).toContain("second.txt");
  });

  it("gets another address with another network tier, none where that is asked for, and one again", async () => {
    const addresses = () => Object.values(world.google.state.addresses).map(({ address, status }) => [address, status]);
    const before = addresses();
    checkout.edit("main.ts", prop('network: { networkTier: "PREMIUM" as never }'));
    await checkout.cdktf("deploy");
    const other = addresses();
    expect(other).toEqual([[expect.any(String), "IN_USE"]]);
    expect(other).not.toEqual(before);

    checkout.restore("main.ts");
    checkout.edit("main.ts", prop('network: { externalAddress: false, sourceRanges: ["10.0.0.0/8"] }'));
    checkout.edit("main.ts", (text) => text.replace("url: url!,", ""));
    await checkout.cdktf("deploy");
    expect(addresses()).toEqual([]);

    // The simulated VM keeps the address that it began with, so that nothing is asked for there.
    checkout.restore("main.ts");
    await checkout.cdktf("deploy");
    expect(addresses()).toEqual([[expect.any(String), "IN_USE"]]);
    expect(changes(await checkout.plan())).toEqual({});
  });

  it("keeps every file when it is destroyed, and serves them again when it is deployed again", async () => {
    const { all, exitCode } = await checkout.cdktf("destroy", {}, false);
    expect(exitCode).not.toBe(0);
    expectAsDocumented("Removing, with files in the bucket", all!);
    expect(world.has("gallery")).toBe(false);
    expect(
      world.gcs
        .objects(BUCKET)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["first.txt", "second.txt"]);

    await checkout.cdktf("deploy");
    url = (await checkout.outputs()).url;
    await until("the files are served again", async () => (await read(url))?.includes("first.txt") ?? false, {
      seconds: 180,
    });
  });

  it("deletes everything, old versions included, when that is asked for", async () => {
    world.objects.put(BUCKET, "overwritten.txt");
    world.objects.remove(BUCKET, "overwritten.txt");
    checkout.edit("main.ts", prop("bucketOptions: { deleteDataOnDestroy: true }"));
    await checkout.cdktf("deploy");
    const { all } = await checkout.cdktf("destroy");
    expectAsDocumented("Removing everything", all!);
    expect((await checkout.terraform(["state", "list"])).stdout).toBe("");
    expect(Object.keys(world.google.state.buckets)).not.toContain(BUCKET);
  });
});
