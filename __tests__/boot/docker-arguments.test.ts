import { COS_LAYOUT } from "../../lib/boot/paths";
import fc from "fast-check";
import { appOptions, gcsfuseCommand, gcsfuseOptions, imagesOf, mountArgument } from "../../lib/boot/docker-arguments";
import { readGoCsv } from "../support/go-csv";
import { appSpec, bootSpec, mountSpec } from "../support/boot-spec";

describe("--mount", () => {
  /** Any path: a line break cannot be in one, see the construct's own checks. */
  const path = fc.string({ unit: "grapheme" }).filter((text) => !/[\r\n]/.test(text));

  test("docker reads what was given, whatever is in the path", () => {
    fc.assert(
      fc.property(path, path, fc.boolean(), (source, target, readonly) => {
        const fields = { type: "bind", source, target, ...(readonly && { readonly: true as const }) };
        const [option, ...value] = mountArgument(fields).split("=");
        expect(option).toBe("--mount");
        const read = readGoCsv(value.join("=")).map((field) => field.split(/=(.*)/s).slice(0, 2));
        expect(read).toEqual(Object.entries(fields).map(([key, given]) => (given === true ? [key] : [key, given])));
      }),
    );
  });

  test.each([
    ["/srv/app", "--mount=target=/srv/app"],
    ["/srv/a,b", '--mount="target=/srv/a,b"'],
    ['/srv/a"b', '--mount="target=/srv/a""b"'],
    ["/srv/a b", '--mount="target=/srv/a b"'],
  ])("%s", (target, argument) => {
    expect(mountArgument({ target })).toBe(argument);
  });
});

describe("the app's container", () => {
  test("has what the app was given, and no further right", () => {
    expect(appOptions(bootSpec())).toEqual([
      "--name=app",
      "--label=gcs-backed-container-app=app",
      "--restart=no",
      "--log-driver=json-file",
      "--log-opt=max-size=100m",
      "--log-opt=max-file=3",
      "--pids-limit=4096",
      "--oom-score-adj=500",
      "--stop-timeout=30",
      "--publish=80:8080/tcp",
      "--mount=type=bind,source=/run/gcs-backed-container-app/gcsfuse-0/fs,target=/srv/app/uploads,bind-propagation=rslave",
    ]);
  });

  test("each mount is at its own path, to read only where it is so", () => {
    const mounts = [mountSpec({ path: "/a" }), mountSpec({ path: "/b", readOnly: true })];
    expect(appOptions(bootSpec({ mounts })).filter((option) => option.startsWith("--mount"))).toEqual([
      expect.stringMatching(/gcsfuse-0\/fs,target=\/a,bind-propagation=rslave$/),
      expect.stringMatching(/gcsfuse-1\/fs,target=\/b,bind-propagation=rslave,readonly$/),
    ]);
  });

  test("runs as another user if it was given", () => {
    expect(appOptions(bootSpec({ app: appSpec({ user: "1000:www-data" }), mounts: [] }))).toContain(
      "--user=1000:www-data",
    );
  });

  test("publishes each port with its protocol", () => {
    const ports = [
      { containerPort: 53, hostPort: 5353, protocol: "udp" as const },
      { containerPort: 443, hostPort: 443, protocol: "tcp" as const },
    ];
    expect(appOptions(bootSpec({ app: appSpec({ ports }), mounts: [] }))).toEqual(
      expect.arrayContaining(["--publish=5353:53/udp", "--publish=443:443/tcp"]),
    );
  });

  test("its environment is not among the options", () => {
    const environment = [{ name: "A", base64: "Yg==" }];
    expect(appOptions(bootSpec({ app: appSpec({ environment }), mounts: [] })).join()).not.toContain("Yg==");
  });
});

describe("the sidecar's container", () => {
  test("has FUSE and one capability, and is not privileged", () => {
    const options = gcsfuseOptions(bootSpec({ gcsfuse: { image: "gcsfuse", privileged: false } }), 0);
    expect(options).toEqual(
      expect.arrayContaining([
        "--cap-drop=ALL",
        "--cap-add=SYS_ADMIN",
        "--security-opt=apparmor=unconfined",
        "--device=/dev/fuse",
        "--mount=type=bind,source=/run/gcs-backed-container-app/gcsfuse-0,target=/run/gcs-backed-container-app/gcsfuse-0,bind-propagation=rshared",
      ]),
    );
    expect(options.filter((option) => option.startsWith("--cap-add"))).toHaveLength(1);
    expect(options).not.toContain("--privileged");
  });

  test("is privileged if that was asked for", () => {
    const options = gcsfuseOptions(bootSpec({ gcsfuse: { image: "gcsfuse", privileged: true } }), 0);
    expect(options).toContain("--privileged");
    expect(options.join()).not.toMatch(/cap-|apparmor/);
  });

  test.each([true, false])("gains no privilege from any program (privileged: %s)", (privileged) => {
    const options = gcsfuseOptions(bootSpec({ gcsfuse: { image: "gcsfuse", privileged } }), 0);
    expect(options).toContain("--security-opt=no-new-privileges");
  });

  test("mounts its own bucket at its own path", () => {
    expect(gcsfuseCommand(mountSpec({ bucket: "files" }), COS_LAYOUT, 2).slice(-2)).toEqual([
      "files",
      "/run/gcs-backed-container-app/gcsfuse-2/fs",
    ]);
    expect(gcsfuseOptions(bootSpec({ gcsfuse: { image: "gcsfuse", privileged: false } }), 2)[0]).toBe(
      "--name=gcsfuse-2",
    );
  });
});

test("each image that the machine needs is named once", () => {
  expect(imagesOf(bootSpec())).toEqual(["app:1", "gcsfuse:1"]);
  expect(imagesOf(bootSpec({ app: appSpec({ image: "gcsfuse:1" }) }))).toEqual(["gcsfuse:1"]);
  expect(imagesOf(bootSpec({ mounts: [] }))).toEqual(["app:1"]);
});
