import { Aspects, TerraformResource, TerraformStack, Token } from "cdktf";
import { escapeTemplate } from "./template-text";

/** Keeps a stack from being deployed, but lets it be reviewed. */
export class DeployGuard {
  /**
   * Makes `apply` fail with a message before it creates anything. The stack can still be synthesized and planned.
   *
   * ```ts
   * if (!process.env.GOOGLE_CLOUD_PROJECT) {
   *   DeployGuard.refuseToDeploy(stack, "no project is set: run the command again with GOOGLE_CLOUD_PROJECT=your-project-id");
   * }
   * ```
   *
   * @param stack the stack, all of whose resources depend on the check that fails
   * @param errorMessage the error of `apply`
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
