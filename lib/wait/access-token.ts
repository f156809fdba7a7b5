import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CannotAsk } from "./errors";

/** The variables of a process: `process.env`, say. */
export type Environment = { readonly [name: string]: string | undefined };

const run = promisify(execFile);

/** First what Terraform acts as, then what gcloud itself acts as. */
const COMMANDS = [
  ["auth", "application-default", "print-access-token"],
  ["auth", "print-access-token"],
];
const TIMEOUT_MS = 60_000;
const LOG_IN =
  'run "gcloud auth application-default login", or set GOOGLE_OAUTH_ACCESS_TOKEN to an access token of somebody who may read the VM';

/** The access token that the caller has given, as the google provider takes it. */
export function givenToken({ GOOGLE_OAUTH_ACCESS_TOKEN }: Environment): string | undefined {
  return GOOGLE_OAUTH_ACCESS_TOKEN || undefined;
}

/**
 * An access token for Google's APIs: the given one, or gcloud's, of the application-default credentials with which
 * Terraform works, or else of gcloud's own login.
 *
 * @throws CannotAsk if there is neither
 * @see https://registry.terraform.io/providers/hashicorp/google/6.50.0/docs/guides/provider_reference#authentication-configuration
 */
export async function accessToken(environment: Environment): Promise<string> {
  const given = givenToken(environment);
  if (given !== undefined) {
    return given;
  }
  const reasons: string[] = [];
  for (const command of COMMANDS) {
    try {
      const { stdout } = await run("gcloud", command, { env: { ...environment }, timeout: TIMEOUT_MS });
      return stdout.trim();
    } catch (error) {
      const { code, message, stderr } = error as Error & { code?: unknown; stderr?: string };
      if (code === "ENOENT") {
        throw new CannotAsk(
          `there is no gcloud on PATH, and GOOGLE_OAUTH_ACCESS_TOKEN is not set: install gcloud (https://cloud.google.com/sdk/docs/install) and ${LOG_IN}`,
        );
      }
      const reason = (stderr?.trim() || message).replace(/\s+/g, " ").slice(0, 300);
      reasons.push(`"gcloud ${command.join(" ")}": ${reason}`);
    }
  }
  throw new CannotAsk(`gcloud has no access token: ${LOG_IN} (${reasons.join("; ")})`);
}
