/** From the environment of who deploys into the machine: the real scripts of both sides, with a docker that only passes on. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { TerraformVariable } from "cdktf";
import { Secret } from "../../lib";
import { runProgram } from "../../lib/cli/program";
import { FakePrograms } from "../support/fake-programs";
import { filesOf, folderWith, modeOf, textOf, write } from "../support/folder";
import { localApp, named, newLocalStack, readyLocal, synthesizeLocalApp } from "../support/local";
import { LocalGcsBackedContainerApp } from "../../lib";

const ROOT = join(__dirname, "../..");
const DB = "projects/local/secrets/db-password";
const KEY = "projects/my-project/secrets/tls_key";

/** A machine that needs the secrets, and what is given to it. */
class Machine {
  readonly run = folderWith({ "version/app/image": "app:1" });
  readonly folder = folderWith();
  readonly programs = new FakePrograms({
    docker: `
shift 2
case "$*" in
  "exec --interactive gallery-machine take-secrets"*)
    [[ ! -e $state/refuses ]] || { cat "$state/refuses" >&2; exit 1; }
    shift 4; exec bash '${ROOT}/container/local-machine/take-secrets' "$@" ;;
  "kill --signal USR1 gallery-machine") ;;
  *) echo "docker was not expected to be asked: $*" >&2; exit 64 ;;
esac`,
  });

  constructor(secrets: string[] = [`DB_PASSWORD=${DB}/versions/3`, `X=${DB}/versions/latest`], files: string[] = []) {
    write(this.run, "version/app/secrets", secrets.map((entry) => `${entry}\0`).join(""));
    write(this.run, "version/sidecar-db/secret-files", files.map((entry) => `${entry}\0`).join(""));
    symlinkSync(join(this.run, "version"), join(this.run, "config"));
  }

  get env(): { [name: string]: string } {
    const path = `${join(this.programs.folder, "bin")}:${process.env.PATH}`;
    return { PATH: path, MACHINE: "gallery-machine", RUN_FOLDER: this.run, SECRETS_FOLDER: join(this.run, "secrets") };
  }

  give(env: { [name: string]: string } = {}) {
    const script = join(ROOT, "lib/local/give-secrets.cjs");
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
      cwd: this.folder,
      env: { ...this.env, ...env },
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  }

  get given(): { [name: string]: string } {
    const folder = join(this.run, "secrets");
    return Object.fromEntries(
      (existsSync(folder) ? readdirSync(folder) : []).map((name) => [name, textOf(join(folder, name))]),
    );
  }
}

const FINE = { status: 0, stdout: "", stderr: "" };
const dbGiven = (value: string) => ({ "projects,local,secrets,db-password": value });

describe("a secret is given", () => {
  test.each(["hunter2", "", ' a=b\n\n"c" $d \\ \n', "pässwörd"])("from the environment, byte for byte: %j", (value) => {
    const machine = new Machine();
    expect(machine.give({ DB_PASSWORD: value })).toEqual(FINE);
    expect(machine.given).toEqual(dbGiven(value));
  });

  test("from the file, where the environment does not have it", () => {
    const machine = new Machine(undefined, [`/a=b=${KEY}/versions/latest`]);
    write(machine.folder, "secrets.env", '# mine\nDB_PASSWORD=of-the-file\nTLS_KEY="one\ntwo"\n');
    expect(machine.give({ DB_PASSWORD: "of-the-environment" })).toEqual(FINE);
    expect(machine.given).toEqual({
      ...dbGiven("of-the-environment"),
      "projects,my-project,secrets,tls_key": "one\ntwo",
    });
  });

  test("from a file of another name, relative to where Terraform runs", () => {
    const machine = new Machine();
    write(machine.folder, "mine", "DB_PASSWORD=x");
    expect(machine.give({ SECRETS_FILE: "./mine" })).toEqual(FINE);
    expect(machine.given).toEqual(dbGiven("x"));
  });

  test("and not from what this program itself is told", () => {
    const machine = new Machine([`X=projects/local/secrets/machine/versions/1`]);
    write(machine.folder, "secrets.env", "MACHINE=of-the-file");
    expect(machine.give()).toEqual(FINE);
    expect(machine.given).toEqual({ "projects,local,secrets,machine": "of-the-file" });
  });

  test("again, and replaced", () => {
    const machine = new Machine();
    machine.give({ DB_PASSWORD: "old" });
    machine.give({ DB_PASSWORD: "new" });
    expect(machine.given).toEqual(dbGiven("new"));
  });

  test("for the machine alone, and is in no argument", () => {
    const machine = new Machine();
    machine.give({ DB_PASSWORD: "hunter2" });
    expect(machine.programs.calls.join("\n")).not.toContain("hunter2");
    expect(modeOf(join(machine.run, "secrets"))).toBe("700");
    expect(filesOf(join(machine.run, "secrets")).map((name) => modeOf(join(machine.run, "secrets", name)))).toEqual([
      "600",
    ]);
  });
});

describe("the deployment fails with one sentence", () => {
  test("where a value is missing", () => {
    const machine = new Machine(undefined, [`/key=${KEY}/versions/latest`]);
    expect(machine.give({ TLS_KEY: "x" })).toEqual({
      ...FINE,
      status: 1,
      stderr:
        "These secrets have no value: DB_PASSWORD. Set the environment variable, or write NAME=VALUE into secrets.env, which git must ignore.\n",
    });
    expect(machine.given).toEqual({});
  });

  test("where two secrets would have one variable", () => {
    const machine = new Machine([`A=${DB}/versions/1`, "B=projects/other/secrets/db_password/versions/1"]);
    expect(machine.give({ DB_PASSWORD: "x" }).stderr).toBe(
      `The secrets ${DB} and projects/other/secrets/db_password have the same variable, DB_PASSWORD: rename one of them.\n`,
    );
  });

  test("where git would commit the file", () => {
    const machine = new Machine();
    write(machine.folder, "secrets.env", "DB_PASSWORD=x");
    spawnSync("git", ["init", "--quiet", machine.folder]);
    expect(machine.give()).toMatchObject({
      status: 1,
      stderr: "secrets.env has secrets and is not ignored by git: add it to .gitignore.\n",
    });
    write(machine.folder, ".gitignore", "secrets.env\n");
    expect(machine.give()).toEqual(FINE);
  });

  test("where the machine does not take them", () => {
    const machine = new Machine();
    machine.programs.set("refuses", "No such container: gallery-machine\n");
    const env = {
      NODE_OPTIONS: `--require ${join(folderWith({ "fast.cjs": "Atomics.wait = () => {};" }), "fast.cjs")}`,
    };
    expect(machine.give(env)).toMatchObject({
      status: 1,
      stderr: "The machine gallery-machine does not say which secrets it needs: No such container: gallery-machine.\n",
    });
    expect(machine.programs.callsOf("docker")).toHaveLength(60);
  });
});

describe("the stack", () => {
  const secrets = { DB: Secret.fromSecretManager("db-password", { version: "3" }) };
  const resources = (props: Parameters<typeof synthesizeLocalApp>[0]) => {
    const stack = synthesizeLocalApp(props);
    const scripts = Object.values(stack.resource.terraform_data).map(({ provisioner, ...rest }) => ({
      ...rest,
      ...provisioner[0]["local-exec"],
    }));
    return {
      machine: named(stack, "docker_container", "gallery-machine"),
      give: scripts.find(({ command }) => command.endsWith("/give-secrets.cjs")),
      wait: scripts.find(({ command }) => command.endsWith("/await-machine.cjs")),
    };
  };

  test("gives them to each new machine, before it waits for the app", () => {
    const { machine, give, wait } = resources({ secrets, secretsFile: "/home/me/secrets" });
    expect(give.environment).toEqual({ MACHINE: "gallery-machine", SECRETS_FILE: "/home/me/secrets" });
    expect(give.triggers_replace).toEqual(wait.triggers_replace);
    expect(wait.depends_on).toEqual([expect.stringMatching(/^terraform_data\.gallery_machine_secrets_/)]);
    expect(machine.env).toContainEqual(
      expect.stringMatching(/^SECRETS_FOLDER=\$\{docker_volume\..*\.mountpoint\}\/secrets$/),
    );
    expect(machine.capabilities.add).toContain("CAP_CHOWN");
  });

  test("has the file of the working directory", () => {
    const { environment } = resources({ secretFiles: { "/s": Secret.fromSecretManager("s") } }).give;
    expect(environment.SECRETS_FILE).toMatch(/^(\.\.\/)+.*secrets\.env$/);
  });

  test("has nothing of it without secrets", () => {
    const { machine, give, wait } = resources({});
    expect([give, wait.depends_on]).toEqual([undefined, undefined]);
    expect(JSON.stringify(machine.env)).not.toContain("SECRETS");
    expect(machine.capabilities.add).not.toContain("CAP_CHOWN");
  });

  test("refuses a file that only Terraform knows", () => {
    expect(() => localApp({ secretsFile: "" })).toThrow(
      new Error('[local/gallery] secretsFile "" is not valid: use the path of a file, known before Terraform runs'),
    );
    const stack = newLocalStack();
    const secretsFile = new TerraformVariable(stack, "file", {}).stringValue;
    expect(() => new LocalGcsBackedContainerApp(stack, "gallery", { ...readyLocal(), secretsFile })).toThrow(
      /^\[local\/gallery\] secretsFile .* is not valid: use the path of a file, known before Terraform runs$/,
    );
  });
});

describe("the command", () => {
  async function run(machine: Machine, args: string[], env: { [name: string]: string }) {
    let [out, err] = ["", ""];
    const code = await runProgram(["secrets", ...args], {
      print: (text) => void (out += text),
      printError: (text) => void (err += text),
      readInput: async () => "",
      environment: { ...machine.env, ...env },
      color: false,
      width: 100,
    });
    return { code, out, err };
  }

  test("gives them and restarts the app", async () => {
    const machine = new Machine();
    write(machine.folder, "mine.env", "DB_PASSWORD=hunter2\n");
    const file = join(machine.folder, "mine.env");
    expect(await run(machine, ["gallery", "--file", file], {})).toEqual({
      code: 0,
      out: "gallery has its secrets, and starts with them\n",
      err: "",
    });
    expect(machine.given).toEqual(dbGiven("hunter2"));
    expect(machine.programs.callsOf("docker").at(-1)).toMatch(/ kill --signal USR1 gallery-machine$/);
  });

  test("says what is missing, and restarts nothing", async () => {
    const machine = new Machine();
    const file = join(machine.folder, "none");
    const { code, err } = await run(machine, ["gallery", "--file", file], {});
    expect([code, err]).toEqual([2, expect.stringMatching(/^These secrets have no value: DB_PASSWORD\. .*\n$/)]);
    expect(machine.programs.calls.join("\n")).not.toContain("kill");
  });
});
