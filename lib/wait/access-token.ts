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

/** What a header can hold, without spaces: fetch would print any other token in its error. */
const TOKEN = /^[!-~]+$/;

/** The access token that the caller has given, as the google provider takes it. */
export function givenToken({ GOOGLE_OAUTH_ACCESS_TOKEN }: Environment): string | undefined {
  return GOOGLE_OAUTH_ACCESS_TOKEN || undefined;
}

/**
 * An access token for Google's APIs: the given one, or gcloud's, of the application-default credentials with which
 * Terraform works, or else of gcloud's own login.
 *
 * @throws CannotAsk if there is neither, or if the given one cannot be a token; it is not printed
 * @see https://registry.terraform.io/providers/hashicorp/google/6.50.0/docs/guides/provider_reference#authentication-configuration
 */
export async function accessToken(environment: Environment): Promise<string> {
  const given = givenToken(environment);
  if (given !== undefined) {
    if (!TOKEN.test(given)) {
      throw new CannotAsk(
        'GOOGLE_OAUTH_ACCESS_TOKEN is not a valid access token: set it to one without spaces, line breaks and characters beyond ASCII, as "gcloud auth print-access-token" prints it, or leave it out where gcloud is logged in',
      );
    }
    return given;
  }
  const reasons: string[] = [];
  for (const command of COMMANDS) {
    try {
      const { stdout } = await run("gcloud", command, { env: { ...environment }, timeout: TIMEOUT_MS });
      const token = stdout.trim();
      if (TOKEN.test(token)) {
        return token;
      }
      reasons.push(`"gcloud ${command.join(" ")}": what it has printed is not a valid access token`);
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
