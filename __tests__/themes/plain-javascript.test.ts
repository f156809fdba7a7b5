import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { TerraformStack, TerraformVariable, Testing, Token } from "cdktf";
import { Construct } from "constructs";
import {
  ContainerImage,
  GcsBackedContainerApp,
  GcsBackedContainerAppProps,
  LocalGcsBackedContainerApp,
} from "../../lib";
import { newLocalStack, readyLocal } from "../support/local";
import { newStack, ready } from "../support/synthesize";

/** What callers without types can give: the compiler would refuse each of these. */
const untyped = (props: object) => props as Partial<GcsBackedContainerAppProps>;
const MOUNT = { path: "/data" };
const IMAGE = 'use ContainerImage.fromRegistry("ghcr.io/me/app:1.2") or ContainerImage.fromDirectory("container/app")';
const STRING = "use a string";

/** Without the path of the construct, with which it must begin. */
const messageOf = (create: () => unknown) => {
  try {
    create();
  } catch (error) {
    const [, message] = /^\[(?:cloud|local)\/gallery\] (.*)$/s.exec((error as Error).message) ?? [];
    return message;
  }
  return "(accepted)";
};

test.each<[props: object, message: string]>([
  [{ image: undefined }, `image undefined is not valid: it is missing: ${IMAGE}`],
  [{ image: "nginx" }, `image "nginx" is not valid: ${IMAGE}`],
  [{ image: {} }, `image {} is not valid: ${IMAGE}`],
  [{ gcsfuse: { image: "gcsfuse" } }, `gcsfuse.image "gcsfuse" is not valid: ${IMAGE}`],
  [{ project: null }, `project null is not valid: ${STRING}`],
  [{ project: 123456789 }, `project 123456789 is not valid: ${STRING}: "123456789" or String(…)`],
  [{ zone: ["us-east1-b"] }, `zone ["us-east1-b"] is not valid: ${STRING}`],
  [{ name: null }, `name null is not valid: ${STRING}`],
  [{ existingBucket: null }, `existingBucket null is not valid: ${STRING}`],
  [{ user: null }, `user null is not valid: ${STRING}`],
  [{ user: 1000 }, `user 1000 is not valid: ${STRING}: "1000" or String(…)`],
  [
    { mounts: undefined },
    `mounts undefined is not valid: it is missing: use a list such as [{ path: "/srv/app/uploads" }]`,
  ],
  [{ mounts: null }, `mounts null is not valid: use a list such as [{ path: "/srv/app/uploads" }]`],
  [{ mounts: "/data" }, `mounts "/data" is not valid: use a list such as [{ path: "/srv/app/uploads" }]`],
  [
    { mounts: { path: "/data" } },
    `mounts {"path":"/data"} is not valid: use a list such as [{ path: "/srv/app/uploads" }]`,
  ],
  [{ mounts: ["/data"] }, `mounts[0] "/data" is not valid: use an object such as { path: "/srv/app/uploads" }`],
  [{ mounts: [MOUNT, {}] }, `mounts[1].path undefined is not valid: it is missing: ${STRING}`],
  [{ mounts: [{ path: null }] }, `mounts[0].path null is not valid: ${STRING}`],
  [{ mounts: [{ ...MOUNT, prefix: null }] }, `mounts[0].prefix null is not valid: ${STRING}`],
  [{ mounts: [{ ...MOUNT, readOnly: "yes" }] }, 'mounts[0].readOnly "yes" is not valid: use true or false'],
  [{ mounts: [{ ...MOUNT, noCopy: 1 }] }, "mounts[0].noCopy 1 is not valid: use true or false"],
  [{ mounts: [{ ...MOUNT, uid: "1000" }] }, 'mounts[0].uid "1000" is not valid: use a number'],
  [
    { mounts: [{ ...MOUNT, gcsfuseConfig: "x" }] },
    `mounts[0].gcsfuseConfig "x" is not valid: use an object such as { "file-system": { "rename-dir-limit": 500 } }`,
  ],
  [
    { mounts: [{ ...MOUNT, fileMode: 0o640 }] },
    'mounts[0].fileMode 416 is not valid: use octal digits in a string: "0640"',
  ],
  [
    { mounts: [{ ...MOUNT, dirMode: 750 }] },
    'mounts[0].dirMode 750 is not valid: use octal digits in a string: "0750"',
  ],
  [
    { mounts: [{ ...MOUNT, fileMode: 9 }] },
    'mounts[0].fileMode 9 is not valid: use octal digits in a string such as "0644"',
  ],
  [{ ports: null }, `ports null is not valid: use a list such as [{ containerPort: 80 }]`],
  [{ ports: "80" }, `ports "80" is not valid: use a list such as [{ containerPort: 80 }]`],
  [{ ports: [8080] }, `ports[0] 8080 is not valid: use an object such as { containerPort: 80 }`],
  [{ ports: [{}] }, "ports[0].containerPort undefined is not valid: it is missing: use a number"],
  [{ ports: [{ containerPort: NaN }] }, "ports[0].containerPort NaN is not valid: use a whole number from 1 to 65535"],
  [{ environment: { A: 1 } }, 'environment.A 1 is not valid: use a string: "1" or String(…)'],
  [{ environment: { A: undefined } }, "environment.A undefined is not valid: it is missing: use a string"],
  [
    { environment: new Map([["A", "b"]]) },
    `environment {} is not valid: use an object whose values are strings such as { LOG_LEVEL: "info" }`,
  ],
  [
    { environment: ["A=b"] },
    `environment ["A=b"] is not valid: use an object whose values are strings such as { LOG_LEVEL: "info" }`,
  ],
  [{ entrypoint: "python" }, `entrypoint "python" is not valid: use a list of strings such as ["python", "-m", "app"]`],
  [{ args: ["a", 1] }, 'args[1] 1 is not valid: use a string: "1" or String(…)'],
  [{ network: null }, `network null is not valid: use an object such as { iapSsh: true }`],
  [
    { network: { sourceRanges: "0.0.0.0/0" } },
    `network.sourceRanges "0.0.0.0/0" is not valid: use a list of strings such as ["203.0.113.0/24"]`,
  ],
  [{ network: { sourceRanges: [null] } }, "network.sourceRanges[0] null is not valid: use a string"],
  [
    { network: { networkTags: "web" } },
    `network.networkTags "web" is not valid: use a list of strings such as ["web"]`,
  ],
  [{ network: { iapSsh: "false" } }, 'network.iapSsh "false" is not valid: use true or false'],
  [{ network: { externalAddress: 0 } }, "network.externalAddress 0 is not valid: use true or false"],
  [{ machine: null }, `machine null is not valid: use an object such as { machineType: "e2-medium" }`],
  [{ machine: { metadataServerAccess: "no" } }, 'machine.metadataServerAccess "no" is not valid: use true or false'],
  [{ machine: { metadata: { a: 5 } } }, 'machine.metadata.a 5 is not valid: use a string: "5" or String(…)'],
  [{ bucketOptions: [] }, `bucketOptions [] is not valid: use an object such as { location: "EU" }`],
  [{ bucketOptions: { versioning: 1 } }, "bucketOptions.versioning 1 is not valid: use true or false"],
  [{ gcsfuse: null }, `gcsfuse null is not valid: use an object such as { privileged: true }`],
  [{ gcsfuse: { privileged: "no" } }, 'gcsfuse.privileged "no" is not valid: use true or false'],
  [{ labels: "web" }, `labels "web" is not valid: use an object whose values are strings such as { team: "web" }`],
  [{ enableApis: "no" }, 'enableApis "no" is not valid: use true or false'],
  [{ mounts: [, MOUNT] }, `mounts[0] undefined is not valid: use an object such as { path: "/srv/app/uploads" }`],
  [{ ports: new Array(1) }, `ports[0] undefined is not valid: use an object such as { containerPort: 80 }`],
  [{ args: new Array(1) }, "args[0] undefined is not valid: it is missing: use a string"],
])("%j", (props, message) => {
  expect(messageOf(() => new GcsBackedContainerApp(newStack(), "gallery", { ...ready(), ...untyped(props) }))).toBe(
    message,
  );
});

/** What JSON has no form for, so that it cannot be the title of a test. */
test.each<[title: string, props: () => object, message: string]>([
  ["a BigInt", () => ({ project: 5n }), `project 5n is not valid: ${STRING}: "5" or String(…)`],
  ["a BigInt in a list", () => ({ args: ["a", 5n] }), `args[1] 5n is not valid: ${STRING}: "5" or String(…)`],
  ["a symbol", () => ({ zone: Symbol("z") }), `zone Symbol(z) is not valid: ${STRING}`],
  [
    "an object that contains itself",
    () => {
      const user: object[] = [];
      user.push(user);
      return { user };
    },
    `user <ref *1> [ [Circular *1] ] is not valid: ${STRING}`,
  ],
  [
    "an object whose getter throws",
    () => ({
      name: {
        get a() {
          throw new Error("not this message");
        },
      },
    }),
    `name { a: [Getter] } is not valid: ${STRING}`,
  ],
  [
    "a promise",
    () => ({ network: Promise.resolve({}) }),
    `network {} is not valid: use an object such as { iapSsh: true }`,
  ],
  ["a Map", () => ({ network: new Map() }), `network {} is not valid: use an object such as { iapSsh: true }`],
  [
    "a Map of labels",
    () => ({ labels: new Map() }),
    `labels {} is not valid: use an object whose values are strings such as { team: "web" }`,
  ],
])("%s", (_, props, message) => {
  expect(messageOf(() => new GcsBackedContainerApp(newStack(), "gallery", { ...ready(), ...props() }))).toBe(message);
});

test("a reference that is a token of a list", () => {
  const image = ContainerImage.fromRegistry(Token.asList("x") as unknown as string);
  const create = () => new GcsBackedContainerApp(newStack(), "gallery", { ...ready(), image });
  expect(messageOf(create)).toMatch(/^image .* is not valid: use a reference such as /);
});

describe("a prop that there is not", () => {
  test.each<[props: object, start: string]>([
    [
      { enviroment: {} },
      "enviroment is not a prop: use args, bucketOptions, disks, enableApis, entrypoint, environment, ",
    ],
    [
      { mounts: [{ path: "/data", readonly: true }] },
      "mounts[0].readonly is not a prop: use bucket, changedByOthers, content, customEndpoint, ",
    ],
    [{ ports: [{ port: 80 }] }, "ports[0].port is not a prop: use containerPort, hostPort, protocol"],
    [{ network: { subnet: "a" } }, "network.subnet is not a prop: use externalAddress, "],
    [{ machine: { type: "e2-small" } }, "machine.type is not a prop: use bootDiskSizeGb, "],
    [{ bucketOptions: { forceDestroy: true } }, "bucketOptions.forceDestroy is not a prop: use deleteDataOnDestroy, "],
    [{ gcsfuse: { version: "3" } }, "gcsfuse.version is not a prop: use aptSource, "],
    [{ dockerSocket: "/run/docker.sock" }, "dockerSocket is not a prop: use args, "],
  ])("%j", (props, start) => {
    const message = messageOf(() => new GcsBackedContainerApp(newStack(), "gallery", { ...ready(), ...props }));
    expect(message.slice(0, start.length)).toBe(start);
  });
});

test("no props at all", () => {
  const create = () => new GcsBackedContainerApp(newStack(), "gallery", undefined as never);
  expect(messageOf(create)).toBe(
    `props undefined is not valid: use an object such as { image: ContainerImage.fromDirectory("app"), mounts: [{ path: "/srv/app/uploads" }] }`,
  );
});

test("the local construct says the same", () => {
  const local = (props: object) =>
    messageOf(() => new LocalGcsBackedContainerApp(newLocalStack(), "gallery", { ...readyLocal(), ...props }));
  expect(local({ image: "nginx" })).toBe(`image "nginx" is not valid: ${IMAGE}`);
  expect(local({ bucketName: null })).toBe(`bucketName null is not valid: ${STRING}`);
  expect(local({ deleteDataOnDestroy: "no" })).toBe('deleteDataOnDestroy "no" is not valid: use true or false');
  expect(local({ zone: "us-east1-b" })).toMatch(/^zone is not a prop: use args, baseImage, bucketName, /);
});

describe("a boolean or an object that is an unresolved token stops, since the resources depend on it", () => {
  const create = (props: (token: unknown) => object) => {
    const stack = newStack();
    const token = new TerraformVariable(stack, "flag", {}).value;
    return messageOf(() => new GcsBackedContainerApp(stack, "gallery", { ...ready(), ...untyped(props(token)) }));
  };
  const KNOWN = "use true or false that is known at synthesis";

  test.each<[what: string, props: (token: unknown) => object, advice: string]>([
    ["network.iapSsh", (iapSsh) => ({ network: { iapSsh } }), KNOWN],
    ["network.externalAddress", (externalAddress) => ({ network: { externalAddress } }), KNOWN],
    ["enableApis", (enableApis) => ({ enableApis }), KNOWN],
    ["mounts[0].readOnly", (readOnly) => ({ mounts: [{ path: "/data", readOnly }] }), KNOWN],
    ["mounts[0].noCopy", (noCopy) => ({ mounts: [{ path: "/data", noCopy }] }), KNOWN],
    ["gcsfuse.privileged", (privileged) => ({ gcsfuse: { ...ready().gcsfuse, privileged } }), KNOWN],
    ["machine.metadataServerAccess", (metadataServerAccess) => ({ machine: { metadataServerAccess } }), KNOWN],
    [
      "mounts[0].gcsfuseConfig.write.enable-streaming-writes",
      (flag) => ({ mounts: [{ path: "/data", gcsfuseConfig: { write: { "enable-streaming-writes": flag } } }] }),
      "use a value that is known at synthesis (texts may be tokens)",
    ],
    [
      "environment",
      (environment) => ({ environment }),
      "use an object whose values are strings that is known at synthesis",
    ],
  ])("%s", (what, props, advice) => {
    expect(create(props)).toBe(`${what} is an unresolved token: ${advice}`);
  });
});

describe("project and zone", () => {
  const create = (google: object | undefined, props: object = {}) => {
    const stack = new TerraformStack(Testing.app(), "cloud");
    if (google !== undefined) {
      new GoogleProvider(stack, "google", google);
    }
    new DockerProvider(stack, "docker", {});
    const { image, gcsfuse, mounts } = ready();
    return new GcsBackedContainerApp(stack, "gallery", { image, gcsfuse, mounts, ...props });
  };
  const missing = (what: string, why: string) =>
    `${what} is missing: ${why}: give the app's ${what}, or add a google provider with a ${what} and without alias to the stack before the app`;
  const NONE = "the stack's google provider has none";

  test("are the google provider's where the app has none", () => {
    const { bucket, instance } = create({ project: "provider-project", zone: "europe-west4-a" });
    expect([bucket?.nameInput, instance.zoneInput]).toEqual(["provider-project-gallery", "europe-west4-a"]);
  });

  test("are the app's where both have them", () => {
    const google = { project: "provider-project", zone: "europe-west4-a" };
    const { bucket, instance } = create(google, { project: "app-project", zone: "us-east1-b" });
    expect([bucket?.nameInput, instance.zoneInput]).toEqual(["app-project-gallery", "us-east1-b"]);
  });

  test.each<[string, object | undefined, object, string, string]>([
    ["no provider yet", undefined, {}, "project", "the stack has no google provider yet"],
    ["a provider without project", { zone: "us-east1-b" }, {}, "project", NONE],
    ["a provider without zone", { project: "provider-project" }, {}, "zone", NONE],
    ["an environment variable that is not set", {}, { project: undefined, zone: "us-east1-b" }, "project", NONE],
    ["an existing bucket", {}, { existingBucket: "files", zone: "us-east1-b" }, "project", NONE],
    [
      "an aliased provider",
      { project: "provider-project", zone: "us-east1-b", alias: "other" },
      {},
      "project",
      'the stack\'s google provider has an alias ("other"), and what is created here uses the one without',
    ],
  ])("%s", (_, google, props, what, why) => {
    expect(messageOf(() => create(google, props))).toBe(missing(what, why));
  });

  test("are those of a provider in a construct of the stack, too", () => {
    const stack = new TerraformStack(Testing.app(), "cloud");
    new GoogleProvider(new Construct(stack, "providers"), "google", { project: "provider-project" });
    const { bucket } = new GcsBackedContainerApp(stack, "gallery", { ...ready(), project: undefined });
    expect(bucket?.nameInput).toBe("provider-project-gallery");
  });
});
