import { App, Aspects, IAspect, TerraformStack } from "cdktf";
import { Construct, IConstruct } from "constructs";
import * as fs from "fs";
import * as path from "path";

/**
 * Files beside the synthesized stack. An aspect writes them, since cdktf does not export the hook for writing files at
 * synthesis (`addCustomSynthesis`).
 */
export class StagedFiles extends Construct implements IAspect {
  /** The folder, relative to the one that Terraform runs in. */
  public readonly path: string;

  /**
   * @param hash of the files: the folder's name
   * @param writeTo writes the files to a folder that is not there yet
   */
  constructor(
    scope: Construct,
    id: string,
    hash: string,
    private readonly writeTo: (folder: string) => void,
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
    this.writeTo(staged);
  }
}
