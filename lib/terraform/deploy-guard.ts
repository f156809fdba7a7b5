import { Aspects, TerraformResource, TerraformStack, Token } from "cdktf";
import { escapeTemplate } from "./template-text";

/** Lets a stack be reviewed before it can be deployed. */
export class DeployGuard {
  /**
   * Lets a stack be synthesized and planned but not deployed: `apply` stops with the message before it creates anything.
   *
   * ```ts
   * if (!process.env.GOOGLE_CLOUD_PROJECT) {
   *   DeployGuard.refuseToDeploy(stack, "no project is set: run the command again with GOOGLE_CLOUD_PROJECT=your-project-id");
   * }
   * ```
   *
   * @param stack the stack, all of whose resources wait for the refusal
   * @param errorMessage what `apply` says
   */
  public static refuseToDeploy(stack: TerraformStack, errorMessage: string): void {
    const message = Token.isUnresolved(errorMessage) ? errorMessage : escapeTemplate(errorMessage);
    const refusal = new TerraformResource(stack, "refuse-to-deploy", {
      terraformResourceType: "terraform_data",
      // Never true, but unknown to a plan, which a condition that is known to be false would stop already. It names the
      // workspace since Terraform wants a condition to refer to something.
      lifecycle: { precondition: [{ condition: "${terraform.workspace == timestamp()}", errorMessage: message }] },
    });
    Aspects.of(stack).add({
      visit: (node) => {
        if (TerraformResource.isTerraformResource(node) && node !== refusal) {
          node.dependsOn = [...(node.dependsOn ?? []), `terraform_data.${refusal.friendlyUniqueId}`];
        }
      },
    });
  }

  private constructor() {}
}
