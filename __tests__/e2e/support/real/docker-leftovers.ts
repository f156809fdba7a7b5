import { existsSync } from "node:fs";
import { Things } from "../../../support/run/surroundings";
import { DockerEngine } from "./docker-engine";

/** Every container, volume and network of a test carries it; the value is the process id of the run that created it. */
export const ownerLabel = "gcs-backed-container-app.e2e.owner";

export function ownerLabelArgs(): string[] {
  return ["--label", `${ownerLabel}=${process.pid}`];
}

const kinds = [
  { kind: "container", list: ["ps", "--all"], name: "{{.Names}}", remove: ["rm", "--force", "--volumes"] },
  { kind: "volume", list: ["volume", "ls"], name: "{{.Name}}", remove: ["volume", "rm", "--force"] },
  { kind: "network", list: ["network", "ls"], name: "{{.Name}}", remove: ["network", "rm"] },
];

/** Removes what runs that are over left behind, however they ended. What a living run created stays. */
export async function removeLeftovers(engine: DockerEngine): Promise<void> {
  for (const { list, name, remove } of kinds) {
    const dead = (await listed(engine, [...list, "--filter", `label=${ownerLabel}`], name))
      .filter(({ owner }) => owner === String(process.pid) || !isAlive(owner))
      .map((one) => one.name);
    if (dead.length) await engine.docker([...remove, ...dead], { reject: false });
  }
}

/** What is there, except what a living run has created. */
export async function dockerThings(engine: DockerEngine): Promise<Things> {
  const things: Record<string, string[]> = {};
  for (const { kind, list, name } of kinds) {
    const others = ({ name, owner }: Listed) => isAlive(owner) || isAlive(/^e2e-(?:local-)?(\d+)-/.exec(name)?.[1]);
    things[kind] = (await listed(engine, list, name)).filter((one) => !others(one)).map((one) => one.name);
  }
  return things;
}

interface Listed {
  readonly name: string;
  /** A process id, if the thing carries the label. */
  readonly owner?: string;
}

async function listed(engine: DockerEngine, list: readonly string[], name: string): Promise<Listed[]> {
  const { stdout } = await engine.docker([...list, "--format", `${name} {{.Label "${ownerLabel}"}}`]);
  const rows = stdout.split("\n").filter((line) => line !== "");
  return rows.map((line) => line.split(" ")).map(([name, owner]) => ({ name, owner: owner || undefined }));
}

function isAlive(pid: string | undefined): boolean {
  return pid !== undefined && existsSync(`/proc/${pid}`);
}
