import { ContainerImage, LocalGcsBackedContainerApp, LocalGcsBackedContainerAppProps, Protocol } from "../lib";
import { localDeclarationOf } from "./support/declaration";
import { localApp, named, newLocalStack, readyLocal, synthesizeLocal, synthesizeLocalApp } from "./support/local";
import { underDifferentCircumstances } from "./support/circumstances";
import { addresses, APP_FOLDER, READY_IMAGE, Synthesized, synthesized } from "./support/synthesize";

const storage = (stack: Synthesized) => named(stack, "docker_container", "gallery-storage");
const machine = (stack: Synthesized) => named(stack, "docker_container", "gallery-machine");
const check = (stack: Synthesized) =>
  Object.keys(stack.resource.terraform_data).filter((name) => name.startsWith("gallery_check_"));
const imageNames = (stack: Synthesized) => Object.values(stack.resource.docker_image).map(({ name }) => name);

test("only Docker is asked for anything: no Google provider, no Google resource", () => {
  const stack = synthesizeLocalApp();
  expect(Object.keys(stack.resource).sort()).toEqual([
    "docker_container",
    "docker_image",
    "docker_network",
    "docker_volume",
    "terraform_data",
  ]);
  expect(stack.provider).toEqual({ docker: [{ disable_docker_daemon_check: true }] });
});

/** The stack without what other tests look at: hashes of folders, and the files that the VM's stand-in is given. */
function withoutTexts(stack: Synthesized): object {
  const text = JSON.stringify(stack, (key, value) => (key === "upload" ? "<the files of the VM>" : value));
  return JSON.parse(text.replace(/[0-9a-f]{32}/gi, "<hash>"));
}

test("the whole stack of the simplest app", () => {
  expect(withoutTexts(synthesizeLocalApp())).toMatchSnapshot();
});

test("the whole stack of an app whose data goes with it", () => {
  expect(withoutTexts(synthesizeLocalApp({ deleteDataOnDestroy: true, hostAddress: "0.0.0.0" }))).toMatchSnapshot();
});

test("no container is created before the images that it runs", () => {
  const stack = synthesizeLocalApp({ image: ContainerImage.fromDirectory(APP_FOLDER) });
  const images = Object.entries(stack.resource.docker_image);
  const addressOf = (reference: string) => `docker_image.${images.find(([, { name }]) => name === reference)?.[0]}`;
  for (const container of [storage(stack), machine(stack)]) {
    expect(container.depends_on).toContain(addressOf(container.image));
  }
  // The stand-in runs those of the app and of gcsfuse.
  expect(machine(stack).depends_on).toEqual(expect.arrayContaining(images.map(([name]) => `docker_image.${name}`)));
});

test("nothing is created before Docker was checked", () => {
  const stack = synthesizeLocalApp({ image: ContainerImage.fromDirectory(APP_FOLDER), deleteDataOnDestroy: true });
  const [name] = check(stack);
  for (const type of ["docker_image", "docker_network", "docker_volume"]) {
    for (const resource of Object.values(stack.resource[type])) {
      expect(resource.depends_on).toEqual([`terraform_data.${name}`]);
    }
  }
  expect(stack.resource.terraform_data[name].provisioner).toEqual([
    {
      "local-exec": {
        command: expect.stringMatching(/^node assets\/\S+\/check-docker\.cjs$/),
        environment: { APP: "gallery", VOLUMES: "gallery-files gallery-mounts" },
      },
    },
  ]);
});

describe("the emulated Cloud Storage", () => {
  const FILES = { volume_name: "gallery-files", container_path: "/data" };

  test("is in the app's own network, by the name that gcsfuse asks for, and publishes no port", () => {
    const stack = synthesizeLocalApp();
    const [network] = Object.keys(stack.resource.docker_network);
    expect(stack.resource.docker_network[network].name).toBe("gallery");
    expect(storage(stack)).toMatchObject({
      networks_advanced: [{ name: `\${docker_network.${network}.name}`, aliases: ["storage"] }],
      capabilities: { drop: ["ALL"] },
    });
    expect(storage(stack).ports).toBeUndefined();
    expect(storage(stack).restart).toBe("unless-stopped");
    expect(named(stack, "docker_container", "gallery-machine").env).toContain("SIDECAR_NETWORK=gallery");
  });

  test("has each bucket of the mounts, once", () => {
    const stack = synthesizeLocalApp({
      bucketName: "photos",
      mounts: [{ path: "/a", prefix: "a" }, { path: "/b", prefix: "b" }, { path: "/c", bucket: "media-library" }],
    });
    expect(storage(stack).command).toEqual(["photos", "media-library"]);
  });

  test("keeps its files in a volume that Terraform does not remove", () => {
    const stack = synthesizeLocalApp();
    expect(storage(stack).volumes).toEqual([FILES]);
    const [[name, create]] = Object.entries(stack.resource.terraform_data).filter(([id]) => /create-volume/.test(id));
    expect(create.provisioner).toEqual([
      {
        "local-exec": {
          command: expect.stringMatching(/^node assets\/\S+\/create-volume\.cjs$/),
          environment: { APP: "gallery", VOLUME: "gallery-files" },
        },
      },
    ]);
    expect(create.depends_on).toEqual([`terraform_data.${check(stack)[0]}`]);
    expect(storage(stack).depends_on).toContain(`terraform_data.${name}`);
    expect(Object.values(stack.resource.docker_volume).map(({ name }) => name)).toEqual(["gallery-mounts"]);
  });

  test("keeps them in one that Terraform removes, if that was asked for", () => {
    const stack = synthesizeLocalApp({ deleteDataOnDestroy: true });
    const [volume] = Object.entries(stack.resource.docker_volume).find(([, { name }]) => name === "gallery-files")!;
    expect(storage(stack).volumes).toEqual([FILES]);
    expect(storage(stack).depends_on).toContain(`docker_volume.${volume}`);
  });
});

describe("the ports", () => {
  const published = (props: Partial<LocalGcsBackedContainerAppProps>) =>
    localDeclarationOf(synthesizeLocalApp(props)).ports.map(
      ({ hostAddress, hostPort, containerPort, protocol }) => `${hostAddress}:${hostPort}:${containerPort}/${protocol}`,
    );

  test("are published on this machine only", () => {
    expect(published({})).toEqual(["127.0.0.1:80:80/tcp"]);
  });

  test("are published on the address that was given", () => {
    const ports = [
      { containerPort: 80, hostPort: 8080 },
      { containerPort: 53, hostPort: 5353, protocol: Protocol.UDP },
    ];
    expect(published({ hostAddress: "192.0.2.7", ports })).toEqual(["192.0.2.7:8080:80/tcp", "192.0.2.7:5353:53/udp"]);
  });
});

describe("the URL", () => {
  test.each<[string, Partial<LocalGcsBackedContainerAppProps>, string | undefined]>([
    ["port 80 needs no number", {}, "http://localhost"],
    ["another port does", { ports: [{ containerPort: 80, hostPort: 8080 }] }, "http://localhost:8080"],
    [
      "the first TCP port counts",
      { ports: [{ containerPort: 53, protocol: Protocol.UDP }, { containerPort: 81 }, { containerPort: 80 }] },
      "http://localhost:81",
    ],
    ["UDP has none", { ports: [{ containerPort: 53, protocol: Protocol.UDP }] }, undefined],
    ["every address is this machine's, too", { hostAddress: "0.0.0.0" }, "http://localhost"],
    ["another address answers by itself only", { hostAddress: "192.0.2.7" }, "http://192.0.2.7"],
  ])("%s", (_, props, expected) => {
    expect(localApp(props).url).toBe(expected);
  });
});

describe("the images", () => {
  test("that are built have names that no registry can answer for, and are for the engine's own platform", () => {
    const stack = synthesizeLocalApp({
      image: ContainerImage.fromDirectory(APP_FOLDER, { target: "production" }),
      gcsfuse: { aptSource: "deb http://mirror.test/apt ./" },
    });
    const names = imageNames(stack).map((name) => name.replace(/[0-9a-f]{32}$/, "<hash>"));
    expect(names.sort()).toEqual(
      ["app", "gcs-emulator", "gcsfuse", "local-machine"].map((id) => `localhost/gallery/${id}:<hash>`),
    );
    for (const { build } of Object.values(stack.resource.docker_image)) {
      expect(build.platform).toBeUndefined();
    }
    expect(stack.resource.docker_registry_image).toBeUndefined();
  });

  test("of this package are built on another base image where one is given", () => {
    const [baseImage, other] = ["mirror.test/debian:bookworm-slim", "mirror.test/debian@sha256:" + "0".repeat(64)];
    const stack = synthesizeLocalApp({ baseImage, gcsfuse: { baseImage: other } });
    const built = Object.values(stack.resource.docker_image).filter(({ build }) => build !== undefined);
    const bases = built.map(({ name, build }) => [/gallery\/([a-z-]+):/.exec(name)?.[1], build.build_args.BASE_IMAGE]);
    expect(Object.fromEntries(bases)).toEqual({
      gcsfuse: other,
      "gcs-emulator": baseImage,
      "local-machine": baseImage,
    });
  });

  test("of a registry are pulled by the engine, before the machine asks for them", () => {
    const stack = synthesizeLocalApp();
    const [app, { keep_locally: keep }] = Object.entries(stack.resource.docker_image).find(
      ([, { name }]) => name === READY_IMAGE,
    )!;
    expect(keep).toBe(true);
    expect(machine(stack).depends_on).toContain(`docker_image.${app}`);
  });
});

test("what was created is exposed", () => {
  const { bucketName, volumeName, network, storage: emulator, machine: vm } = localApp({ bucketName: "photos" });
  expect([bucketName, volumeName, network.nameInput]).toEqual(["photos", "gallery-files", "gallery"]);
  expect([emulator.nameInput, vm.nameInput]).toEqual(["gallery-storage", "gallery-machine"]);
});

test("two apps in one stack share no name but those of images that they are given", () => {
  const stack = synthesizeLocal((scope) => {
    for (const id of ["gallery", "shop"]) {
      new LocalGcsBackedContainerApp(scope, id, { ...readyLocal(), deleteDataOnDestroy: true });
    }
  });
  const names = ["docker_container", "docker_network", "docker_volume"].flatMap((type) =>
    Object.values(stack.resource[type]).map(({ name }) => `${type} ${name}`),
  );
  const built = imageNames(stack).filter((name) => name.startsWith("localhost/"));
  expect([names.length, built.length]).toEqual([2 * 5, 2 * 2]);
  expect(new Set([...names, ...built]).size).toBe(2 * 7);
  for (const name of ["gallery", "shop"]) {
    const [volume] = Object.entries(stack.resource.docker_volume).find(([, found]) => found.name === `${name}-mounts`)!;
    expect(named(stack, "docker_container", `${name}-machine`).env).toEqual(
      expect.arrayContaining([`CONTAINER_PREFIX=${name}-`, `RUN_FOLDER=\${docker_volume.${volume}.mountpoint}`]),
    );
  }
});

test("the stack does not depend on the day, the process or chance, and has the same addresses under any name", () => {
  const make = (name: string) => {
    const stack = newLocalStack();
    new LocalGcsBackedContainerApp(stack, "app", { ...readyLocal(), name });
    return synthesized(stack);
  };
  const [one, another] = underDifferentCircumstances(() => make("gallery"));
  expect(JSON.stringify(another)).toBe(JSON.stringify(one));
  expect(addresses(make("gallery"))).toEqual(addresses(make("shop")));
});
