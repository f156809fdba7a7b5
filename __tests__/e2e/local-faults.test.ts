import { randomBytes } from "node:crypto";
import { ContainerImage } from "../../lib";
import { eventually } from "./support/eventually";
import { freePort } from "./support/real/free-port";
import { localWorld, page, sha256, upload } from "./support/local/local-demo";
import { appName, bucketFiles, docker, removeLocalLeftovers } from "./support/local/local-app";
import { LocalProject } from "./support/local/local-project";

/** Values that some language on the way could change, and names that mean something to the programs on the way. */
const environment = {
  DECOMPOSED: "e\u0301 and \u1112\u1161\u11ab",
  LINES: "one\ntwo\r\n\n",
  TEMPLATES: "${x} %{y} $${z} $x `id` $(id)",
  QUOTES: `'"\\"'`,
  EMPTY: "",
  SPACES: "  two  ",
  DOCKER_HOST: "tcp://nowhere:1",
  HOME: "/nowhere",
  RUN_FOLDER: "/nowhere",
};

let world: Awaited<ReturnType<typeof localWorld>>;
const project = new LocalProject();
const name = appName("faults");
const mounts = appName("mounts");
let url: string;
const acknowledged = new Map<string, string>();
const healed: [string, number][] = [];
let uploading = true;
let uploader: Promise<void>;

beforeAll(async () => {
  await removeLocalLeftovers();
  world = await localWorld();
  const port = await freePort();
  url = `http://localhost:${port}`;
  await project.deploy({
    [name]: { ...world.demo(port), environment },
    [mounts]: {
      image: ContainerImage.fromRegistry("debian:bookworm-slim"),
      entrypoint: ["sleep", "infinity"],
      user: "1234",
      ports: [],
      ...world.settings,
      mounts: [
        { path: "/srv/a b,c", prefix: "own" },
        { path: "/srv/read", prefix: "own", readOnly: true, metadataCacheTtlSeconds: 0 },
        { path: "/srv/others", prefix: "others", uid: 4321, gid: 4322, fileMode: "0640", dirMode: "0750" },
      ],
    },
  });
  uploader = uploadAllTheTime();
}, 600_000);
afterAll(async () => {
  uploading = false;
  await uploader;
  await project.destroy();
  project.remove();
  await removeLocalLeftovers();
});

async function uploadAllTheTime(): Promise<void> {
  for (let number = 0; uploading; number++) {
    const content = randomBytes(1 + ((number * 7919) % 200_000));
    const file = `upload ${number}.zip`;
    const status = await upload(url, file, content).catch(() => 0);
    if (status === 303) acknowledged.set(file, sha256(content));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe("the app's container", () => {
  it("has no capability added, no /dev/fuse, and is not privileged", async () => {
    const [app] = JSON.parse(await docker("inspect", `${name}-app`));
    const { CapAdd, Privileged, Devices, Binds, Mounts, SecurityOpt } = app.HostConfig;
    expect({ CapAdd, Privileged, Devices, Binds, SecurityOpt }).toEqual({
      ...{ CapAdd: null, Privileged: false, Devices: [], Binds: null, SecurityOpt: null },
    });
    expect(Mounts).toHaveLength(1);
  });

  it("has its environment byte for byte, which disturbs nothing on the way", async () => {
    const text = await docker("exec", `${name}-app`, "cat", "/proc/1/environ");
    const found = Object.fromEntries(text.split("\0").map((one) => one.split(/=(.*)/s).slice(0, 2)));
    expect(found).toMatchObject(environment);
  });

  it("resolves names", async () => {
    expect(await docker("exec", `${name}-app`, "getent", "hosts", "localhost")).toContain("localhost");
  });
});

describe("several mounts", () => {
  const sh = (command: string) => docker("exec", `${mounts}-app`, "sh", "-c", command);

  it("belong to the user that the app runs as, who may write, chmod and set times", async () => {
    await sh("cd '/srv/a b,c' && echo text > file && chmod 600 file && touch -d 2020-01-01 file");
    expect(await sh("stat -c '%u %a' '/srv/a b,c/file'")).toBe("1234 644");
  });

  it("have each their own folder of the bucket, and are read-only where they are so", async () => {
    expect(await sh("cat /srv/read/file")).toBe("text");
    await expect(sh("echo more >> /srv/read/file")).rejects.toThrow("Read-only file system");
    expect(Object.keys(await bucketFiles(mounts))).toContain("own/file");
  });

  it("have the owner and the modes that were asked for", async () => {
    await docker("exec", "--user", "4321", `${mounts}-app`, "sh", "-c", "echo text > /srv/others/file");
    const stat = ["exec", "--user", "4321", `${mounts}-app`, "stat", "-c", "%u %g %a"];
    expect(await docker(...stat, "/srv/others/file")).toBe("4321 4322 640");
    await expect(sh("cat /srv/others/file")).rejects.toThrow("Permission denied");
  });
});

describe("heals by itself", () => {
  const faults: Record<string, () => Promise<unknown>> = {
    "gcsfuse is killed": () => kill(`${name}-gcsfuse-0`),
    "the app is killed": () => kill(`${name}-app`),
    "gcsfuse is stopped cleanly": () => docker("stop", `${name}-gcsfuse-0`),
    "the storage is away for 5 seconds": async () => {
      await docker("stop", `${name}-storage`);
      await new Promise((resolve) => setTimeout(resolve, 5000));
      await docker("start", `${name}-storage`);
    },
    "the machine is killed": () => kill(`${name}-machine`).then(() => docker("start", `${name}-machine`)),
    "the machine is restarted": () => docker("restart", "--time", "60", `${name}-machine`),
  };

  it.each(Object.keys(faults))("%s", async (fault) => {
    await healthy();
    await faults[fault]();
    const start = Date.now();
    await healthy();
    healed.push([fault, (Date.now() - start) / 1000]);
  });

  it("within a minute", () => {
    process.stdout.write(
      `${healed.map(([fault, seconds]) => `${seconds.toFixed(1).padStart(6)} s  ${fault}`).join("\n")}\n`,
    );
    expect(Math.max(...healed.map(([, seconds]) => seconds))).toBeLessThan(60);
  });
});

describe("fails closed", () => {
  it("no write lands anywhere but in the bucket while the mount is dead or absent", async () => {
    const machine = `${name}-machine`;
    // The scripts are stopped where they are, so that nothing heals.
    await healthy();
    await docker("pause", machine);
    await kill(`${name}-gcsfuse-0`);
    const write = ["exec", `${name}-app`, "sh", "-c", "echo lost > /srv/demo-app/demo/uploads/lost.txt"];
    await expect(docker(...write)).rejects.toThrow(/Transport endpoint is not connected|Read-only file system/);
    const point = JSON.parse(await docker("inspect", `${name}-app`))[0].HostConfig.Mounts[0].Source as string;
    await docker("unpause", machine);
    await healthy();
    // Under gcsfuse lies the folder that the app would write to if gcsfuse were not there.
    const look = `umount --lazy "${point}"; ls -A "${point}"; touch "${point}/x"`;
    await expect(docker("exec", machine, "sh", "-c", look)).rejects.toThrow(/^(?!.*lost\.txt).*Read-only file system/s);
    await healthy();
  });
});

it("loses no upload that was acknowledged meanwhile", async () => {
  uploading = false;
  await uploader;
  const files = await bucketFiles(name);
  const lost = [...acknowledged].filter(([file, hash]) => files[file] !== hash);
  process.stdout.write(`${acknowledged.size} uploads acknowledged, ${lost.length} lost\n`);
  expect(lost).toEqual([]);
  expect(acknowledged.size).toBeGreaterThan(30);
});

/** The machine says that the app is live, and an upload is saved. */
async function healthy(): Promise<void> {
  await eventually(
    async () => {
      const state = await docker("exec", `${name}-machine`, "sh", "-c", 'cat "$RUN_FOLDER/state/app"');
      if (!state.startsWith("live")) return false;
      await page(url);
      return (await upload(url, "is it healthy.txt", "x")) === 303;
    },
    { timeoutMs: 120_000, what: "a saved upload" },
  );
}

/** As if it had crashed: docker has not been told to stop it. */
async function kill(container: string): Promise<void> {
  const pid = Number(await docker("inspect", "--format", "{{.State.Pid}}", container));
  if (!(pid > 1)) throw new Error(`${container} does not run`);
  process.kill(pid, "SIGKILL");
}
