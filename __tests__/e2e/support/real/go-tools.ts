import execa from "execa";
import { cpSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "./cache";
import { cachedFile } from "./cached-file";

interface GoTool {
  readonly name: string;
  readonly module: string;
  readonly version: string;
  /** The package inside the module; the module's root by default. */
  readonly package?: string;
  readonly linkerFlags?: string;
  /** `go install` refuses a module with replace lines: such a one is built inside a copy of it. */
  readonly hasReplaceLines?: boolean;
}

export const gcsfuseVersion = "3.11.4";

/** With the version string that the vendor's own build puts in. */
export function gcsfuseBinary(): Promise<string> {
  return goTool({
    name: "gcsfuse",
    module: "github.com/googlecloudplatform/gcsfuse/v3",
    version: gcsfuseVersion,
    linkerFlags: `-X github.com/googlecloudplatform/gcsfuse/v3/common.gcsfuseVersion=${gcsfuseVersion}`,
  });
}

export function dockerCredentialGcrBinary(): Promise<string> {
  return goTool({
    name: "docker-credential-gcr",
    module: "github.com/GoogleCloudPlatform/docker-credential-gcr/v2",
    version: "2.2.1",
  });
}

export function openTofuBinary(): Promise<string> {
  return goTool({
    name: "tofu",
    module: "github.com/opentofu/opentofu",
    version: "1.10.10",
    package: "cmd/tofu",
    hasReplaceLines: true,
  });
}

/** Of the version whose published image the construct names. */
export const caddyVersion = "2.11.4";

export function caddyBinary(): Promise<string> {
  return goTool({
    name: "caddy",
    module: "github.com/caddyserver/caddy/v2",
    version: caddyVersion,
    package: "cmd/caddy",
  });
}

/** An authority for tests, by the makers of Let's Encrypt. */
export function pebbleBinary(): Promise<string> {
  return goTool({
    name: "pebble",
    module: "github.com/letsencrypt/pebble/v2",
    version: "2.10.3",
    package: "cmd/pebble",
  });
}

/** The tool's path; built from the Go module proxy the first time. */
function goTool(tool: GoTool): Promise<string> {
  return cachedFile([`${tool.name}-${tool.version}`, tool.name], async (path) => {
    const work = mkdtempSync(join(cacheDir("build"), `${tool.name}-`));
    try {
      const env = { CGO_ENABLED: "0", GOBIN: work, GOFLAGS: "-mod=mod", GOWORK: "off" };
      const flags = ["-trimpath", "-ldflags", `-s -w ${tool.linkerFlags ?? ""}`.trim()];
      if (tool.hasReplaceLines) {
        const source = await moduleCopy(tool, join(work, "source"));
        await execa("go", ["build", ...flags, "-o", join(work, tool.name), `./${tool.package ?? ""}`], {
          cwd: source,
          env,
        });
      } else {
        const installed = [tool.module, ...(tool.package === undefined ? [] : [tool.package])].join("/");
        await execa("go", ["install", ...flags, `${installed}@v${tool.version}`], { cwd: work, env });
      }
      renameSync(join(work, tool.name), path);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}

async function moduleCopy(tool: GoTool, target: string): Promise<string> {
  const { stdout } = await execa("go", ["mod", "download", "-json", `${tool.module}@v${tool.version}`]);
  cpSync((JSON.parse(stdout) as { Dir: string }).Dir, target, { recursive: true });
  // The module cache is read-only.
  await execa("chmod", ["-R", "u+w", target]);
  return target;
}
