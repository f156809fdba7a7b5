/** A deployment that is interrupted at every resource in turn, each time completed a little further by the next one. */
import { Checkout } from "../support/deploy/checkout";
import { CloudWorld } from "../support/deploy/cloud-world";
import { describeDeployment } from "../support/deploy/one-at-a-time";
import { changes } from "../support/deploy/plans";

/** One call of each resource that is made. */
const CALLS = [
  "serviceusage.services.batchEnable",
  "iam.projects.serviceAccounts.create",
  "storage.buckets.insert",
  "artifactregistry.projects.locations.repositories.create",
  "compute.addresses.insert",
  "compute.firewalls.insert",
  "cloudresourcemanager.projects.setIamPolicy",
  "storage.buckets.setIamPolicy",
  "artifactregistry.projects.locations.repositories.setIamPolicy",
  "compute.instances.insert",
];

describeDeployment("an interrupted deployment", () => {
  it.each([
    ["an error of the API", false],
    ["a signal to Terraform", true],
  ])("is completed by the next: %s", async (_, bySignal) => {
    let interrupt: (() => void) | undefined;
    let awaited = "";
    const world = await CloudWorld.create({
      machines: false,
      operationMs: 0,
      hooks: {
        onCall: ({ method }) => {
          if (method === awaited) interrupt?.();
        },
      },
    });
    const checkout = new Checkout(world.env);
    try {
      await checkout.synth();
      const table: string[] = [];
      for (const call of CALLS) {
        awaited = call;
        if (!bySignal) world.google.faults.add({ method: call, status: 400, message: "injected", times: 1 });
        const apply = checkout.startApply();
        interrupt = bySignal ? () => void apply.kill("SIGTERM") : undefined;
        const { exitCode } = await apply;
        interrupt = undefined;
        world.google.faults.clear();
        table.push(`${call}: exit code ${exitCode}`);
      }
      const last = await checkout.startApply();
      expect({ exitCode: last.exitCode, all: last.exitCode === 0 ? "" : last.all }).toEqual({ exitCode: 0, all: "" });
      expect(changes(await checkout.plan())).toEqual({});
      console.log(table.join("\n"));
    } finally {
      checkout.remove();
      await world.close();
    }
  });
});
