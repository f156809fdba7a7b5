/** What the constructs make of sidecars: declaration, images, grants, firewall, local network, and what they refuse. */
import Ajv2020 from "ajv/dist/2020";
import { Lazy, TerraformVariable } from "cdktf";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  ContainerImage,
  GcsBackedContainerApp,
  GcsBackedContainerAppProps,
  GcsMount,
  Protocol,
  RestartPolicy,
  Sidecar,
} from "../../lib";
import { declarationOf, localDeclarationOf } from "../support/declaration";
import { localApp, named, synthesizeLocalApp } from "../support/local";
import { annotations, APP_FOLDER, newStack, only, ready, synthesizeApp, synthesized } from "../support/synthesize";

const schema = JSON.parse(readFileSync(join(__dirname, "../../lib/boot/declaration.schema.json"), "utf8"));
const isValid = new Ajv2020({ strict: true }).compile(schema);
const DB_IMAGE = `ghcr.io/me/db@sha256:${"2".repeat(64)}`;
const sidecar = (options: Partial<Sidecar> = {}): Sidecar => ({
  name: "db",
  image: ContainerImage.fromRegistry(DB_IMAGE),
  ...options,
});
const withSidecars = (...sidecars: Partial<Sidecar>[]) => ({ sidecars: sidecars.map(sidecar) });

describe("disks", () => {
  const old = (path: string, existingDisk = "old") => ({ path, existingDisk });
  const LINK = "https://www.googleapis.com/compute/v1/projects/p/zones/us-east1-b/disks/old";

  test.each<[string, Partial<GcsBackedContainerAppProps>, string]>([
    [
      "of one container",
      { disks: [old("/a"), old("/b")] },
      'disks[1].existingDisk "old" is not valid: disks[0] has it',
    ],
    [
      "of two containers, by name and by link",
      { disks: [old("/a")], ...withSidecars({ disks: [old("/b", LINK)] }) },
      `sidecars[0].disks[0].existingDisk "${LINK}" is not valid: disks[0] has it`,
    ],
    [
      "the VM's own",
      { disks: [old("/a", "gallery")] },
      'disks[0].existingDisk "gallery" is not valid: it is the VM\'s boot disk, which this app creates: give the name of another disk, or sizeGb',
    ],
    [
      "one that another entry creates",
      { disks: [{ path: "/data", sizeGb: 10 }], ...withSidecars({ disks: [old("/b", "gallery-data")] }) },
      'sidecars[0].disks[0].existingDisk "gallery-data" is not valid: this app creates it, for another entry: give the name of another disk',
    ],
  ])("are attached once: %s", (_, props, message) => {
    expect(() => synthesizeApp(props)).toThrow(message);
  });

  test("have names that no other disk of the stack has", () => {
    const stack = newStack();
    new GcsBackedContainerApp(stack, "app-a", { ...ready(), disks: [{ path: "/x", name: "b-c", sizeGb: 10 }] });
    const another = () =>
      new GcsBackedContainerApp(stack, "app-a-b", { ...ready(), disks: [{ path: "/x", name: "c", sizeGb: 10 }] });
    expect(another).toThrow(/disk "app-a-b-c" is not valid: "cloud\/app-a" of this stack has it already/);
  });
});

describe("the declaration", () => {
  test("has no word of sidecars where there are none", () => {
    expect(declarationOf(synthesizeApp())).not.toHaveProperty("sidecars");
    expect(declarationOf(synthesizeApp({ sidecars: [] }))).toEqual(declarationOf(synthesizeApp()));
    expect(localDeclarationOf(synthesizeLocalApp({ sidecars: [] }))).toEqual(localDeclarationOf(synthesizeLocalApp()));
  });

  test("has the defaults", () => {
    const { sidecars } = declarationOf(synthesizeApp(withSidecars({})));
    expect(sidecars).toEqual([
      {
        name: "db",
        image: DB_IMAGE,
        environment: {},
        restartPolicy: "always",
        stopTimeoutSeconds: 30,
        ports: [],
        mounts: [],
      },
    ]);
  });

  test("has everything that is given, and the schema takes it, in the cloud and locally", () => {
    const props = withSidecars({
      environment: { A: "\u0301 ${x}" },
      entrypoint: ["sh", "-c"],
      args: ["sleep 1"],
      user: "postgres",
      mounts: [{ path: "/dumps", prefix: "dumps" }],
      ports: [{ containerPort: 5432, hostPort: 15432 }],
      restartPolicy: RestartPolicy.NO,
      stopTimeoutSeconds: 60,
      healthCheck: { command: ["pg_isready", "-U", "a b"], startPeriodSeconds: 9 },
      memoryMib: 512,
    });
    const declarations = [
      declarationOf(synthesizeApp({ mounts: [{ path: "/a", prefix: "a" }], existingBucket: "my-files", ...props })),
      localDeclarationOf(synthesizeLocalApp({ mounts: [{ path: "/a", prefix: "a" }], ...props })),
    ];
    for (const declaration of declarations) {
      expect(isValid(declaration)).toBe(true);
      expect(declaration.sidecars![0]).toMatchObject({
        environment: { A: "\u0301 ${x}" },
        entrypoint: ["sh", "-c"],
        args: ["sleep 1"],
        user: "postgres",
        mounts: [{ path: "/dumps", readOnly: false }],
        ports: [{ containerPort: 5432, hostPort: 15432, protocol: "tcp" }],
        restartPolicy: "no",
        stopTimeoutSeconds: 60,
        healthCheck: {
          command: ["pg_isready", "-U", "a b"],
          intervalSeconds: 5,
          timeoutSeconds: 5,
          retries: 3,
          startPeriodSeconds: 9,
        },
        memoryMib: 512,
      });
    }
    // Each mount of a local app has the emulator's address.
    const [local] = declarations[1].sidecars![0].mounts;
    expect(local.gcsfuseConfig).toMatchObject({ "gcs-auth": { "anonymous-access": true } });
  });
});

describe("images", () => {
  test("in Artifact Registry that are none are told by the prop that has them", () => {
    const image = ContainerImage.fromRegistry("us-east1-docker.pkg.dev/my-project/repository:1");
    expect(() => synthesizeApp(withSidecars({ image }))).toThrow('sidecars[0].image "us-east1-docker.pkg.dev');
  });

  test("whose tag moves are told by the prop that has them", () => {
    const image = ContainerImage.fromRegistry("redis");
    const warnings = annotations((stack) => {
      new GcsBackedContainerApp(stack, "gallery", { ...ready(), ...withSidecars({ image }) });
    });
    expect(warnings.join()).toContain('sidecars[0].image "redis" has a tag that moves');
  });

  test("one object is built once, whoever runs it", () => {
    const image = ContainerImage.fromDirectory(APP_FOLDER);
    const stack = synthesizeApp({ image, ...withSidecars({ name: "worker", image }) });
    expect(Object.keys(stack.resource.docker_image)).toHaveLength(1);
    const declaration = declarationOf(stack);
    expect(declaration.sidecars![0].image).toBe(declaration.image);
  });

  test("a sidecar's own is built and pushed under its name", () => {
    const stack = synthesizeApp(withSidecars({ image: ContainerImage.fromDirectory(APP_FOLDER) }));
    expect(declarationOf(stack).sidecars![0].image).toMatch(
      /^us-east1-docker\.pkg\.dev\/demo-project-123\/gallery\/sidecar-db:[0-9a-f]{32}$/,
    );
    expect(only(stack, "docker_registry_image").name).toContain("/gallery/sidecar-db:");
  });

  test("one in Artifact Registry may be pulled by the VM, which enables the API", () => {
    const image = ContainerImage.fromRegistry("us-east1-docker.pkg.dev/demo-project-123/tools/db:1.2");
    const stack = synthesizeApp(withSidecars({ image }));
    expect(only(stack, "google_artifact_registry_repository_iam_member")).toMatchObject({ repository: "tools" });
    expect(declarationOf(stack).registries).toEqual(["us-east1-docker.pkg.dev"]);
    expect(JSON.stringify(stack)).toContain("artifactregistry.googleapis.com");
    expect(JSON.stringify(synthesizeApp(withSidecars({})))).not.toContain("artifactregistry.googleapis.com");
  });
});

test("the buckets of sidecars are granted, to write where one of all mounts does", () => {
  const { resource } = synthesizeApp({
    mounts: [{ path: "/a" }, { path: "/b", bucket: "media-library", readOnly: true }],
    ...withSidecars({
      mounts: [
        { path: "/b", bucket: "media-library" },
        { path: "/c", bucket: "dumps", readOnly: true },
      ],
    }),
  });
  const roles = Object.values(resource.google_storage_bucket_iam_member).map(({ bucket, role }) => [bucket, role]);
  expect(roles).toContainEqual(["media-library", "roles/storage.objectUser"]);
  expect(roles).toContainEqual(["dumps", "roles/storage.objectViewer"]);
  expect(roles).toHaveLength(3);
});

test("the firewall lets in what a sidecar publishes, and nothing else of it", () => {
  const ports = (props: Partial<GcsBackedContainerAppProps>) =>
    JSON.stringify(Object.values(synthesizeApp(props).resource.google_compute_firewall));
  expect(ports(withSidecars({ ports: [{ containerPort: 5432, hostPort: 15432 }] }))).toContain("15432");
  expect(ports(withSidecars({}))).toBe(ports({}));
  const app = new GcsBackedContainerApp(newStack(), "gallery", {
    ...ready(),
    ports: [],
    ...withSidecars({ ports: [{ containerPort: 53, protocol: Protocol.UDP }, { containerPort: 90 }] }),
  });
  expect(app.address).toBeDefined();
  expect(app.url).toBeUndefined();
});

describe("the local stack", () => {
  test("has a network of the app and its sidecars, in which the machine is, too", () => {
    const stack = synthesizeLocalApp(withSidecars({}));
    const network = named(stack, "docker_network", "gallery-sidecars");
    expect(network.labels).toEqual([{ label: "gcs-backed-container-app", value: "gallery" }]);
    const machine = named(stack, "docker_container", "gallery-machine");
    expect(machine.networks_advanced).toEqual([
      { name: expect.stringMatching(/^\$\{docker_network\..*sidecars.*\.name\}$/) },
    ]);
    expect(machine.depends_on).toEqual(expect.arrayContaining([expect.stringMatching(/^docker_network\..*sidecars/)]));
    // The app's time, then the sidecars', then gcsfuse's.
    expect(machine.destroy_grace_seconds).toBe(30 + 30 + 60 + 15);
  });

  test("has none without", () => {
    const stack = synthesizeLocalApp();
    expect(Object.values(stack.resource.docker_network).map(({ name }) => name)).toEqual(["gallery"]);
    expect(named(stack, "docker_container", "gallery-machine")).not.toHaveProperty("networks_advanced");
  });

  test("emulates the buckets of sidecars", () => {
    const stack = synthesizeLocalApp(withSidecars({ mounts: [{ path: "/dumps", bucket: "dumps" }] }));
    expect(named(stack, "docker_container", "gallery-storage").command).toEqual(["gallery", "dumps"]);
  });
});

test("an environment variable that looks like a secret draws a warning", () => {
  const warnings = annotations(
    (stack) =>
      new GcsBackedContainerApp(stack, "gallery", {
        ...ready(),
        ...withSidecars({ environment: { POSTGRES_PASSWORD: "x" } }),
      }),
  );
  expect(warnings).toEqual([expect.stringMatching(/^environment variable "POSTGRES_PASSWORD" looks like a secret/)]);
});

describe("a folder of a bucket in two containers", () => {
  const mounts = (own: GcsMount[], ...others: GcsMount[][]) => ({
    mounts: own,
    ...withSidecars(...others.map((some, index) => ({ name: `s${index}`, mounts: some }))),
  });

  test.each([
    ["the same mount", mounts([{ path: "/a" }], [{ path: "/b" }], [{ path: "/c" }])],
    ["the app's bucket by a reference", mounts([{ path: "/a", prefix: "x/" }], [{ path: "/b", prefix: "x" }])],
    ["one that only reads", mounts([{ path: "/a" }], [{ path: "/b", readOnly: true }])],
    ["a folder each", mounts([{ path: "/a", prefix: "a" }], [{ path: "/a", prefix: "b" }])],
  ])("is accepted: %s", (_, props) => {
    expect(() => synthesizeApp(props)).not.toThrow();
    expect(() => synthesizeLocalApp(props)).not.toThrow();
  });

  const ADVICE =
    "give each mount that writes a prefix of its own, neither inside the other, or set readOnly for one of the two";
  const SHARE = ", or give both the same options but for the path: the two containers share one mount then";

  test.each([
    [
      "other options",
      mounts([{ path: "/a" }], [{ path: "/a", fileMode: "0666" }]),
      `sidecars[0].mounts[0].prefix undefined is not valid: mounts[0] writes to the whole of the same bucket: ${ADVICE}${SHARE}. They differ in gcsfuseConfig.file-system.file-mode`,
    ],
    [
      "a folder inside",
      mounts([{ path: "/a", prefix: "a" }], [], [{ path: "/a", prefix: "a/b" }]),
      `sidecars[1].mounts[0].prefix "a/b" is not valid: mounts[0] writes to "a" of the same bucket: ${ADVICE}${SHARE}`,
    ],
    [
      "twice in one sidecar",
      mounts(
        [{ path: "/a", prefix: "a" }],
        [
          { path: "/a", prefix: "b" },
          { path: "/b", prefix: "b" },
        ],
      ),
      `sidecars[0].mounts[1].prefix "b" is not valid: sidecars[0].mounts[0] writes to "b" of the same bucket: ${ADVICE}`,
    ],
  ])("is refused: %s", (_, props, message) => {
    expect(() => synthesizeApp(props)).toThrow(new Error(`[cloud/gallery] ${message}`));
  });
});

describe("refused, with what to do", () => {
  const NAME =
    'use at most 63 lower-case letters, digits and "-", beginning with a letter and not ending with "-": it is a host name';
  const untyped = (options: object) => withSidecars(options as Partial<Sidecar>);
  const check = (options: object) => withSidecars({ healthCheck: { command: ["true"], ...options } });
  const SECONDS = "use a whole number from 1 to 86400";

  test.each<[string, { sidecars: Sidecar[] }, string]>([
    ...["", "Db", "my_db", "1db", "db-", "-db", "db.example", "a".repeat(64)].map(
      (name): [string, { sidecars: Sidecar[] }, string] => [
        `name ${JSON.stringify(name)}`,
        withSidecars({ name }),
        `sidecars[0].name ${JSON.stringify(name)} is not valid: ${NAME}`,
      ],
    ),
    ...["app", "localhost"].map((name): [string, { sidecars: Sidecar[] }, string] => [
      `name ${name}`,
      withSidecars({ name }),
      `sidecars[0].name "${name}" is not valid: it is a host name already: use another one`,
    ]),
    [
      "one name twice",
      withSidecars({}, { name: "cache" }, {}),
      'sidecars[2].name "db" is not valid: sidecars[0] has it already: give each name once',
    ],
    [
      "user",
      withSidecars({ user: "a b" }),
      'sidecars[0].user "a b" is not valid: use a name or number such as "www-data" or "1000:1000"',
    ],
    [
      "time to stop",
      withSidecars({ stopTimeoutSeconds: 81 }),
      "sidecars[0].stopTimeoutSeconds 81 is not valid: use a whole number from 1 to 80",
    ],
    [
      "restart policy",
      untyped({ restartPolicy: "sometimes" }),
      'sidecars[0].restartPolicy "sometimes" is not valid: use "always" or "on-failure" or "no"',
    ],
    [
      "too little memory",
      withSidecars({ memoryMib: 5 }),
      "sidecars[0].memoryMib 5 is not valid: use a whole number from 6 to 16777216",
    ],
    [
      "half a MiB",
      withSidecars({ memoryMib: 64.5 }),
      "sidecars[0].memoryMib 64.5 is not valid: use a whole number from 6 to 16777216",
    ],
    [
      "variable",
      withSidecars({ environment: { "1A": "" } }),
      'sidecars[0].environment: environment variable "1A" is not valid: use letters, digits, "_", "." and "-", not beginning with a digit',
    ],
    [
      "value",
      withSidecars({ environment: { A: "\0" } }),
      'sidecars[0].environment: value of environment variable "A" "\\u0000" is not valid: use text without NUL and without half surrogate pairs',
    ],
    [
      "argument",
      withSidecars({ args: ["a", "\0"] }),
      'sidecars[0].args[1] "\\u0000" is not valid: use text without NUL and without half surrogate pairs',
    ],
    [
      "mount",
      withSidecars({}, { name: "b", mounts: [{ path: "data" }] }),
      expect.stringMatching(/^sidecars\[1\]\.mounts\[0\]\.path "data" is not valid: use an absolute path/),
    ],
    [
      "port",
      withSidecars({ ports: [{ containerPort: 0 }] }),
      "sidecars[0].ports[0].containerPort 0 is not valid: use a whole number from 1 to 65535",
    ],
    [
      "the app's port",
      withSidecars({ ports: [{ containerPort: 8080, hostPort: 80 }] }),
      'sidecars[0].ports[0] "80/tcp" is not valid: it is published twice: give each hostPort once',
    ],
    [
      "another sidecar's port",
      withSidecars({ ports: [{ containerPort: 90 }] }, { name: "b", ports: [{ containerPort: 90 }] }),
      'sidecars[1].ports[0] "90/tcp" is not valid: it is published twice: give each hostPort once',
    ],
    [
      "empty command",
      check({ command: [] }),
      'sidecars[0].healthCheck.command [] is not valid: give a program and its arguments such as ["pg_isready"]',
    ],
    [
      "no program",
      check({ command: ["", "a"] }),
      'sidecars[0].healthCheck.command ["","a"] is not valid: give a program and its arguments such as ["pg_isready"]',
    ],
    [
      "command as a text",
      check({ command: "pg_isready" }),
      'sidecars[0].healthCheck.command "pg_isready" is not valid: use a list of strings such as ["pg_isready"]',
    ],
    [
      "NUL in the command",
      check({ command: ["a", "\0"] }),
      'sidecars[0].healthCheck.command[1] "\\u0000" is not valid: use text without NUL and without half surrogate pairs',
    ],
    [
      "no interval",
      check({ intervalSeconds: 0 }),
      `sidecars[0].healthCheck.intervalSeconds 0 is not valid: ${SECONDS}`,
    ],
    ["no time", check({ timeoutSeconds: 0 }), `sidecars[0].healthCheck.timeoutSeconds 0 is not valid: ${SECONDS}`],
    [
      "no retries",
      check({ retries: 0 }),
      "sidecars[0].healthCheck.retries 0 is not valid: use a whole number from 1 to 1000",
    ],
    [
      "start period",
      check({ startPeriodSeconds: -1 }),
      "sidecars[0].healthCheck.startPeriodSeconds -1 is not valid: use a whole number from 0 to 86400",
    ],
    [
      "unknown prop",
      untyped({ port: 5432 }),
      expect.stringMatching(/^sidecars\[0\]\.port is not a prop: use args, .*user$/),
    ],
    [
      "unknown prop of a check",
      check({ test: "x" }),
      expect.stringMatching(/^sidecars\[0\]\.healthCheck\.test is not a prop: use command, /),
    ],
    [
      "no name",
      untyped({ name: undefined }),
      'sidecars[0].name undefined is not valid: it is missing: use a string such as "db"',
    ],
    [
      "no image",
      untyped({ image: undefined }),
      expect.stringMatching(/^sidecars\[0\]\.image undefined is not valid: it is missing: use ContainerImage/),
    ],
    [
      "image as a text",
      untyped({ image: "postgres" }),
      expect.stringMatching(/^sidecars\[0\]\.image "postgres" is not valid: use ContainerImage/),
    ],
    ["no list", { sidecars: {} as Sidecar[] }, expect.stringMatching(/^sidecars {} is not valid: use a list such as/)],
    [
      "a hole",
      { sidecars: [undefined as unknown as Sidecar] },
      expect.stringMatching(/^sidecars\[0\] undefined is not valid: use an object such as/),
    ],
    [
      "an image's reference",
      withSidecars({}, { name: "cache", image: ContainerImage.fromRegistry("Redis:7") }),
      'sidecars[1].image "Redis:7" is not valid: use a reference such as "ghcr.io/me/app:1.2" or "ghcr.io/me/app@sha256:…"',
    ],
    [
      "an option of an image",
      withSidecars({ image: ContainerImage.fromRegistry("redis:7.4.1", { grantPull: 1 as unknown as boolean }) }),
      "sidecars[0].image: grantPull 1 is not valid: use true or false",
    ],
    [
      "the Dockerfile of an image",
      withSidecars({ image: ContainerImage.fromDirectory(APP_FOLDER, { dockerfile: "../Dockerfile" }) }),
      'sidecars[0].image: dockerfile "../Dockerfile" is not valid: use a path in the image\'s folder, relative to it',
    ],
    [
      "a name that only Terraform knows",
      withSidecars({ name: Lazy.stringValue({ produce: () => "db" }) }),
      "sidecars[0].name is an unresolved token: use a name that is known at synthesis",
    ],
  ])("%s", (_, props, message) => {
    const messageOf = (create: () => unknown) => {
      try {
        create();
      } catch (error) {
        return (error as Error).message.replace(/^\[(cloud|local)\/gallery\] /, "");
      }
      return "(accepted)";
    };
    expect(messageOf(() => new GcsBackedContainerApp(newStack(), "gallery", { ...ready(), ...props }))).toEqual(
      message,
    );
    expect(messageOf(() => localApp(props))).toEqual(message);
  });
});

test("unresolved tokens pass, and are left for Terraform to judge", () => {
  const stack = newStack();
  const { stringValue: value } = new TerraformVariable(stack, "value", {});
  new GcsBackedContainerApp(stack, "gallery", {
    ...ready(),
    ...withSidecars({
      user: value,
      environment: { A: value },
      args: [value],
      healthCheck: { command: [value] },
      mounts: [{ path: value, bucket: "dumps" }],
    }),
  });
  const { lifecycle } = only(synthesized(stack), "google_compute_instance");
  const checked = lifecycle.precondition.map((one: { error_message: string }) => one.error_message.split(" is not")[0]);
  expect(checked).toEqual([
    "sidecars[0].user",
    "the value of an environment variable of sidecars[0]",
    "sidecars[0].args[0]",
    "sidecars[0].mounts[0].path",
    "sidecars[0].healthCheck.command[0]",
  ]);
});
