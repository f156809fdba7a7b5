import { existsSync } from "node:fs";
import { DockerEngine } from "./docker-engine";

/** Every container, volume and network of a test carries it; the value is the process id of the run that made it. */
export const ownerLabel = "gcs-backed-container-app.e2e.owner";

export function ownerLabelArgs(): string[] {
  return ["--label", `${ownerLabel}=${process.pid}`];
}

/** Removes what runs that are over left behind, however they ended. What a living run made stays. */
export async function removeLeftovers(engine: DockerEngine): Promise<void> {
  for (const { list, remove } of [
    { list: ["ps", "--all"], remove: ["rm", "--force", "--volumes"] },
    { list: ["volume", "ls"], remove: ["volume", "rm", "--force"] },
    { list: ["network", "ls"], remove: ["network", "rm"] },
  ]) {
    const name = list[0] === "ps" ? "{{.ID}}" : "{{.Name}}";
    const { stdout } = await engine.docker([
      ...list,
      ...["--filter", `label=${ownerLabel}`, "--format", `${name} {{.Label "${ownerLabel}"}}`],
    ]);
    const dead = stdout
      .split("\n")
      .filter((line) => line)
      .map((line) => line.split(" "))
      .filter(([, owner]) => owner === String(process.pid) || !existsSync(`/proc/${owner}`))
      .map(([id]) => id);
    if (dead.length) await engine.docker([...remove, ...dead], { reject: false });
  }
}
