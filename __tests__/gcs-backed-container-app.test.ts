import { resolve } from "cdktf/lib/_tokens";
import { GcsBackedContainerApp, GcsBackedContainerAppProps, Protocol, RestartPolicy } from "../lib";
import { underDifferentCircumstances } from "./support/circumstances";
import {
  newStack,
  only,
  ready,
  simplest,
  Synthesized,
  synthesize,
  synthesizeApp,
  synthesized,
} from "./support/synthesize";

/** The stack without what other tests look at: hashes of files and folders, and the text of the payload. */
function withoutTexts(stack: Synthesized): object {
  const text = JSON.stringify(stack, (key, value) => (key === "user-data" ? "<the cloud-config>" : value));
  return JSON.parse(text.replace(/[0-9a-f]{32}/gi, "<hash>"));
}

test("the whole stack of the simplest app", () => {
  const stack = synthesize(
    (scope) => new GcsBackedContainerApp(scope, "gallery", { ...simplest(), gcsfuse: undefined }),
  );
  expect(withoutTexts(stack)).toMatchSnapshot();
});

describe("what was created is exposed", () => {
  const app = (props: Partial<GcsBackedContainerAppProps> = {}) =>
    new GcsBackedContainerApp(newStack(), "gallery", { ...ready(), ...props });

  test("by default", () => {
    const { bucket, bucketName, address, instance, serviceAccount, repository, userData } = app();
    expect(bucket?.nameInput).toBe("demo-project-123-gallery");
    expect(resolve(bucket!, bucketName)).toBe(resolve(bucket!, bucket!.name));
    expect(address?.nameInput).toBe("gallery");
    expect(instance.nameInput).toBe("gallery");
    expect(serviceAccount.accountIdInput).toBe("gallery-vm");
    expect(repository).toBeUndefined();
    expect(userData).toMatch(/^#cloud-config\n/);
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

test("the app's options reach the payload", () => {
  const stack = synthesizeApp({
    environment: { A: "b" },
    entrypoint: ["python"],
    args: ["main.py"],
    user: "33",
    stopTimeoutSeconds: 5,
    restartPolicy: RestartPolicy.ALWAYS,
    machine: { metadataServerAccess: true },
    gcsfuse: { ...ready().gcsfuse, privileged: true },
  });
  const { "user-data": userData } = only(stack, "google_compute_instance").metadata;
  const fileOf = (name: string, line: string) =>
    `/app/${name}\n    permissions: "0600"\n    owner: root:root\n    content: |\n      ${line}\n`;
  for (const text of [
    "A Yg==\n",
    "cHl0aG9u\n",
    "bWFpbi5weQ==\n",
    "--user=33\n",
    "--stop-timeout=5\n",
    fileOf("restart-policy", "always"),
    fileOf("metadata-server-access", "true"),
    "--privileged\n",
  ]) {
    expect(userData).toContain(text);
  }
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
