/** MediaGoblin as its authors publish it, on this computer's own Docker, with the props of the example; and the verdict on it. */
import execa from "execa";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { MEDIAGOBLIN } from "../../../examples/mediagoblin/stack";
import { ContainerImage } from "../../../lib";
import { eventually } from "../support/eventually";
import { cacheDir } from "../support/real/cache";
import { dockerEngine } from "../support/real/docker-engine";
import { freePort } from "../support/real/free-port";
import { appName, bucketFiles, docker, removeLocalLeftovers } from "../support/local/local-app";
import { localWorld, page } from "../support/local/local-demo";
import { imageFolder, LocalProject } from "../support/local/local-project";
import { describeWithMediaGoblin } from "../support/jest/with-mediagoblin";
import { mediagoblinImage } from "../support/whole-apps/mediagoblin-image";
import { MediaGoblinVisit } from "../support/whole-apps/mediagoblin-visit";

const screenshots = cacheDir("screenshots");

describeWithMediaGoblin("MediaGoblin on this computer", () => {
  const project = new LocalProject();
  const name = appName("goblin");
  let url: string;
  let deploy: () => Promise<void>;
  let visit: MediaGoblinVisit;

  beforeAll(async () => {
    await removeLocalLeftovers();
    const [world, port] = [await localWorld(), await freePort()];
    url = `http://localhost:${port}`;
    visit = await MediaGoblinVisit.begin({
      url: () => url,
      log: () => docker("logs", `${name}-app`),
      objects: () => bucketFiles(name),
    });
    const secretsFile = join(imageFolder({}), "secrets.env");
    writeFileSync(secretsFile, `MEDIAGOBLIN_ADMIN_PASSWORD='${visit.admin.password}'\n`);
    const image = ContainerImage.fromRegistry(await mediagoblinImage());
    const ports = [{ containerPort: MEDIAGOBLIN.ports[0].containerPort, hostPort: port }];
    deploy = async () => {
      await project.deploy({ [name]: { ...MEDIAGOBLIN, image, ports, secretsFile, ...world.settings } });
      await eventually(() => page(url), { timeoutMs: 120_000 });
    };
    const start = Date.now();
    await deploy();
    process.stdout.write(`seconds from the deployment to the first page: ${(Date.now() - start) / 1000}\n`);
  }, 1_800_000);

  afterAll(async () => {
    await visit?.end();
    await project.destroy();
    project.remove();
    await removeLocalLeftovers();
  });

  test("the administrator logs in with the secret", () => visit.adminIsLetIn());

  test("somebody registers through the pages", () => visit.memberRegisters());

  test("and uploads pictures, which somebody else comments", async () => {
    process.stdout.write(`seconds of the uploads: ${(await visit.memberUploads()).join(", ")}\n`);
    await visit.adminComments();
  });

  test("the thumbnails are shown, and every file is in the bucket, and served, byte for byte", () =>
    visit.allIsThere(join(screenshots, "mediagoblin-local.png")));

  async function verdict(): Promise<string> {
    const { env } = await dockerEngine();
    const root = join(__dirname, "../../..");
    return (await execa("npm", ["run", "--silent", "verdict", "--", name], { cwd: root, env })).stdout;
  }

  test("the verdict has nothing to say: what needs a file system is on the disk", async () => {
    const said = await verdict();
    process.stdout.write(`\n${said}\n`);
    expect(said).toMatch(new RegExp(`^${name}: nothing was seen that a bucket cannot do or does badly\\.`));
  });

  test("it would name a database among the pictures, and does not name the one on the disk", async () => {
    const inMount = (command: string) =>
      docker(
        "exec",
        "--user",
        "mediagoblin",
        "--workdir",
        MEDIAGOBLIN.mounts[0].path,
        `${name}-app`,
        "sh",
        "-c",
        command,
      );
    await inMount("sqlite3 probe.db 'create table probe (a)'");
    const said = await verdict();
    await inMount("rm probe.db");
    expect(said).toContain(`${MEDIAGOBLIN.mounts[0].path}/probe.db (SQLite)`);
    expect(said).not.toContain("mediagoblin.db");
  });

  test("the password is in no file of Terraform's, and Docker does not have it", async () => {
    const secret = visit.admin.password.split(" ").at(-1)!;
    const containers = (
      await docker("ps", "--all", "--quiet", "--filter", `label=gcs-backed-container-app=${name}`)
    ).split("\n");
    expect(containers.length).toBeGreaterThanOrEqual(4);
    const said = `${await docker("inspect", ...containers)}${project.everythingWritten()}${await docker("logs", `${name}-app`)}`;
    expect(said).toContain("mediagoblin-admin-password");
    expect(said).not.toContain(secret);
  });

  test("destroyed and deployed again, accounts, pictures and comments are all there", async () => {
    await project.destroy();
    await deploy();
    await visit.allIsThere(join(screenshots, "mediagoblin-local-again.png"));
    await visit.adminIsLetIn();
  }, 600_000);
});
