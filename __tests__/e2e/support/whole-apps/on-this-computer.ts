import execa from "execa";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ContainerImage } from "../../../../lib";
import { appName, bucketBytes, docker, removeLocalLeftovers } from "../local/local-app";
import { localWorld } from "../local/local-demo";
import { imageFolder, LocalProject } from "../local/local-project";
import { dockerEngine } from "../real/docker-engine";
import { freePort } from "../real/free-port";
import { imagesOf, LocalAppHost, untilFirstPage, WholeApp } from "./app-host";

/** The app on the local stack, whose images are built from their folders by the deployment itself. */
export async function onThisComputer(app: WholeApp): Promise<LocalAppHost> {
  await removeLocalLeftovers();
  const project = new LocalProject();
  const close = async () => {
    await project.destroy();
    project.remove();
    await removeLocalLeftovers();
  };
  try {
    return await start(app, project, close);
  } catch (error) {
    const machine = await docker("logs", "--tail", "100", `${appName(app.name)}-machine`).catch(String);
    process.stdout.write(`${machine}\n`);
    await close();
    throw error;
  }
}

async function start(app: WholeApp, project: LocalProject, close: () => Promise<void>): Promise<LocalAppHost> {
  const [{ settings }, port] = [await localWorld(), await freePort()];
  const name = appName(app.name);
  const url = `http://localhost:${port}`;
  const secretsFile = join(imageFolder({}), "secrets.env");
  writeFileSync(
    secretsFile,
    Object.entries(app.secretValues ?? {})
      .map(assignment)
      .join(""),
  );
  const images = await imagesOf(app, async (_, folder) => ContainerImage.fromDirectory(folder));

  const secondsToFirstPage: number[] = [];
  const deploy = async () => {
    const begin = Date.now();
    const ports = [{ containerPort: app.port, hostPort: port }];
    await project.deploy({ [name]: { ...app.props(images), ports, secretsFile, ...settings } });
    await untilFirstPage(url, app);
    secondsToFirstPage.push((Date.now() - begin) / 1000);
  };
  await deploy();
  return {
    url,
    secondsToFirstPage,
    objects: () => bucketBytes(name),
    inContainer: (container, script) => docker("exec", "--user", "root", `${name}-${container}`, "sh", "-ec", script),
    stateOfMount: () => docker("exec", `${name}-machine`, "sh", "-c", 'cat "$RUN_FOLDER/state/gcsfuse-0"'),
    async everythingWritten() {
      const ids = await docker("ps", "--all", "--quiet", "--filter", `label=gcs-backed-container-app=${name}`);
      const logs = await Promise.all(ids.split("\n").map((id) => docker("logs", id)));
      return `${await docker("inspect", ...ids.split("\n"))}${logs.join("\n")}${project.everythingWritten()}`;
    },
    async recreate() {
      await project.destroy();
      await deploy();
    },
    async verdict() {
      const { env } = await dockerEngine();
      const root = join(__dirname, "../../../..");
      const { stdout } = await execa("npm", ["run", "--silent", "verdict", "--", name], { cwd: root, env });
      return stdout;
    },
    close,
  };
}

/** As in the file of secrets: the name in capitals. */
function assignment([secret, value]: [string, string]): string {
  return `${secret.toUpperCase().replace(/-/g, "_")}='${value}'\n`;
}
