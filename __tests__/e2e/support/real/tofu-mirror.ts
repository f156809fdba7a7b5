import { existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cachePath } from "./cache";
import { wantedProviders } from "./provider-availability";

/** OpenTofu takes the same providers from its own registry: where there is a mirror, this is the mirror of that one. */
export function tofuMirror(): NodeJS.ProcessEnv {
  const mirror = cachePath("providers", "registry.terraform.io");
  if (!existsSync(mirror)) return {};
  const folder = mkdtempSync(join(tmpdir(), "tofu-"));
  for (const { source, version } of Object.values(wantedProviders)) {
    const target = join(folder, "registry.opentofu.org", source, version);
    mkdirSync(target, { recursive: true });
    for (const platform of readdirSync(join(mirror, source, version))) {
      symlinkSync(join(mirror, source, version, platform), join(target, platform));
    }
  }
  const file = join(folder, "tofurc");
  writeFileSync(file, `provider_installation { filesystem_mirror { path = ${JSON.stringify(folder)} } }\n`);
  return { TF_CLI_CONFIG_FILE: file };
}
