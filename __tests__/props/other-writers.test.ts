import { Testing } from "cdktf";
import { rmSync } from "node:fs";
import { GcsBackedContainerApp, GcsBackedContainerAppProps, GcsMount } from "../../lib";
import { folderWith } from "../support/folder";
import { newStack, ready } from "../support/synthesize";

let outdir: string;
beforeAll(() => {
  outdir = folderWith();
});
afterAll(() => rmSync(outdir, { recursive: true }));

type Mount = Partial<GcsMount>;

describe("a mount of a folder that another app of the stack writes to", () => {
  /** Two apps of one stack, with a mount each. */
  const apps = (one: Mount, other: Mount) => () => {
    const app = Testing.app({ outdir });
    const stack = newStack("cloud", app);
    for (const [name, mount] of Object.entries({ one, other })) {
      new GcsBackedContainerApp(stack, name, { ...ready(), mounts: [{ path: "/srv", ...mount }] });
    }
    app.synth();
  };
  const bucket = "media-library";
  const MESSAGE =
    '[cloud/other] mounts[0].changedByOthers false is not valid: mounts[0] of "cloud/one" writes to the same folder, and what it writes would be seen up to an hour later: leave it out';

  test("is not changed by nobody else, whether it writes or not", () => {
    for (const readOnly of [true, false]) {
      expect(apps({ bucket }, { bucket, readOnly, changedByOthers: false })).toThrow(MESSAGE);
    }
    expect(apps({ bucket, prefix: "a" }, { bucket, prefix: "a/b", changedByOthers: false })).toThrow(MESSAGE);
    expect(apps({ bucket, changedByOthers: false }, { bucket })).toThrow(/^\[cloud\/one\] .* of "cloud\/other" writes/);
  });

  test("nor where one of them calls the bucket by a reference to the app that creates it", () => {
    const synthesis = (owner: Mount, other: (bucketName: string) => Partial<GcsBackedContainerAppProps>) => () => {
      const app = Testing.app({ outdir });
      const stack = newStack("cloud", app);
      const { bucketName } = new GcsBackedContainerApp(stack, "one", {
        ...ready(),
        mounts: [{ path: "/srv", ...owner }],
      });
      new GcsBackedContainerApp(stack, "other", { ...ready(), mounts: [{ path: "/srv" }], ...other(bucketName) });
      app.synth();
    };
    const alone = { changedByOthers: false };
    const mounts = (bucket: string, props: Mount = {}) => ({ mounts: [{ path: "/srv", bucket, ...props }] });
    expect(synthesis({}, (bucket) => mounts(bucket, { ...alone, readOnly: true }))).toThrow(MESSAGE);
    const mirrored = /^\[cloud\/one\] mounts\[0\]\.changedByOthers false is not valid: .* of "cloud\/other" writes/;
    expect(synthesis(alone, (bucket) => mounts(bucket))).toThrow(mirrored);
    expect(synthesis(alone, (existingBucket) => ({ existingBucket }))).toThrow(mirrored);
    const sidecar = (bucket: string) => ({ name: "db", image: ready().image, ...mounts(bucket) });
    expect(synthesis(alone, (bucket) => ({ sidecars: [sidecar(bucket)] }))).toThrow(mirrored);
    expect(synthesis(alone, (bucket) => mounts(bucket, { readOnly: true }))).not.toThrow();
    expect(synthesis(alone, () => ({}))).not.toThrow();
  });

  test("may be, where the other one only reads, has another folder or another bucket", () => {
    expect(apps({ bucket, readOnly: true }, { bucket, changedByOthers: false })).not.toThrow();
    expect(apps({ bucket, prefix: "a" }, { bucket, prefix: "b", changedByOthers: false })).not.toThrow();
    expect(apps({ bucket }, { bucket: "another-library", changedByOthers: false })).not.toThrow();
    expect(apps({ bucket }, { bucket, changedByOthers: true })).not.toThrow();
  });
});
