import { DockerEngine } from "../e2e/support/real/docker-engine";
import { dockerThings, removeLeftovers } from "../e2e/support/real/docker-leftovers";
import { newThings } from "../support/run/surroundings";

/** No process has it. */
const DEAD = 2 ** 30;
/** The process that has started jest, or this one's parent. */
const ALIVE = process.ppid;

/** An engine with containers, each with the process that owns it, if it says so. */
function engineWith(containers: Record<string, number | undefined>) {
  const removed: string[] = [];
  const docker = async (args: readonly string[]) => {
    if (args[0] === "rm") removed.push(...args.slice(3));
    const labelled = args.includes("--filter");
    const rows = Object.entries(args[0] === "ps" ? containers : {})
      .filter(([name, owner]) => !removed.includes(name) && (!labelled || owner !== undefined))
      .map(([name, owner]) => `${name} ${owner ?? ""}\n`);
    return { stdout: rows.join("") };
  };
  return { engine: { docker } as unknown as DockerEngine, removed };
}

test("what runs that are over and this one have labelled is removed, and nothing else", async () => {
  const { engine, removed } = engineWith({
    "of-dead": DEAD,
    "of-this": process.pid,
    "of-other": ALIVE,
    web: undefined,
  });
  await removeLeftovers(engine);
  expect(removed).toEqual(["of-dead", "of-this"]);
});

test("what is new is left behind, unless a process that lives has created it", async () => {
  const before = await dockerThings(engineWith({ web: undefined }).engine);
  const { engine } = engineWith({
    web: undefined,
    database: undefined,
    "of-dead": DEAD,
    "of-other": ALIVE,
    [`e2e-local-${DEAD}-app-machine`]: undefined,
    [`e2e-local-${ALIVE}-app-machine`]: undefined,
  });
  expect(newThings(before, await dockerThings(engine))).toEqual([
    "container database",
    "container of-dead",
    `container e2e-local-${DEAD}-app-machine`,
  ]);
});
