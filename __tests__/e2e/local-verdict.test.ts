import execa from "execa";
import { join } from "node:path";
import { ContainerImage } from "../../lib";
import { dockerEngine } from "./support/real/docker-engine";
import { eventually } from "./support/eventually";
import { freePort } from "./support/real/free-port";
import { localWorld, page, upload } from "./support/local/local-demo";
import { appName, removeLocalLeftovers } from "./support/local/local-app";
import { LocalProject } from "./support/local/local-project";

const programs = ["database", "append_log", "folder_rename", "hard_links", "random_writes"] as const;

let world: Awaited<ReturnType<typeof localWorld>>;
const project = new LocalProject();
const misbehaving = appName("bad");
const demo = appName("demo");
let demoUrl: string;

beforeAll(async () => {
  await removeLocalLeftovers();
  world = await localWorld();
  const [port, demoPort] = [await freePort(), await freePort()];
  demoUrl = `http://localhost:${demoPort}`;
  await project.deploy({
    [misbehaving]: {
      image: ContainerImage.fromDirectory(join(__dirname, "apps/misbehaving")),
      mounts: programs.map((program) => ({ path: `/srv/${program}`, prefix: program })),
      ports: [{ containerPort: 8000, hostPort: port }],
      ...world.settings,
    },
    [demo]: world.demo(demoPort),
  });
  const answer = await eventually(() => page(`http://localhost:${port}`), { timeoutMs: 120_000 });
  expect(answer).toBe("");
}, 600_000);
afterAll(async () => {
  await project.destroy();
  project.remove();
  await removeLocalLeftovers();
});

/** The findings about one program's folder, each without the names of its files. */
function about(program: string, verdict: string): string[] {
  return verdict
    .split(/\n\n/)
    .filter((paragraph) => paragraph.includes(`/srv/${program}/`))
    .map((paragraph) => paragraph.split(/[.:]/)[0]);
}

describe("the verdict on five programs that each do one thing that a bucket cannot do", () => {
  let verdict: string;
  beforeAll(async () => {
    verdict = await verdictOn(misbehaving);
    process.stdout.write(`\n${verdict}\n`);
  });

  it("finds the database, and the lock that it holds", () => {
    expect(verdict).toContain("/srv/database/app.sqlite3 (SQLite)");
    expect(about("database", verdict)).toEqual([
      "- There are databases in the mounted folder",
      "- Files are locked at this moment",
    ]);
  });

  it("finds the log that is kept open", () => {
    expect(verdict).toMatch(/\/srv\/append_log\/access\.log \(\d+ bytes not saved for \d+ seconds\)/);
    expect(about("append_log", verdict)).toEqual(["- Files are kept open while they are written"]);
  });

  it("finds the renamed folder", () => {
    expect(verdict).toContain("/srv/folder_rename/draft -> /srv/folder_rename/published");
    expect(about("folder_rename", verdict)).toEqual(["- Folders were renamed"]);
  });

  it("finds the hard link", () => {
    expect(verdict).toContain("/srv/hard_links/snapshot.bin");
    expect(about("hard_links", verdict)).toEqual(["- Hard links were asked for, and refused"]);
  });

  it("finds the random writes", () => {
    expect(verdict).toContain("/srv/random_writes/disk.img");
    expect(about("random_writes", verdict)).toEqual(["- Files were edited in place"]);
  });

  it("says what to do about each, and nothing else", () => {
    expect(verdict.match(/^- /gm)).toHaveLength(6);
    expect(verdict.match(/^ {2}(Use|Let|Run|Keep|Pack|See) /gm)).toHaveLength(6);
  });
});

it("is silent on the demo, whatever is uploaded", async () => {
  for (let number = 0; number < 20; number++) {
    expect(await upload(demoUrl, "the same name.txt", `content ${number}`)).toBe(303);
  }
  expect(await upload(demoUrl, "wrong.exe", "MZ")).toBe(415);
  expect(await upload(demoUrl, "large.zip", Buffer.alloc(40 * 1024 * 1024, "x"))).toBe(303);
  expect(await page(demoUrl)).toContain("large.zip");
  const verdict = await verdictOn(demo);
  process.stdout.write(`\n${verdict}\n`);
  expect(verdict).toMatch(new RegExp(`^${demo}: nothing was seen that a bucket cannot do or does badly\\.`));
  expect(verdict).not.toMatch(/^- /m);
});

it("names the command that deploys, where there is no such app", async () => {
  await expect(verdictOn("nobody")).rejects.toThrow(/there is no local app "nobody": deploy it first/);
});

async function verdictOn(name: string): Promise<string> {
  const { env } = await dockerEngine();
  const root = join(__dirname, "../..");
  const { stdout } = await execa("npm", ["run", "--silent", "verdict", "--", name], { cwd: root, env });
  return stdout;
}
