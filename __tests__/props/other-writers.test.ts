import { Testing } from "cdktf";
import { rmSync } from "node:fs";
import { GcsBackedContainerApp, GcsMount } from "../../lib";
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

  test("nor by a reference to the bucket of the other one", () => {
    const app = Testing.app({ outdir });
    const stack = newStack("cloud", app);
    const one = new GcsBackedContainerApp(stack, "one", { ...ready(), mounts: [{ path: "/srv" }] });
    const mounts = [{ path: "/srv", bucket: one.bucketName, readOnly: true, changedByOthers: false }];
    new GcsBackedContainerApp(stack, "other", { ...ready(), mounts });
    expect(() => app.synth()).toThrow(MESSAGE);
  });

  test("may be, where the other one only reads, has another folder or another bucket", () => {
    expect(apps({ bucket, readOnly: true }, { bucket, changedByOthers: false })).not.toThrow();
    expect(apps({ bucket, prefix: "a" }, { bucket, prefix: "b", changedByOthers: false })).not.toThrow();
    expect(apps({ bucket }, { bucket: "another-library", changedByOthers: false })).not.toThrow();
    expect(apps({ bucket }, { bucket, changedByOthers: true })).not.toThrow();
  });
});
