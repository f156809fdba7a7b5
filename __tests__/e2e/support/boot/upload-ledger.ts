/** Uploads to the demo app, and what it said of each: the promise that is checked against the bucket in the end. */
import { createHash, randomBytes } from "node:crypto";
import { CosMachine } from "../simulated/cos-machine/cos-machine";
import { Gcs } from "../simulated/cloud-storage/cloud-storage";

export interface UploadAnswer {
  /** The name under which the app says that it saved the file; without one it has promised nothing. */
  readonly saved?: string;
  /** undefined: there was no answer. */
  readonly status?: number;
  /** What the page says of the trouble. */
  readonly trouble?: string;
}

interface Acknowledged {
  /** When the app's answer came. */
  readonly time: number;
  readonly sha256: string;
  readonly size: number;
}

/** An acknowledged file that is not in the bucket byte for byte. */
export interface LostUpload {
  readonly name: string;
  readonly time: number;
  readonly size: number;
  readonly found: "nothing" | "other bytes";
}

export class UploadLedger {
  public readonly acknowledged = new Map<string, Acknowledged>();
  public attempted = 0;

  /** Sends a form with one file; never throws for what the machine does. */
  public async upload(
    machine: CosMachine,
    name: string,
    content: number | Buffer,
    timeoutSeconds = 60,
  ): Promise<UploadAnswer> {
    this.attempted++;
    const bytes = typeof content === "number" ? randomBytes(content) : content;
    const answer = await postForm(machine, name, bytes, timeoutSeconds);
    if (answer.saved !== undefined) {
      if (this.acknowledged.has(answer.saved)) throw new Error(`${answer.saved} was acknowledged twice`);
      this.acknowledged.set(answer.saved, {
        time: Date.now(),
        sha256: createHash("sha256").update(bytes).digest("hex"),
        size: bytes.length,
      });
    }
    return answer;
  }

  public async lost(gcs: Gcs, bucket = "files"): Promise<LostUpload[]> {
    const there = new Set(gcs.objects(bucket).map(({ name }) => name));
    const lost: LostUpload[] = [];
    for (const [name, { time, sha256, size }] of this.acknowledged) {
      if (!there.has(name)) lost.push({ name, time, size, found: "nothing" });
      else if ((await gcs.sha256(bucket, name)) !== sha256) lost.push({ name, time, size, found: "other bytes" });
    }
    return lost;
  }
}

async function postForm(
  machine: CosMachine,
  name: string,
  bytes: Buffer,
  timeoutSeconds: number,
): Promise<UploadAnswer> {
  const form = new FormData();
  form.append("file", new Blob([bytes]), name);
  try {
    const response = await fetch(`${machine.httpAddress}/`, {
      method: "POST",
      body: form,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutSeconds * 1000),
    });
    const page = await response.text();
    const { status } = response;
    if (status !== 303) return { status, trouble: /role="alert">([^<]*)/.exec(page)?.[1] ?? page };
    const location = new URL(response.headers.get("location") ?? "", machine.httpAddress);
    return { status, saved: location.searchParams.get("saved") ?? undefined };
  } catch (error) {
    return { trouble: String((error as Error).cause ?? error) };
  }
}
