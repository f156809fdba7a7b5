/** sslyze, which connects in every way that it knows and judges a server by Mozilla's rules; from PyPI, by pip. */
import execa from "execa";
import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cachedFile } from "./cached-file";

const VERSION = "6.3.1";

/** Where Python looks for it. */
function sslyzePackages(): Promise<string> {
  return cachedFile([`sslyze-${VERSION}`, "packages"], async (path) => {
    const target = mkdtempSync(join(dirname(path), "new-"));
    const options = ["--quiet", "--no-input", "--disable-pip-version-check", `--target=${target}`];
    await execa("python3", ["-m", "pip", "install", ...options, `sslyze==${VERSION}`]);
    renameSync(target, path);
  });
}

/** What a server falls short of Mozilla's "intermediate" configuration in, by what it is about. */
export async function shortcomings(host: string, address: string): Promise<Readonly<Record<string, string>>> {
  const folder = mkdtempSync(join(tmpdir(), "e2e-sslyze-"));
  try {
    const { stdout } = await execa(
      "python3",
      ["-m", "sslyze", "--mozilla_config=intermediate", `--json_out=${folder}/scan.json`, `${host}:443{${address}}`],
      { env: { PYTHONPATH: await sslyzePackages() }, reject: false },
    );
    const scan = JSON.parse(readFileSync(join(folder, "scan.json"), "utf8")) as {
      server_scan_results: { scan_status: string }[];
    };
    if (scan.server_scan_results[0]?.scan_status !== "COMPLETED") throw new Error(`sslyze has not scanned: ${stdout}`);
    const verdict = stdout.slice(stdout.indexOf("COMPLIANCE AGAINST"));
    return Object.fromEntries(
      [...verdict.matchAll(/^ +\* ([a-z_]+): (.*)$/gm)].map(([, what, why]) => [what, why] as const),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
