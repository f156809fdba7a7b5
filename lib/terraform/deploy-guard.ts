import { Aspects, TerraformResource, TerraformStack } from "cdktf";

/**
 * Lets a stack be synthesized and planned but not deployed: `apply` stops with the message before it makes anything.
 *
 * The condition depends on a value that is known only after apply, since one that is known would already stop the plan.
 */
export function refuseToDeploy(stack: TerraformStack, errorMessage: string): void {
  const unset = new TerraformResource(stack, "unset", { terraformResourceType: "terraform_data" });
  unset.addOverride("input", errorMessage);
  const condition = `\${${unset.fqn}.output == ""}`;
  const refusal = new TerraformResource(stack, "refuse-to-deploy", {
    terraformResourceType: "terraform_data",
    lifecycle: { precondition: [{ condition, errorMessage }] },
  });
  Aspects.of(stack).add({
    visit: (node) => {
      if (TerraformResource.isTerraformResource(node) && node !== unset && node !== refusal) {
        node.dependsOn = [...(node.dependsOn ?? []), `terraform_data.${refusal.friendlyUniqueId}`];
      }
    },
  });
}
