import { LocalMount, MOUNTS_SCRIPT } from "../../lib/verdict/local-app";
import { configFiles } from "../../lib/boot/config-files";
import { bootSpec, mountSpec } from "../support/boot-spec";
import { FakePrograms } from "../support/fake-programs";
import { folderWith } from "../support/folder";

/** Two file systems on one mount point, as gcsfuse's over the folder's own. */
const FINDMNT = 'case "$*" in *gcsfuse-0/fs) printf "  0:44\\n  0:45\\n" ;; *) exit 1 ;; esac';

/** What the machine's container prints, with the files that the construct gives it. */
function mountsOf(spec = bootSpec(), state: { [name: string]: string } = {}): LocalMount[] {
  const programs = new FakePrograms({ findmnt: FINDMNT });
  const env = { RUN_FOLDER: folderWith(state) };
  const { stdout, status } = programs.run(["bash", "-c", MOUNTS_SCRIPT, folderWith(configFiles(spec))], env);
  expect(status).toBe(0);
  expect(programs.calls[0]).toBe(`findmnt --noheadings --output MAJ:MIN ${env.RUN_FOLDER}/gcsfuse-0/fs`);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LocalMount);
}

test("each mount is told with its device, how often it was mounted, and what is mounted", () => {
  const mounts = [
    mountSpec({ path: '/srv/a "b" \\ é', bucket: "gallery" }),
    mountSpec({ path: "/srv/media", bucket: "library", config: { "only-dir": 'photos/"2026"' } }),
  ];
  expect(mountsOf(bootSpec({ mounts }), { "state/gcsfuse-0.mounts": "3" })).toEqual([
    {
      name: "gcsfuse-0",
      device: "0:45",
      timesMounted: 3,
      mount: { path: '/srv/a "b" \\ é', bucket: "gallery", prefix: "" },
    },
    {
      name: "gcsfuse-1",
      device: "",
      timesMounted: 0,
      mount: { path: "/srv/media", bucket: "library", prefix: 'photos/"2026"' },
    },
  ]);
});

test("more than ten mounts", () => {
  const mounts = Array.from({ length: 11 }, (_, index) => mountSpec({ path: `/srv/${index}` }));
  expect(mountsOf(bootSpec({ mounts })).map(({ name, mount }) => `${name} ${mount.path}`)).toEqual(
    expect.arrayContaining(["gcsfuse-1 /srv/1", "gcsfuse-10 /srv/10"]),
  );
});
