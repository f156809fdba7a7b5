import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dockerEngine } from "../real/docker-engine";

const PREFIX = "e2e-local";

/** A name for everything of one app; unlike those of other runs on this machine. */
export function appName(what: string): string {
  return `${PREFIX}-${process.pid}-${what}`;
}

export async function docker(...args: string[]): Promise<string> {
  const { stdout } = await (await dockerEngine()).docker(args);
  return stdout;
}

/** The files in the emulated bucket, each with the hash of its bytes. */
export async function bucketFiles(name: string, bucket = name): Promise<Record<string, string>> {
  const hash = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
  return Object.fromEntries([...(await bucketBytes(name, bucket))].map(([object, bytes]) => [object, hash(bytes)]));
}

/** The files in the emulated bucket. */
export async function bucketBytes(name: string, bucket = name): Promise<Map<string, Buffer>> {
  const base = `http://${await storageAddress(name)}:4443`;
  const { items = [] } = (await (await fetch(`${base}/storage/v1/b/${bucket}/o`)).json()) as {
    items?: { name: string }[];
  };
  const entries = items.map(async ({ name: object }) => {
    const path = object.split("/").map(encodeURIComponent).join("/");
    return [object, Buffer.from(await (await fetch(`${base}/${bucket}/${path}`)).arrayBuffer())] as const;
  });
  return new Map(await Promise.all(entries));
}

async function storageAddress(name: string): Promise<string> {
  return docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", `${name}-storage`);
}

/** Removes everything of runs that are over, whatever ended them. */
export async function removeLocalLeftovers(): Promise<void> {
  const dead = (name: string) => {
    const owner = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
    return owner !== undefined && (owner === String(process.pid) || !existsSync(`/proc/${owner}`));
  };
  for (const [list, remove, format] of [
    [["ps", "--all"], ["rm", "--force", "--volumes"], "{{.Names}}"],
    [["network", "ls"], ["network", "rm"], "{{.Name}}"],
    [["volume", "ls"], ["volume", "rm"], "{{.Name}}"],
  ] as const) {
    const names = (await docker(...list, "--format", format)).split("\n").filter(dead);
    // The machine first: on its way out it removes the app's containers itself.
    const machines = names.filter((name) => name.endsWith("-machine"));
    for (const name of machines) await (await dockerEngine()).docker(["stop", "--time", "20", name], { reject: false });
    for (const name of names) await (await dockerEngine()).docker([...remove, name], { reject: false });
  }
}
