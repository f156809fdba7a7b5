/** secrets.sh with the real curl, and Secret Manager and the metadata server as servers of this machine. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { filesOf, modeOf, textOf } from "../../support/folder";
import { sample } from "../../support/sample-declaration";
import { accessed, refused, SecretManager, TOKEN } from "../../support/secret-manager";
import { FakeVm, VERSION } from "../../support/vm";

const A = "projects/p-12345/secrets/db-password/versions/3";
const B = "projects/p-12345/secrets/tls_key/versions/latest";
const FOLDER = `declarations/${VERSION}/secrets-app`;

let secretManager: SecretManager;
beforeAll(() => (secretManager = new SecretManager()));
afterAll(() => secretManager.stop());

interface Wanted {
  readonly secrets?: { readonly [variable: string]: string };
  readonly files?: { readonly [path: string]: string };
  readonly user?: string;
}

const list = (entries: object) => Object.entries(entries).map(([key, name]) => `${key}=${name}\0`);

/** The real one, so that its arguments are noted. */
const REAL = (name: string) => `exec "$(PATH=\${PATH#*:} command -v ${name})" "$@"`;

/** A machine whose app is to have the secrets. */
function vmWith({ secrets = {}, files = {}, user }: Wanted): FakeVm {
  const vm = new FakeVm(sample({ user }), { chown: "", curl: REAL("curl"), python3: REAL("python3") });
  vm.programs.set("image/etc/passwd", "root:x:0:0::/:/bin/sh\nwww-data:x:33:34::/:/bin/sh\n");
  vm.write("app/secrets", list(secrets).join(""));
  vm.write("app/secret-files", list(files).join(""));
  secretManager.serve(vm);
  return vm;
}

const read = (vm: FakeVm, env = {}) => vm.run("secrets.sh", [vm.config, "app"], env);

/** What is left of a reading, by its name in the folder. */
const saved = (vm: FakeVm) => {
  const folder = join(vm.runFolder, FOLDER);
  return Object.fromEntries(readdirSync(folder).map((name) => [name, textOf(join(folder, name))]));
};

describe("values arrive byte for byte", () => {
  test.each([
    ["a word", "hunter2"],
    ["lines, spaces and quotes", " a\n b\r\n\n\"c\" 'd' $e `f` \\ \n"],
    ["nothing", ""],
    ["what has an equals sign", "a=b=c"],
    ["other scripts", "pässwörd 密码 \u0301"],
    ["as much as Secret Manager takes", "x\n".repeat(32 * 1024)],
  ])("%s", (_, value) => {
    secretManager.set(A, accessed(A, value));
    const vm = vmWith({ secrets: { DB: A }, files: { "/run/secrets/db": A } });
    expect(read(vm)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(saved(vm)).toMatchObject({ environment: `DB=${value}\0`, "file-0": value });
  });

  test("any bytes, in a file", () => {
    const bytes = Buffer.from([...Array(256).keys()]);
    secretManager.set(A, accessed(A, bytes));
    const vm = vmWith({ files: { "/a": A } });
    vm.after("chown", `[[ $2 != */file-0 ]] || od -An -v -tx1 "$2" | tr -d ' \\n' >"$state/bytes"`);
    expect(read(vm).status).toBe(0);
    expect(vm.programs.get("bytes")).toBe(bytes.toString("hex"));
  });

  test("several, each asked for once, in the order of what needs them", () => {
    secretManager.set(A, accessed(A, "one"));
    secretManager.set(B, accessed(B, "two"));
    const vm = vmWith({ secrets: { X: B, Y: A }, files: { "/a=b": A, "/c": B } });
    const before = secretManager.asked.length;
    expect(read(vm).status).toBe(0);
    expect(saved(vm)).toMatchObject({ environment: "X=two\0Y=one\0", "file-0": "one", "file-1": "two" });
    expect(secretManager.asked.slice(before)).toEqual([
      "/computeMetadata/v1/instance/service-accounts/default/token Google None",
      `/v1/${B}:access None Bearer ${TOKEN}`,
      `/v1/${A}:access None Bearer ${TOKEN}`,
    ]);
  });
});

describe("what is left", () => {
  const vm = () => {
    secretManager.set(A, accessed(A, "hunter2"));
    return vmWith({ secrets: { DB: A }, files: { "/a": A } });
  };

  test.each([
    ["www-data", "33:34", "400"],
    ["1000:1000", "1000:1000", "400"],
    // Such an image goes on as another user, who reads the file.
    ["root", "0:0", "444"],
  ])("is for the user %s alone, as far as such images allow", (user, owner, mode) => {
    secretManager.set(A, accessed(A, "hunter2"));
    const machine = vmWith({ secrets: { DB: A }, files: { "/a": A }, user });
    expect(read(machine).status).toBe(0);
    const folder = join(machine.runFolder, FOLDER);
    expect(machine.programs.callsOf("chown")).toEqual([`${owner} ${folder}/environment`, `${owner} ${folder}/file-0`]);
    expect([modeOf(join(folder, "environment")), modeOf(join(folder, "file-0")), modeOf(folder)]).toEqual([
      "400",
      mode,
      "700",
    ]);
  });

  test("is no answer of Secret Manager, no token, and nothing in a program's arguments", () => {
    const machine = vm();
    read(machine);
    expect(machine.programs.callsOf("curl")).toHaveLength(2);
    expect(filesOf(join(machine.runFolder, FOLDER)).sort()).toEqual(["container", "environment", "file-0", "owner"]);
    const everything = filesOf(machine.runFolder).filter(
      (name) => !/^config$|secrets-app\/(environment|file-0)$/.test(name),
    );
    for (const name of everything) {
      expect(textOf(join(machine.runFolder, name))).not.toMatch(/hunter2|aHVudGVyMg|ya29/);
    }
    expect(machine.programs.calls.join("\n")).not.toMatch(/hunter2|aHVudGVyMg|ya29/);
  });
});

describe("it fails, and says which secret and why", () => {
  const DENIED = "Permission 'secretmanager.versions.access' denied for resource (or it may not exist).";
  test.each<[string, [number, string], string]>([
    ["denied", refused(403, "PERMISSION_DENIED", DENIED), `HTTP 403 PERMISSION_DENIED ${DENIED}`],
    [
      "missing",
      refused(404, "NOT_FOUND", "Secret Version [3] not found."),
      "HTTP 404 NOT_FOUND Secret Version [3] not found.",
    ],
    [
      "disabled",
      refused(400, "FAILED_PRECONDITION", "Secret Version [3] is in DISABLED state."),
      "HTTP 400 FAILED_PRECONDITION Secret Version [3] is in DISABLED state.",
    ],
    ["down, without words", [503, ""], "HTTP 503"],
    ["down, with a page", [502, "<html>Bad gateway</html>"], "HTTP 502"],
    ["an odd error", [500, '{"error":"x"}'], "HTTP 500"],
    ["no JSON", [200, "hunter2"], "the answer has no payload"],
    ["another answer", [200, '{"payload":"hunter2"}'], "the answer has no payload"],
    ["no base64", [200, '{"payload":{"data":"hunter2!"}}'], "the answer cannot be read"],
    ["another type", [200, '{"payload":{"data":7}}'], "the answer cannot be read"],
    ["a checksum that is none", accessed(A, "hunter2", "x"), "the answer cannot be read"],
    ["damaged", accessed(A, "hunter2", "12345"), "the answer was damaged on its way: its checksum is another one"],
    [
      "with a NUL, for a variable",
      accessed(A, "hunter2\0"),
      "it has a NUL, which no environment variable can: give it with secretFiles",
    ],
  ])("%s", (_, answer, reason) => {
    secretManager.set(A, answer);
    const vm = vmWith({ secrets: { DB: A } });
    expect(read(vm)).toEqual({ status: 1, stdout: `secret ${A}: ${reason}`, stderr: "" });
    expect(filesOf(join(vm.runFolder, FOLDER))).toEqual([]);
  });

  test("Secret Manager does not answer", () => {
    const vm = vmWith({ secrets: { DB: A } });
    vm.change("secrets.sh", /http:\/\/127\.0\.0\.1:\d+/, "http://127.0.0.1:1");
    const { status, stdout } = read(vm);
    expect([status, stdout]).toEqual([1, expect.stringMatching(`^secret ${A}: curl: \\(7\\) .*connect`)]);
    expect(stdout).not.toMatch(/\n|000$/);
  });

  test.each([
    [403, "", /^the secrets: the metadata server gives no access token: curl: \(22\) .*403/],
    [200, "{}", /^the secrets: the metadata server gives no access token$/],
  ])("the metadata server gives no token: %d %s", (code, body, reason) => {
    secretManager.setToken(code, body);
    expect(read(vmWith({ secrets: { DB: A } }))).toMatchObject({ status: 1, stdout: expect.stringMatching(reason) });
    secretManager.setToken(200, `{"access_token":"${TOKEN}"}`);
  });

  test("the user is not in the image", () => {
    secretManager.set(A, accessed(A, "hunter2"));
    const vm = vmWith({ secrets: { DB: A }, user: "nobody" });
    expect(read(vm)).toMatchObject({
      status: 1,
      stdout: "the secrets: their owner is not known: the image has no user 'nobody'",
    });
  });

  test("a checksum that is not there is not missed", () => {
    secretManager.set(A, [200, '{"payload":{"data":"YQ=="}}']);
    expect(read(vmWith({ secrets: { DB: A } })).status).toBe(0);
  });
});

describe("where values are given to the machine", () => {
  test("they are read from there, and nobody is asked", () => {
    const vm = vmWith({ secrets: { DB: A }, files: { "/k": B } });
    vm.save("given/projects,p-12345,secrets,db-password", "one\n");
    vm.save("given/projects,p-12345,secrets,tls_key", "two");
    const before = secretManager.asked.length;
    expect(read(vm, { SECRETS_FOLDER: join(vm.runFolder, "given") }).status).toBe(0);
    expect(saved(vm)).toMatchObject({ environment: "DB=one\n\0", "file-0": "two" });
    expect(secretManager.asked).toHaveLength(before);
  });

  test("and one that is missing is named, with what to do", () => {
    const vm = vmWith({ secrets: { DB: A } });
    const env = { SECRETS_FOLDER: join(vm.runFolder, "given"), CONTAINER_PREFIX: "flask-" };
    expect(read(vm, env)).toMatchObject({
      status: 1,
      stdout:
        "secret projects/p-12345/secrets/db-password: its value has not been given since this machine started: run npx gcs-backed-container-app secrets flask",
    });
  });
});
