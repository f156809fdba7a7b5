import { App, Aspects, IAspect, TerraformStack } from "cdktf";
import { Construct, IConstruct } from "constructs";
import * as fs from "fs";
import * as path from "path";
import { BuildContext } from "./build-context";

/**
 * A copy of a build context beside the synthesized stack. An aspect writes it, since cdktf does not export the hook for
 * writing files at synthesis (`addCustomSynthesis`).
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
