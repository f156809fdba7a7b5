import { ContainerImage } from "../../../../lib";
import { plannedMetadata, PROJECT } from "../boot/payload";
import { explained, statusOf, until } from "../boot/status";
import { World } from "../boot/vm-world";
import { CosMachine } from "../simulated/cos-machine/cos-machine";
import { PersistentDisk } from "../simulated/cos-machine/persistent-disk";
import { AppHost, imagesOf, untilFirstPage, WholeApp } from "./app-host";

/** The app on a simulated VM with Container-Optimized OS, with all that is around it in Google Cloud. */
export async function onMachine(app: WholeApp): Promise<AppHost> {
  const world = await World.create();
  const disks: Record<string, PersistentDisk> = {};
  const close = async () => {
    await world.close();
    for (const disk of Object.values(disks)) await disk.remove();
  };
  try {
    return await start(app, world, disks, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  app: WholeApp,
  world: World,
  disks: Record<string, PersistentDisk>,
  close: () => Promise<void>,
): Promise<AppHost> {
  const images = await imagesOf(app, async (name, folder) =>
    ContainerImage.fromRegistry(await world.image(`${app.name}-${name}`, folder)),
  );
  const props = app.props(images);
  for (const { name, sizeGb } of [props, ...(props.sidecars ?? [])].flatMap((one) => one.disks ?? [])) {
    disks[name!] = await PersistentDisk.create(sizeGb!);
  }
  for (const [secret, value] of Object.entries(app.secretValues ?? {})) {
    world.secretManager.add(`projects/${PROJECT}/secrets/${secret}`, value);
  }
  const metadata = await plannedMetadata({
    ...props,
    gcsfuse: { image: ContainerImage.fromRegistry(await world.gcsfuseImage()) },
    mounts: props.mounts.map((mount) => world.mount(mount)),
    ports: [{ containerPort: app.port, hostPort: 80 }],
  });

  let machine: CosMachine;
  const secondsToFirstPage: number[] = [];
  const boot = async () => {
    const begin = Date.now();
    machine = await world.vmOf(metadata, { disks });
    await explained(machine, untilFirstPage(machine.httpAddress, app));
    secondsToFirstPage.push((Date.now() - begin) / 1000);
    const isLive = () => statusOf(machine)?.app.state === "live";
    await explained(machine, until("the state is live", isLive));
  };
  await boot();
  return {
    get url() {
      return machine.httpAddress;
    },
    secondsToFirstPage,
    async objects() {
      const names = world.gcs.objects("files").map(({ name }) => name);
      return new Map(
        await Promise.all(names.map(async (name) => [name, await world.gcs.read("files", name)] as const)),
      );
    },
    inContainer: async (container, script) =>
      (await machine.exec(["docker", "exec", "--user", "root", container, "sh", "-ec", script])).stdout,
    stateOfMount: () => machine.shell("cat /run/gcs-backed-container-app/state/gcsfuse-0"),
    async everythingWritten() {
      const containers = await machine.shell(
        "for one in $(docker ps --all --quiet); do docker inspect $one; docker logs $one 2>&1; done",
      );
      return `${JSON.stringify(metadata)}${await machine.journal()}${containers}`;
    },
    async recreate() {
      await machine.destroy();
      await boot();
    },
    close,
  };
}
