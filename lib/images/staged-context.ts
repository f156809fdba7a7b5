import { App, Aspects, IAspect, TerraformStack } from "cdktf";
import { Construct, IConstruct } from "constructs";
import * as fs from "fs";
import * as path from "path";
import { BuildContext } from "./build-context";

/**
 * A copy of a build context beside the synthesized stack, written when the app is synthesized: by an aspect of its own,
 * since cdktf keeps what else runs at synthesis (addCustomSynthesis) to itself.
 */
export class StagedContext extends Construct implements IAspect {
  /** Relative to the folder that Terraform runs in. */
  public readonly path: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly context: BuildContext,
    hash: string,
  ) {
    super(scope, id);
    this.path = path.posix.join("assets", TerraformStack.of(this).getLogicalId(this.node), hash);
    Aspects.of(this).add(this);
  }

  public visit(node: IConstruct): void {
    if (node !== this) {
      return;
    }
    const app = App.of(this);
    const { workingDirectory } = app.manifest.forStack(TerraformStack.of(this));
    const staged = path.join(app.outdir, workingDirectory, this.path);
    fs.rmSync(path.dirname(staged), { recursive: true, force: true });
    this.context.copyTo(staged);
  }
}
