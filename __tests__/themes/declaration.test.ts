/** What the constructs declare and what the JSON Schema takes: the schema is what the VM judges by. */
import Ajv2020 from "ajv/dist/2020";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  ContainerImage,
  GcsBackedContainerAppProps,
  LocalGcsBackedContainerAppProps,
  Protocol,
  RestartPolicy,
} from "../../lib";
import { declarationOf, localDeclarationOf } from "../support/declaration";
import { synthesizeLocalApp } from "../support/local";
import { synthesizeApp } from "../support/synthesize";

const schema = JSON.parse(readFileSync(join(__dirname, "../../lib/boot/declaration.schema.json"), "utf8"));
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema);

/** What is wrong with a declaration, by the schema. */
function faults(declaration: object): string[] {
  validate(declaration);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

type Props = Partial<GcsBackedContainerAppProps & LocalGcsBackedContainerAppProps>;
const mount = (options: object): Props => ({ mounts: [{ path: "/data", ...options }] });
const text = "\n\t\"'\\ ${x} %{y} cafe\u0301 \u{1f468}\u200d\u{1f469} \u2028\u0001";

test.each<[string, Props]>([
  ["the defaults", {}],
  ["any text", { environment: { A: text, "a.b-c_1": "" }, entrypoint: ["", text], args: [text] }],
  ["no ports", { ports: [] }],
  ["ports", { ports: [{ containerPort: 1 }, { containerPort: 65535, hostPort: 1024, protocol: Protocol.UDP }] }],
  ["a user", { user: "www-data:33" }],
  ["the longest times", { stopTimeoutSeconds: 80, startTimeoutSeconds: 86400 }],
  ["the shortest times", { stopTimeoutSeconds: 1, startTimeoutSeconds: 1 }],
  ["policy always", { restartPolicy: RestartPolicy.ALWAYS }],
  ["policy no", { restartPolicy: RestartPolicy.NO }],
  ["a short path", { mounts: [{ path: "/a" }] }],
  [
    "odd paths",
    {
      mounts: ["/with space/\u00fc", "/a,b", "/it's", "/..a", '/"\\', "/${x}"].map((path, index) => ({
        path,
        prefix: `${index}`,
      })),
    },
  ],
  ["ids", mount({ uid: 0, gid: 4294967294 })],
  ["a bucket with dots", mount({ bucket: "1.example_photos-a.b" })],
  ["a gcsfuse config", mount({ gcsfuseConfig: { write: { "block-size-mb": 8.5 }, list: [1, null, true], no: null } })],
  ["an image with a port", { image: ContainerImage.fromRegistry("localhost:5000/a_b/c.d:V1.2-x_y") }],
  ["privileged gcsfuse", { gcsfuse: { image: ContainerImage.fromRegistry("ghcr.io/me/fuse:1.0"), privileged: true } }],
])("what is accepted is valid: %s", (_, props) => {
  const cloud = declarationOf(synthesizeApp({ existingBucket: "my-files", ...props }));
  expect(faults(cloud)).toEqual([]);
  expect(faults(localDeclarationOf(synthesizeLocalApp(props)))).toEqual([]);
});

test("a registry that is logged in to, and access to the metadata server", () => {
  const image = ContainerImage.fromRegistry("us-east1-docker.pkg.dev/demo-project-123/tools/app:1.2");
  const declaration = declarationOf(
    synthesizeApp({ existingBucket: "my-files", image, machine: { metadataServerAccess: true } }),
  );
  expect(declaration).toMatchObject({ registries: ["us-east1-docker.pkg.dev"], metadataServerAccess: true });
  expect(faults(declaration)).toEqual([]);
});

test("the schema itself refuses what is missing, unknown, or of another type", () => {
  const declaration = declarationOf(synthesizeApp({ existingBucket: "my-files" }));
  for (const key of schema.required) {
    expect(faults({ ...declaration, [key]: undefined })).toHaveLength(1);
  }
  expect(faults({ ...declaration, other: 1 })).toEqual([" must NOT have additional properties"]);
  expect(faults({ ...declaration, user: 33 })).toContain("/user must be string");
  expect(faults({ ...declaration, environment: { "1": "x" } }).length).toBeGreaterThan(0);
});
