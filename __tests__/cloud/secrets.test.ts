import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret";
import { SecretManagerSecretVersion } from "@cdktf/provider-google/lib/secret-manager-secret-version";
import { Lazy, TerraformStack, TerraformVariable, Testing, Token } from "cdktf";
import { GcsBackedContainerApp, GcsBackedContainerAppProps, Secret } from "../../lib";
import { declarationOf } from "../support/declaration";
import { newStack, only, ready, simplest, Synthesized, synthesizeApp, synthesized } from "../support/synthesize";

const GRANT = "google_secret_manager_secret_iam_member";
const OWN = "projects/demo-project-123/secrets/";

const grants = (stack: Synthesized) =>
  Object.entries(stack.resource[GRANT] ?? {}).map(([address, { secret_id: secret }]) => [
    address.replace(/_[0-9A-F]{8}$/, ""),
    secret,
  ]);

/** The app in a stack with what `define` adds. */
function synthesizeWith(define: (stack: ReturnType<typeof newStack>) => Partial<GcsBackedContainerAppProps>) {
  const stack = newStack();
  new GcsBackedContainerApp(stack, "gallery", { ...ready(), ...define(stack) });
  return synthesized(stack);
}

describe("the declaration names the secrets, and has no value", () => {
  test("of variables and of files, in the order of their names", () => {
    const declaration = declarationOf(
      synthesizeApp({
        secrets: {
          Z_TOKEN: Secret.fromSecretManager("z", { version: "latest" }),
          DB_PASSWORD: Secret.fromSecretManager("db-password", { version: "3" }),
        },
        secretFiles: {
          "/run/secrets/tls.key": Secret.fromSecretManager("tls", { project: "other-project" }),
          "/etc/app/key": Secret.fromSecretManager("projects/123456/secrets/Key_1", { version: "12" }),
        },
      }),
    );
    expect(Object.entries(declaration.secrets!)).toEqual([
      ["DB_PASSWORD", { secret: `${OWN}db-password`, version: "3" }],
      ["Z_TOKEN", { secret: `${OWN}z`, version: "latest" }],
    ]);
    expect(Object.entries(declaration.secretFiles!)).toEqual([
      ["/etc/app/key", { secret: "projects/123456/secrets/Key_1", version: "12" }],
      ["/run/secrets/tls.key", { secret: "projects/other-project/secrets/tls", version: "latest" }],
    ]);
  });

  test("and none where there are none, so that nothing changes for such an app", () => {
    const stack = synthesizeApp({ secrets: {}, secretFiles: {} });
    expect(Object.keys(declarationOf(stack))).not.toEqual(expect.arrayContaining([expect.stringMatching(/secret/)]));
    expect(stack).toEqual(synthesizeApp());
  });
});

describe("the VM's identity may read exactly the secrets that are used", () => {
  const stack = synthesizeApp({
    secrets: {
      A: Secret.fromSecretManager("db-password", { version: "3" }),
      B: Secret.fromSecretManager(`${OWN}db-password`, { version: "4" }),
    },
    secretFiles: {
      "/a": Secret.fromSecretManager("db-password"),
      "/b": Secret.fromSecretManager("db-password", { project: "other-project" }),
    },
  });

  test("each once, however often it is used", () => {
    expect(grants(stack)).toEqual([
      ["gallery_secret-access-db-password", `${OWN}db-password`],
      ["gallery_secret-access-other-project_db-password", "projects/other-project/secrets/db-password"],
    ]);
  });

  test("and only read their values; the VM comes after that", () => {
    const { depends_on: dependsOn } = only(stack, "google_compute_instance");
    for (const [address, grant] of Object.entries(stack.resource[GRANT])) {
      expect(grant).toMatchObject({
        role: "roles/secretmanager.secretAccessor",
        member: expect.stringMatching(/^\$\{google_service_account\..*\.member\}$/),
        depends_on: expect.arrayContaining([expect.stringMatching(/^terraform_data\.apis-/)]),
      });
      expect(dependsOn).toContain(`${GRANT}.${address}`);
    }
  });

  test("which its description says", () => {
    const { description } = only(stack, "google_service_account");
    expect(description).toContain(", reads its secrets, writes logs");
  });

  test("with every duty within the 256 bytes that the provider takes", () => {
    const { description } = only(
      synthesizeApp({
        ...simplest(),
        name: "n".repeat(27),
        mounts: [{ path: "/a" }, { path: "/b", readOnly: true }],
        secretFiles: { "/s": Secret.fromSecretManager("s") },
      }),
      "google_service_account",
    );
    expect(description.length).toBeLessThanOrEqual(256);
  });
});

test("Secret Manager is enabled only where it is used", () => {
  const services = (props: Partial<GcsBackedContainerAppProps>) =>
    Object.values(synthesizeApp(props).resource.google_project_service).map(({ service }) => service);
  const used = "secretmanager.googleapis.com";
  expect(services({})).not.toContain(used);
  expect(services({ secretFiles: { "/s": Secret.fromSecretManager("s") } })).toContain(used);
  expect(services({ secrets: { S: Secret.fromSecretManager("s", { version: "1" }) } })).toContain(used);
});

describe("a secret of the same stack", () => {
  const stack = synthesizeWith((scope) => {
    const secret = new SecretManagerSecret(scope, "secret", { secretId: "db", replication: { auto: {} } });
    const { version } = new SecretManagerSecretVersion(scope, "version", { secret: secret.id, secretData: "x" });
    return {
      secrets: { DB_PASSWORD: Secret.fromSecretManager(secret.secretId, { version }) },
      secretFiles: { "/run/secrets/db": Secret.fromSecretManager(secret.secretId, { version }) },
    };
  });
  const FULL =
    '${replace(join("", [google_secret_manager_secret.secret.secret_id]), "/^([^/]*)$/", join("", ["projects/demo-project-123/secrets/", "$1"]))}';

  test("gets the app's project, unless its name has one, and is granted once", () => {
    expect(declarationOf(stack).secrets).toEqual({
      DB_PASSWORD: {
        secret: FULL.replace("${", '${join("", [').replace(/\}$/, "])}"),
        version: '${join("", [google_secret_manager_secret_version.version.version])}',
      },
    });
    expect(grants(stack)).toEqual([["gallery_secret-access-google_secret_manager_secretsecret", FULL]]);
  });

  test("is judged by Terraform before the VM is changed", () => {
    const { precondition } = only(stack, "google_compute_instance").lifecycle;
    expect(precondition.map(({ error_message: message }: { error_message: string }) => message)).toEqual([
      'the name of secrets[0] is not valid: use the id of a secret such as "db-password", or its full name "projects/PROJECT/secrets/SECRET"',
      'the version of secrets[0] is not valid: use the number of a version, or "latest"',
      'the name of secretFiles[0] is not valid: use the id of a secret such as "db-password", or its full name "projects/PROJECT/secrets/SECRET"',
      'the version of secretFiles[0] is not valid: use the number of a version, or "latest"',
    ]);
  });
});

describe("a grant of a secret that a token names", () => {
  const secretOf = (stack: TerraformStack, secretId: string, id = secretId) =>
    new SecretManagerSecret(stack, id, { secretId, replication: { auto: {} } });
  const granting = (...names: string[]) => {
    const secrets = names.map((name, index) => [`S${index}`, Secret.fromSecretManager(name, { version: "1" })]);
    return { secrets: Object.fromEntries(secrets) as { [name: string]: Secret } };
  };

  test("is one for each secret, also where other stacks have a resource of the same name", () => {
    const app = Testing.app();
    const [one, other, own] = ["one", "other", "own"].map((id) => newStack(id, app));
    const names = [one, other, own].map((stack, index) => secretOf(stack, `s${index}`, "secret").secretId);
    new GcsBackedContainerApp(own, "gallery", { ...ready(), ...granting(...names) });
    expect(grants(synthesized(own))).toHaveLength(3);
  });

  test("is one where several attributes name it", () => {
    const stack = synthesizeWith((scope) => {
      const { secretId, id, name } = secretOf(scope, "db");
      return granting(secretId, id, name);
    });
    expect(grants(stack)).toHaveLength(1);
  });

  test("keeps its address when another secret is added before it, or has a number for a name", () => {
    const addresses = (...before: string[]) =>
      Object.keys(
        synthesizeWith((scope) => {
          const db = secretOf(scope, "db");
          return granting(...before.map((name) => secretOf(scope, name).secretId), db.secretId, "0");
        }).resource[GRANT],
      );
    expect(addresses("api")).toEqual(expect.arrayContaining(addresses()));
    expect(addresses()).toHaveLength(2);
  });
});

test("texts that are known at the end of the synthesis, and numbers, may be names and versions", () => {
  const stack = synthesizeWith((scope) => {
    const lazy = (text: string) => Lazy.stringValue({ produce: () => text });
    const number = new TerraformVariable(scope, "number", { type: "number" }).numberValue;
    return {
      project: lazy("own-project"),
      secrets: {
        A: Secret.fromSecretManager(lazy("db-password"), { version: String(number) }),
        B: Secret.fromSecretManager("b", { version: Token.asString(number) }),
      },
    };
  });
  const full =
    'replace(join("", ["db-password"]), "/^([^/]*)$/", join("", ["projects/", "own-project", "/secrets/", "$1"]))';
  expect(declarationOf(stack).secrets).toEqual({
    A: { secret: `\${join("", [${full}])}`, version: '${join("", [var.number])}' },
    B: { secret: "projects/own-project/secrets/b", version: '${join("", [var.number])}' },
  });
});

test("unresolved tokens may be the names of a variable, a path and projects", () => {
  const stack = synthesizeWith((scope) => {
    const variable = (name: string) => new TerraformVariable(scope, name, {}).stringValue;
    return {
      project: variable("own"),
      secrets: { [variable("name")]: Secret.fromSecretManager("a", { version: "1" }) },
      secretFiles: { [variable("path")]: Secret.fromSecretManager("a", { project: variable("other") }) },
    };
  });
  const text = (name: string) => `\${join("", [var.${name}])}`;
  const { secrets, secretFiles } = declarationOf(stack);
  expect(secrets).toEqual({ [text("name")]: { secret: "projects/${var.own}/secrets/a", version: "1" } });
  expect(secretFiles).toEqual({ [text("path")]: { secret: "projects/${var.other}/secrets/a", version: "latest" } });
  expect(grants(stack)).toEqual([
    ["gallery_secret-access-a", "projects/${var.own}/secrets/a"],
    ["gallery_secret-access-varother_a", "projects/${var.other}/secrets/a"],
  ]);
  const { precondition } = only(stack, "google_compute_instance").lifecycle;
  expect(precondition.map(({ error_message: message }: { error_message: string }) => message.split(" is ")[0])).toEqual(
    [
      "the name of a variable in secrets",
      "the path of secretFiles[0]",
      "the name of secrets[0]",
      "the name of secretFiles[0]",
    ],
  );
});
