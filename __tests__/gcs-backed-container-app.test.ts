import { resolve } from "cdktf/lib/_tokens";
import { ContainerImage, GcsBackedContainerApp, GcsBackedContainerAppProps, Protocol, RestartPolicy } from "../lib";
import { underDifferentCircumstances } from "./support/circumstances";
import { declarationOf } from "./support/declaration";
import {
  GCSFUSE_IMAGE,
  newStack,
  only,
  ready,
  READY_IMAGE,
  simplest,
  Synthesized,
  synthesize,
  synthesizeApp,
  synthesized,
} from "./support/synthesize";

/** The stack without hashes of files and folders. */
function withoutHashes(stack: Synthesized): object {
  return JSON.parse(JSON.stringify(stack).replace(/[0-9a-f]{32}/gi, "<hash>"));
}

test("the whole stack of the simplest app", () => {
  const stack = synthesize(
    (scope) => new GcsBackedContainerApp(scope, "gallery", { ...simplest(), gcsfuse: undefined }),
  );
  expect(withoutHashes(stack)).toMatchSnapshot();
});

describe("what was created is exposed", () => {
  const app = (props: Partial<GcsBackedContainerAppProps> = {}) =>
    new GcsBackedContainerApp(newStack(), "gallery", { ...ready(), ...props });

  test("by default", () => {
    const { bucket, bucketName, address, instance, serviceAccount, repository } = app();
    expect(bucket?.nameInput).toBe("demo-project-123-gallery");
    expect(resolve(bucket!, bucketName)).toBe(resolve(bucket!, bucket!.name));
    expect(address?.nameInput).toBe("gallery");
    expect(instance.nameInput).toBe("gallery");
    expect(serviceAccount.accountIdInput).toBe("gallery-vm");
    expect(repository).toBeUndefined();
  });

  test("where images are built", () => {
    expect(app(simplest()).repository?.repositoryIdInput).toBe("gallery");
  });

  test("where things exist already, or are not wanted", () => {
    const { bucket, bucketName, address, url } = app({
      existingBucket: "files",
      network: { externalAddress: false },
      ports: [],
    });
    expect([bucket, bucketName, address, url]).toEqual([undefined, "files", undefined, undefined]);
  });
});

describe("the URL", () => {
  const url = (props: Partial<GcsBackedContainerAppProps>) => {
    const stack = newStack();
    const app = new GcsBackedContainerApp(stack, "gallery", { ...ready(), ...props });
    return app.url?.replace(/\$\{.*?\]\}/, "ADDRESS");
  };

  test.each<[string, Partial<GcsBackedContainerAppProps>, string | undefined]>([
    ["port 80 needs no number", {}, "http://ADDRESS"],
    ["another port does", { ports: [{ containerPort: 80, hostPort: 8080 }] }, "http://ADDRESS:8080"],
    [
      "the first TCP port counts",
      { ports: [{ containerPort: 53, protocol: Protocol.UDP }, { containerPort: 81 }, { containerPort: 80 }] },
      "http://ADDRESS:81",
    ],
    ["UDP has none", { ports: [{ containerPort: 53, protocol: Protocol.UDP }] }, undefined],
    [
      "without external address it is the internal one",
      { network: { externalAddress: false, sourceRanges: ["10.0.0.0/8"] } },
      "http://ADDRESS",
    ],
  ])("%s", (_, props, expected) => {
    expect(url(props)).toBe(expected);
  });
});

describe("the declaration of what the VM runs", () => {
  test("has an app's defaults, and what the constructs add to it", () => {
    expect(declarationOf(synthesizeApp())).toEqual({
      schemaVersion: 1,
      image: READY_IMAGE,
      environment: {},
      restartPolicy: "on-failure",
      stopTimeoutSeconds: 30,
      startTimeoutSeconds: 300,
      ports: [{ containerPort: 80, hostPort: 80, protocol: "tcp" }],
      mounts: [
        {
          path: "/srv/app/uploads",
          bucket: expect.stringMatching(/^\$\{join\("", \[google_storage_bucket\.gallery_bucket_\w+\.name\]\)\}$/),
          readOnly: false,
          gcsfuseConfig: {
            "implicit-dirs": true,
            "file-system": { "fuse-options": ["allow_other"], "rename-dir-limit": 10000, "temp-dir": "/var/tmp" },
            logging: { severity: "info", format: "json" },
            ...{
              "file-cache": {},
              "gcs-connection": {},
              "metadata-cache": {},
            },
          },
        },
      ],
      gcsfuse: { image: GCSFUSE_IMAGE, privileged: false },
      metadataServerAccess: false,
      registries: [],
    });
  });

  test("has every option that is given, as it was given", () => {
    const given = {
      environment: { A: "b", TEXT: "cafe\u0301 ${x}\n" },
      entrypoint: ["python", "-u"],
      args: ["main.py", "%{ if"],
      user: "33:33",
      stopTimeoutSeconds: 5,
      startTimeoutSeconds: 60,
      restartPolicy: RestartPolicy.ALWAYS,
    };
    const stack = synthesizeApp({
      ...given,
      image: ContainerImage.fromRegistry("us-east1-docker.pkg.dev/demo-project-123/tools/app:1.2"),
      ports: [{ containerPort: 53, hostPort: 5353, protocol: Protocol.UDP }],
      mounts: [{ path: "/a, b", bucket: "media-library", readOnly: true, uid: 1, gid: 2 }],
      machine: { metadataServerAccess: true },
      gcsfuse: { ...ready().gcsfuse, privileged: true },
    });
    expect(declarationOf(stack)).toMatchObject({
      ...given,
      image: "us-east1-docker.pkg.dev/demo-project-123/tools/app:1.2",
      ports: [{ containerPort: 53, hostPort: 5353, protocol: "udp" }],
      mounts: [{ path: "/a, b", bucket: "media-library", readOnly: true, uid: 1, gid: 2 }],
      gcsfuse: { image: GCSFUSE_IMAGE, privileged: true },
      metadataServerAccess: true,
      registries: ["us-east1-docker.pkg.dev"],
    });
  });
});

test("labels are on every resource that supports them", () => {
  const stack = synthesizeApp({ ...simplest(), gcsfuse: undefined, labels: { team: "web", app: "my-app" } });
  for (const type of [
    "google_storage_bucket",
    "google_compute_instance",
    "google_compute_address",
    "google_artifact_registry_repository",
  ]) {
    expect(only(stack, type).labels).toEqual({ app: "my-app", team: "web" });
  }
});

test("the name is the construct's id where none is given", () => {
  expect(only(synthesizeApp({}, "wiki"), "google_compute_instance").name).toBe("wiki");
});

test("the stack does not depend on the day, the process or chance", () => {
  const make = () => {
    const stack = newStack();
    new GcsBackedContainerApp(stack, "gallery", simplest());
    return synthesized(stack);
  };
  const [one, another] = underDifferentCircumstances(make);
  expect(JSON.stringify(another)).toBe(JSON.stringify(one));
});
