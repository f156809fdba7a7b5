import { localDeclarationOf } from "../support/declaration";
import { named, synthesizeLocalApp } from "../support/local";

const DISKS = [
  { path: "/srv", sizeGb: 10 },
  { path: "/data", existingDisk: "old" },
];
const machine = (stack: ReturnType<typeof synthesizeLocalApp>) => named(stack, "docker_container", "gallery-machine");
const volumes = (stack: ReturnType<typeof synthesizeLocalApp>) =>
  Object.values(stack.resource.docker_volume).map(({ name }) => name);
const created = (stack: ReturnType<typeof synthesizeLocalApp>) =>
  Object.values(stack.resource.terraform_data).flatMap(
    ({ provisioner }) => provisioner[0]["local-exec"].environment.VOLUME ?? [],
  );

test("each disk is a Docker volume, which destroy leaves", () => {
  const stack = synthesizeLocalApp({ disks: DISKS });
  expect(volumes(stack)).toEqual(["gallery-mounts"]);
  expect(created(stack).sort()).toEqual(["gallery-disk-data", "gallery-disk-srv", "gallery-files"]);
  expect(machine(stack).env).toEqual(
    expect.arrayContaining(["DISK_VOLUME_PREFIX=gallery-disk-", "DISK_FOLDERS=/mnt/disks"]),
  );
  expect(machine(stack).mounts).toContainEqual({
    type: "volume",
    source: "gallery-disk-srv",
    target: "/mnt/disks/srv",
  });
  expect(localDeclarationOf(stack).disks).toEqual([
    { name: "srv", path: "/srv" },
    { name: "data", path: "/data" },
  ]);
});

test("one that belongs to somebody else is found before anything is created", () => {
  const stack = synthesizeLocalApp({ disks: DISKS });
  const [check] = Object.entries(stack.resource.terraform_data).filter(([name]) => name.startsWith("gallery_check_"));
  expect(check[1].provisioner[0]["local-exec"].environment.VOLUMES).toBe(
    "gallery-files gallery-mounts gallery-disk-srv gallery-disk-data",
  );
});

test("deleteDataOnDestroy lets them go: of all files, or of one disk", () => {
  expect(volumes(synthesizeLocalApp({ disks: DISKS, deleteDataOnDestroy: true })).sort()).toEqual([
    "gallery-disk-data",
    "gallery-disk-srv",
    "gallery-files",
    "gallery-mounts",
  ]);
  const stack = synthesizeLocalApp({ disks: [{ ...DISKS[0], deleteDataOnDestroy: true }, DISKS[1]] });
  expect(volumes(stack).sort()).toEqual(["gallery-disk-srv", "gallery-mounts"]);
  expect(created(stack).sort()).toEqual(["gallery-disk-data", "gallery-files"]);
});

test("without disks nothing is different", () => {
  const stack = synthesizeLocalApp();
  expect(JSON.stringify(machine(stack).env)).not.toContain("DISK");
  expect(machine(stack).capabilities.add).toEqual(["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"]);
});
