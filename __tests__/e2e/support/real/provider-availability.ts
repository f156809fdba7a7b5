import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { terraform } from "./terraform";

export const wantedProviders = {
  google: { source: "hashicorp/google", version: "6.50.0" },
  docker: { source: "kreuzwerker/docker", version: "3.6.2" },
};

/** Holds the answer for all suites of a run: empty where the providers are there. */
const variable = "E2E_MISSING_PROVIDERS";

/** Why `terraform init` cannot get the providers here, in its own words; undefined where it can. */
export async function missingProviders(): Promise<string | undefined> {
  process.env[variable] ??= await initError();
  return process.env[variable] || undefined;
}

/** Says loudly when the answers of the providers are not asked for but recorded ones. */
export async function announceMissingProviders(): Promise<void> {
  const reason = await missingProviders();
  if (reason === undefined) return;
  const names = Object.values(wantedProviders).map(({ source, version }) => `${source} ${version}`);
  process.stdout.write(
    `\n*** ${names.join(" and ")}: terraform init cannot get them, so their recorded answers are used. It says:\n${reason}\n\n`,
  );
}

async function initError(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "providers-"));
  try {
    writeFileSync(join(dir, "main.tf.json"), JSON.stringify({ terraform: { required_providers: wantedProviders } }));
    const { failed, stderr } = await terraform(dir, ["init", "-no-color"], {}, { reject: false });
    return failed ? stderr.trim() || "terraform init failed" : "";
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
