import { Fn } from "cdktf";
import { Construct } from "constructs";
import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { renderUserData } from "../boot/user-data";
import { stackSingleton } from "../terraform/stack-singleton";
import { StagedFiles } from "../terraform/staged-files";

const FILE = "user-data.yaml";

/**
 * The `user-data` as a Terraform expression. It is a file beside the stack, one for all apps, so that neither the stack
 * nor its diffs have it again and again. Its hash is in the id: a stack may have apps of two versions of this library.
 */
export function userDataExpression(scope: Construct): string {
  const text = renderUserData();
  const hash = crypto.createHash("sha256").update(text).digest("hex").slice(0, 32);
  const files = stackSingleton(
    scope,
    `user-data-${hash}`,
    (stack, id) => new StagedFiles(stack, id, hash, (folder) => write(folder, text)),
  );
  return Fn.file(path.posix.join(files.path, FILE));
}

function write(folder: string, text: string): void {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, FILE), text);
}
