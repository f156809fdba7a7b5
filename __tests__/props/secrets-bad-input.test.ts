import { TerraformVariable } from "cdktf";
import { GcsBackedContainerApp, GcsBackedContainerAppProps, LocalGcsBackedContainerApp, Secret } from "../../lib";
import { newLocalStack, readyLocal } from "../support/local";
import { newStack, ready } from "../support/synthesize";

type Props = Partial<GcsBackedContainerAppProps>;

const NAME =
  'use the name of a secret such as "db-password": at most 255 letters, digits, "_" and "-", or its full name such as "projects/my-project/secrets/db-password" without a version';
const PROJECT =
  "use the project's id (not its number or display name): 6 to 30 lower-case letters, digits and hyphens (gcloud projects list)";
const VERSION = 'use the number of a version such as "3", or "latest" (gcloud secrets versions list)';
const VARIABLE = 'use letters, digits, "_", "." and "-", not beginning with a digit';
const PATH =
  'use an absolute path in the container such as "/run/secrets/db-password": not "/", no empty, "." or ".." segments, no trailing slash, no space at either end, no line breaks or control characters, Unicode in form NFC';
const SECRET = 'use Secret.fromSecretManager("db-password", { version: "3" })';

const variable = (name: string, options: object = { version: "1" }): Props => ({
  secrets: { DB: Secret.fromSecretManager(name, options) },
});
const file = (path: string): Props => ({ secretFiles: { [path]: Secret.fromSecretManager("db") } });
const untyped = (props: object) => props as Props;

test.each<[string, Props, string]>([
  ["an empty name", variable(""), `secrets.DB "" is not valid: ${NAME}`],
  ["a name with a dot", variable("db.password"), `secrets.DB "db.password" is not valid: ${NAME}`],
  [
    "a name that is too long",
    variable("d".repeat(256)),
    `secrets.DB "${"d".repeat(199)}… (258 characters) is not valid: ${NAME}`,
  ],
  [
    "a full name with a version",
    variable("projects/my-project/secrets/db/versions/3"),
    `secrets.DB "projects/my-project/secrets/db/versions/3" is not valid: ${NAME}`,
  ],
  [
    "a regional secret",
    variable("projects/my-project/locations/us-east1/secrets/db"),
    `secrets.DB "projects/my-project/locations/us-east1/secrets/db" is not valid: ${NAME}`,
  ],
  [
    "a project that is none, in the name",
    variable("projects/My Project/secrets/db"),
    `project of secrets.DB "My Project" is not valid: ${PROJECT}`,
  ],
  [
    "a project that is none",
    variable("db", { version: "1", project: "My Project" }),
    `project of secrets.DB "My Project" is not valid: ${PROJECT}`,
  ],
  [
    "two projects",
    variable("projects/my-project/secrets/db", { version: "1", project: "other-project" }),
    'secrets.DB "projects/my-project/secrets/db" is not valid: the name has a project already: give only one of the two',
  ],
  ...["0", "03", "3.0", "-1", "v3", "Latest", " 3", "", "projects/p/secrets/s/versions/3"].map(
    (version): [string, Props, string] => [
      `version ${JSON.stringify(version)}`,
      variable("db", { version }),
      `version of secrets.DB ${JSON.stringify(version)} is not valid: ${VERSION}`,
    ],
  ),
  [
    "a number as version",
    variable("db", { version: 3 }),
    'secrets.DB: version 3 is not valid: use a string: "3" or String(…)',
  ],
  ["an unknown option", variable("db", { value: "x" }), "secrets.DB: value is not a prop: use project, version"],
  [
    "a variable without a version",
    variable("db", {}),
    'version of secrets.DB is missing: give the number of a version such as { version: "3" }, or { version: "latest" } to have the newest one read whenever the container starts',
  ],
  [
    "a variable that environment has, too",
    { ...variable("db"), environment: { DB: "x" } },
    'secrets "DB" is not valid: environment has the same variable: give it only once',
  ],
  [
    "a variable that cannot be one",
    { secrets: { "1DB": Secret.fromSecretManager("db", { version: "1" }) } },
    `variable of secrets "1DB" is not valid: ${VARIABLE}`,
  ],
  ...["run/secrets/db", "/", "", "/run//db", "/run/../db", "/run/db/", "/run/\n", "/run/db "].map(
    (path): [string, Props, string] => [
      `path ${JSON.stringify(path)}`,
      file(path),
      `path of secretFiles ${JSON.stringify(path)} is not valid: ${PATH}`,
    ],
  ),
  [
    "a name that is too long for Linux",
    file(`/run/${"x".repeat(256)}`),
    `path of secretFiles "/run/${"x".repeat(194)}… (263 characters) is not valid: use at most 4095 bytes of UTF-8, and 255 for each folder's name, which are Linux's limits`,
  ],
  [
    "the library's own folder",
    file("/.gcs-backed-container-app/environment"),
    'path of secretFiles "/.gcs-backed-container-app/environment" is not valid: "/.gcs-backed-container-app" is this library\'s own: use another folder',
  ],
  [
    "a path of the kernel's",
    file("/proc/self/db"),
    'path of secretFiles "/proc/self/db" is not valid: "/proc" is the kernel\'s: use a path such as "/run/secrets/db-password"',
  ],
  [
    "a folder",
    file("/etc"),
    'path of secretFiles "/etc" is not valid: it is a folder: give the path of the file, such as "/etc/db-password"',
  ],
  ...["/srv/app/uploads/key", "/srv/app/uploads", "/srv/app"].map((path): [string, Props, string] => [
    `path ${path}, where a mount is`,
    file(path),
    `path of secretFiles "${path}" is not valid: it overlaps with the mount or disk at "/srv/app/uploads", in which an empty file would be left: use a path outside of it such as "/run/secrets/db-password"`,
  ]),
  [
    "a file inside another",
    { secretFiles: { ...file("/run/db").secretFiles, ...file("/run/db/key").secretFiles } },
    'path of secretFiles "/run/db/key" is not valid: it overlaps with "/run/db", which is a file: use another path',
  ],
  ["a text for a secret", untyped({ secrets: { DB: "hunter2" } }), `secrets.DB "hunter2" is not valid: ${SECRET}`],
  [
    "nothing for a secret",
    untyped({ secrets: { DB: undefined } }),
    `secrets.DB undefined is not valid: it is missing: ${SECRET}`,
  ],
  [
    "a list of secrets",
    untyped({ secrets: ["DB"] }),
    'secrets ["DB"] is not valid: use an object whose values are secrets such as { DB_PASSWORD: Secret.fromSecretManager("db-password", { version: "3" }) }',
  ],
  ["a text for a file", untyped({ secretFiles: { "/db": "x" } }), `secretFiles[/db] "x" is not valid: ${SECRET}`],
])("%s", (_, props, message) => {
  expect(() => new GcsBackedContainerApp(newStack(), "gallery", { ...ready(), ...props })).toThrow(
    new Error(`[cloud/gallery] ${message}`),
  );
  expect(() => new LocalGcsBackedContainerApp(newLocalStack(), "gallery", { ...readyLocal(), ...props })).toThrow(
    new Error(`[local/gallery] ${message}`),
  );
});

test("a version that is an unresolved token of a number is told how to be one of a string", () => {
  const stack = newStack();
  const version = new TerraformVariable(stack, "version", { type: "number" }).numberValue;
  expect(() => new GcsBackedContainerApp(stack, "gallery", { ...ready(), ...variable("db", { version }) })).toThrow(
    "secrets.DB: version is an unresolved token of a number: use that of a string, which Token.asString(…) makes of it",
  );
});

test.each(["db", "DB_1-x", "d".repeat(255), "projects/my-project/secrets/db", "projects/123/secrets/db"])(
  "the name %s is accepted",
  (name) => {
    expect(() => new GcsBackedContainerApp(newStack(), "gallery", { ...ready(), ...variable(name) })).not.toThrow();
  },
);
