/** A deployment that is interrupted at every resource in turn, each time completed a little further by the next one. */
import { Checkout } from "../support/deploy/checkout";
import { DeployableCloud } from "../support/deploy/deployable-cloud";
import { describeDeployment } from "../support/deploy/one-in-a-region";
import { changes } from "../support/deploy/plan-changes";

/** One call for each resource that is created. */
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

const REGION = "us-central1";

describeDeployment("an interrupted deployment", REGION, () => {
  it.each([
    ["an error of the API", false],
    ["a signal to Terraform", true],
  ])(
    "is completed by the next: %s",
    async (_, bySignal) => {
      let called: string[] = [];
      let interrupt: (() => void) | undefined;
      let awaited = "";
      const world = await DeployableCloud.create({
        region: REGION,
        machines: false,
        operationMs: 0,
        hooks: {
          onCall: ({ method }) => {
            called.push(method);
            if (method !== awaited) return;
            interrupt?.();
            // Terraform ends gently after one signal only.
            interrupt = undefined;
          },
        },
      });
      const checkout = new Checkout(world.env);
      try {
        await checkout.synth();
        const table: string[] = [];
        for (const [index, call] of CALLS.entries()) {
          // What comes later fails as well: Terraform goes on with all that does not depend on what has failed.
          for (const method of CALLS.slice(bySignal ? index + 1 : index)) {
            world.google.faults.add({ method, status: 400, message: "injected" });
          }
          awaited = call;
          called = [];
          const apply = checkout.startApply();
          // As Ctrl-C: Terraform takes the time that it needs to end.
          interrupt = bySignal ? () => void apply.kill("SIGTERM", { forceKillAfterTimeout: false }) : undefined;
          const { exitCode } = await apply;
          world.google.faults.clear();
          expect({ call, exitCode, isCalled: called.includes(call) }).toEqual({ call, exitCode: 1, isCalled: true });
          table.push(`${call}: called, exit code ${exitCode}`);
        }
        const last = await checkout.startApply();
        expect({ exitCode: last.exitCode, all: last.exitCode === 0 ? "" : last.all }).toEqual({ exitCode: 0, all: "" });
        expect(changes(await checkout.plan())).toEqual({});
        console.log(table.join("\n"));
      } finally {
        checkout.remove();
        await world.close();
      }
    },
    600_000,
  );
});
