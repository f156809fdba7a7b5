import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { join } from "node:path";
import { missingProviders } from "../../real/provider-availability";

interface Recording<T> {
  /** The hash of the question. */
  readonly question: string;
  readonly answer: T;
}

const folder = join(__dirname, "..", "..", "..", "recorded");

/**
 * An answer of the real providers. Where they are there, they are asked, and must answer what is recorded; where they
 * are unavailable, the recording for exactly this question stands in for them. E2E_RECORD=1 writes the recording.
 */
export async function recorded<T>(name: string, question: unknown, ask: () => Promise<T>): Promise<T> {
  const hash = createHash("sha256").update(JSON.stringify(question)).digest("hex");
  if ((await missingProviders()) !== undefined) return recording<T>(name, hash).answer;
  const answer = JSON.parse(JSON.stringify(await ask())) as T;
  if (process.env.E2E_RECORD) {
    writeFileSync(fileOf(name), `${JSON.stringify({ question: hash, answer }, null, 1)}\n`);
  } else if (!isDeepStrictEqual(recording<T>(name, hash).answer, answer)) {
    throw new Error(`the providers answer otherwise than recorded in ${name}.json: run "npm run test:e2e:record"`);
  }
  return answer;
}

function recording<T>(name: string, question: string): Recording<T> {
  if (!existsSync(fileOf(name))) {
    throw new Error(`${name}.json is not recorded: run "npm run test:e2e:record" where the providers are available`);
  }
  const found = JSON.parse(readFileSync(fileOf(name), "utf8")) as Recording<T>;
  if (found.question !== question) {
    throw new Error(
      `${name}.json is stale, since something else is asked now: run "npm run test:e2e:record" where the providers are available`,
    );
  }
  return found;
}

function fileOf(name: string): string {
  return join(folder, `${name}.json`);
}
