import { TerraformVariable } from "cdktf";
import {
  GcsBackedContainerApp,
  LocalGcsBackedContainerApp,
  LocalGcsBackedContainerAppProps,
  RestartPolicy,
} from "../../lib";
import { machineFiles } from "../../lib/boot/machine-files";
import { declarationOf, localDeclarationOf } from "../support/declaration";
import { named, newLocalStack, readyLocal, synthesizeLocalApp, uploadsOf } from "../support/local";
import { only, ready, Synthesized, synthesize, synthesized } from "../support/synthesize";

const machine = (stack: Synthesized) => named(stack, "docker_container", "gallery-machine");
/** Terraform's expression for where the engine has the volume in memory. */
const mountpoint = (stack: Synthesized) =>
  `\${docker_volume.${Object.keys(stack.resource.docker_volume)[0]}.mountpoint}`;

test("it has the engine's socket, the right to mount, and a folder in memory under the engine's own path", () => {
  const stack = synthesizeLocalApp({ dockerSocket: "/run/user/docker.sock" });
  const folder = mountpoint(stack);
  expect(only(stack, "docker_volume")).toMatchObject({
    name: "gallery-mounts",
    driver_opts: { type: "tmpfs", device: "tmpfs", o: expect.stringMatching(/^shared,/) },
  });
  expect(machine(stack).mounts).toEqual([
    { type: "volume", source: folder.replace(".mountpoint}", ".name}"), target: "/mnt/volume" },
    { type: "bind", source: folder, target: folder, bind_options: { propagation: "rshared" } },
    { type: "bind", source: "/run/user/docker.sock", target: "/var/run/docker.sock" },
  ]);
  expect(machine(stack).capabilities).toEqual({ drop: ["ALL"], add: ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"] });
  expect(machine(stack).privileged).toBeUndefined();
});

test("the engine's socket is where it usually is", () => {
  expect(machine(synthesizeLocalApp()).mounts[2].source).toBe("/var/run/docker.sock");
});

test("it is told where everything is, and has the app's time to stop and gcsfuse's after it", () => {
  const stack = synthesizeLocalApp({ stopTimeoutSeconds: 7 });
  expect(machine(stack)).toMatchObject({
    env: [
      `RUN_FOLDER=${mountpoint(stack)}`,
      "CONTAINER_PREFIX=gallery-",
      "CONTAINER_LABEL=gallery",
      "SIDECAR_NETWORK=gallery",
      "REPORT_STATE=false",
    ],
    stop_timeout: 82,
    destroy_grace_seconds: 82,
  });
  expect(localDeclarationOf(stack).stopTimeoutSeconds).toBe(7);
});

test("what it runs may mount, and it comes back with the engine", () => {
  const stack = synthesizeLocalApp();
  // AppArmor's default profile for containers forbids to mount.
  expect(machine(stack)).toMatchObject({ security_opts: ["apparmor=unconfined"], restart: "unless-stopped" });
});

test("it is healthy while the app is live, by the state that its scripts write", () => {
  const stack = synthesizeLocalApp();
  expect(machine(stack).healthcheck).toMatchObject({
    test: ["CMD", "grep", "-q", "^live", `${mountpoint(stack)}/state/app`],
  });
});

test("every container and volume is labelled as the app's, so that only those are removed", () => {
  const stack = synthesizeLocalApp({ deleteDataOnDestroy: true });
  const labels = [{ label: "gcs-backed-container-app", value: "gallery" }];
  const resources = ["docker_container", "docker_volume"].flatMap((type) => Object.values(stack.resource[type]));
  expect(resources.map((resource) => [resource.name, resource.labels])).toEqual(
    expect.arrayContaining(["machine", "storage", "mounts", "files"].map((what) => [`gallery-${what}`, labels])),
  );
  // The containers that the scripts create are labelled with it.
  expect(machine(stack).env).toContain("CONTAINER_LABEL=gallery");
});

describe("the deployment waits until the app is live", () => {
  const wait = (props: Partial<LocalGcsBackedContainerAppProps> = {}) => {
    const stack = synthesizeLocalApp(props);
    const waits = Object.entries(stack.resource.terraform_data).filter(([name]) => name.includes("machine_live"));
    expect(waits).toHaveLength(1);
    return { stack, data: waits[0][1] };
  };

  test("for five minutes", () => {
    expect(wait().data.provisioner).toEqual([
      {
        "local-exec": {
          command: expect.stringMatching(/^node assets\/\S+\/await-machine\.cjs$/),
          environment: { MACHINE: "gallery-machine", TIMEOUT_SECONDS: "300" },
        },
      },
    ]);
  });

  test("for as long as was given", () => {
    const [{ "local-exec": script }] = wait({ startTimeoutSeconds: 20 }).data.provisioner;
    expect(script.environment.TIMEOUT_SECONDS).toBe("20");
  });

  test("again for each new machine", () => {
    const { stack, data } = wait();
    const [name] = Object.keys(stack.resource.docker_container).filter((id) => id.startsWith("gallery_machine_"));
    expect(data.triggers_replace).toContain(`\${docker_container.${name}.id}`);
  });
});

describe("the app is what it is in the cloud", () => {
  const text = {
    environment: { GREETING: "cafe\u0301 ${x}\n", EMPTY: "" },
    entrypoint: ["python", "-u"],
    args: ["main.py", "%{ if"],
  };
  const props = {
    ...text,
    mounts: [
      { path: "/srv/app/up, loads", fileMode: "0640", uid: 33, gid: 33 },
      { path: "/srv/media", bucket: "media-library", prefix: "photos", readOnly: true },
    ],
    ports: [{ containerPort: 8000, hostPort: 8080 }, { containerPort: 81 }],
    user: "33:33",
    stopTimeoutSeconds: 5,
    restartPolicy: RestartPolicy.ALWAYS,
    gcsfuse: { ...ready().gcsfuse, privileged: true },
  };
  const local = synthesizeLocalApp(props);
  const cloud = synthesize(
    (stack) =>
      new GcsBackedContainerApp(stack, "gallery", {
        ...ready(),
        ...props,
        existingBucket: "gallery",
        machine: { metadataServerAccess: true },
      }),
  );
  const inCloud = declarationOf(cloud);
  const here = localDeclarationOf(local);

  test("the VM's scripts, and the schema of the declaration that they read", () => {
    const { "declaration.json": declaration, ...files } = uploadsOf(local);
    expect(declaration).toMatch(/^\$\{(replace\()?jsonencode\(/);
    expect(Object.keys(files).sort()).toEqual(Object.keys(machineFiles()).sort());
    for (const [name, content] of Object.entries(files)) {
      expect({ name, content: content.replace(/([$%])\1\{/g, "$1{") }).toEqual({ name, content: machineFiles()[name] });
    }
  });

  test("the same declaration, but for the address of its ports and gcsfuse's configuration", () => {
    expect(here).toEqual({
      ...inCloud,
      ports: inCloud.ports.map((port) => ({ ...port, hostAddress: "127.0.0.1" })),
      mounts: inCloud.mounts.map((mount, index) => ({ ...mount, gcsfuseConfig: here.mounts[index].gcsfuseConfig })),
    });
    expect(here).toMatchObject(text);
  });

  test("the same gcsfuse configuration, but for the storage and the log", () => {
    here.mounts.forEach(({ gcsfuseConfig }, index) => {
      expect(gcsfuseConfig).toEqual({
        ...inCloud.mounts[index].gcsfuseConfig,
        "gcs-connection": { "custom-endpoint": "http://storage:4443/storage/v1/" },
        "gcs-auth": { "anonymous-access": true },
        "enable-hns": false,
        logging: { severity: "trace", format: "json" },
      });
    });
  });
});

test("a mount's own address of Cloud Storage gives way to the emulated one", () => {
  const stack = synthesizeLocalApp({ mounts: [{ path: "/data", customEndpoint: "https://storage.example.com/" }] });
  expect(localDeclarationOf(stack).mounts[0].gcsfuseConfig["gcs-connection"]).toEqual({
    "custom-endpoint": "http://storage:4443/storage/v1/",
  });
});

describe("an unresolved token", () => {
  type Variable = (name: string) => string;
  const withTokens = (props: (variable: Variable) => Partial<LocalGcsBackedContainerAppProps>) => {
    const stack = newLocalStack();
    const variable = (name: string) => new TerraformVariable(stack, name, {}).stringValue;
    new LocalGcsBackedContainerApp(stack, "gallery", { ...readyLocal(), ...props(variable) });
    return synthesized(stack);
  };

  test("is a part of the environment", () => {
    const stack = withTokens((v) => ({ environment: { A: v("one"), B: `b ${v("two")}` } }));
    expect(localDeclarationOf(stack).environment).toEqual({ A: '${join("", [var.one])}', B: "b ${var.two}" });
  });

  test.each<[string, (variable: Variable) => Partial<LocalGcsBackedContainerAppProps>]>([
    ["bucketName", (v) => ({ bucketName: v("value") })],
    ["mount path", (v) => ({ mounts: [{ path: v("value") }] })],
    ["args", (v) => ({ args: [v("value")] })],
    ["user", (v) => ({ user: v("value") })],
    ["hostAddress", (v) => ({ hostAddress: v("value") })],
    ["dockerSocket", (v) => ({ dockerSocket: v("value") })],
  ])("is accepted and reaches the stand-in or its storage: %s", (_, props) => {
    const json = JSON.stringify(withTokens(props), (key, value) => (key === "precondition" ? undefined : value));
    expect(json).toContain("var.value");
    expect(json).not.toMatch(/TfToken|TOKEN\[/);
  });

  test("is accepted as the app's name", () => {
    const stack = newLocalStack();
    const name = new TerraformVariable(stack, "value", {}).stringValue;
    new LocalGcsBackedContainerApp(stack, "gallery", { ...readyLocal(), name });
    const { resource } = synthesized(stack);
    expect(Object.values(resource.docker_container).map((container) => container.name)).toEqual([
      "${var.value}-machine",
      "${var.value}-storage",
    ]);
    expect(JSON.stringify(resource)).not.toMatch(/TfToken|TOKEN\[/);
  });
});
