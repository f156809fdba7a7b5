import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { renderCloudConfig } from "../../lib/boot/cloud-config";
import { BootSpec } from "../../lib/boot/spec";
import { appSpec, bootSpec, mountSpec } from "../support/boot-spec";

const SCRIPTS = join(__dirname, "../../lib/boot/scripts");
const CONFIG = "/etc/gcs-backed-container-app";

interface WrittenFile {
  readonly path: string;
  readonly content: string;
  readonly permissions: string;
  readonly owner: string;
}

const cloudConfig = (spec: BootSpec) =>
  parse(renderCloudConfig(spec)) as { write_files: WrittenFile[]; runcmd: string[][] };
const filesOf = (spec: BootSpec): Record<string, string> =>
  Object.fromEntries(cloudConfig(spec).write_files.map(({ path, content }) => [path, content]));
const scriptsIn = (text: string) =>
  readdirSync(SCRIPTS).filter((name) => text.includes(`${CONFIG}/${name}\n`) || text.includes(`${CONFIG}/${name}`));

const EVERYTHING = bootSpec({
  app: appSpec({
    environment: [
      { name: "A", base64: "Yg==" },
      { name: "EMPTY", base64: "" },
    ],
    entrypoint: ["cHl0aG9u"],
    args: ["bWFpbi5weQ=="],
    user: "1000:www-data",
    restartPolicy: "always",
    metadataServerAccess: true,
    ports: [
      { containerPort: 8080, hostPort: 80, protocol: "tcp" },
      { containerPort: 53, hostPort: 53, protocol: "udp" },
    ],
  }),
  mounts: [mountSpec(), mountSpec({ path: "/srv/media", bucket: "media", readOnly: true, uid: 33, gid: 0 })],
});

/** The text with each script's own lines left out: they are the files in lib/boot/scripts. */
function withoutScripts(text: string): string {
  const { write_files: files } = parse(text) as { write_files: WrittenFile[] };
  return readdirSync(SCRIPTS).reduce((result, name) => {
    const { content } = files.find(({ path }) => path === `${CONFIG}/${name}`)!;
    const indented = content.replace(/^(?=.)/gm, "      ");
    expect(result).toContain(indented);
    return result.replace(indented, () => `      <lib/boot/scripts/${name}>\n`);
  }, text);
}

test("the whole cloud-config of the simplest app", () => {
  expect(withoutScripts(renderCloudConfig(bootSpec()))).toMatchSnapshot();
});

test.each(["args", "entrypoint"] as const)("%s that Terraform finds empty stay as many as they are", (name) => {
  // As Terraform does it: after the text was rendered.
  const text = renderCloudConfig(bootSpec({ app: appSpec({ [name]: ["UNKNOWN", "eA==", "UNKNOWN", "UNKNOWN"] }) }));
  const { write_files: files } = parse(text.replace(/UNKNOWN/g, "")) as { write_files: WrittenFile[] };
  const { content } = files.find(({ path }) => path === `${CONFIG}/app/${name}`)!;
  expect(content).toBe("base64 \nbase64 eA==\nbase64 \nbase64 \n");
});

test("the whole cloud-config of an app with everything set", () => {
  expect(withoutScripts(renderCloudConfig(EVERYTHING))).toMatchSnapshot();
});

test("it begins as cloud-init wants it, and names the images for the version before", () => {
  expect(renderCloudConfig(bootSpec()).split("\n").slice(0, 3)).toEqual([
    "#cloud-config",
    "# image: app:1",
    "# image: gcsfuse:1",
  ]);
});

test("each script is the file in lib, byte for byte", () => {
  const files = filesOf(bootSpec());
  const names = readdirSync(SCRIPTS);
  expect(scriptsIn(Object.keys(files).join("\n"))).toEqual(names);
  for (const name of names) {
    expect(files[`${CONFIG}/${name}`]).toBe(readFileSync(join(SCRIPTS, name), "utf8"));
  }
});

test("what is written belongs to root, and only units can be read by others", () => {
  for (const { path, owner, permissions } of cloudConfig(EVERYTHING).write_files) {
    expect(owner).toBe("root:root");
    expect(permissions).toBe(path.startsWith("/etc/systemd/") ? "0644" : "0600");
  }
});

test("every unit that is written is started, without waiting for it", () => {
  const { write_files: files, runcmd } = cloudConfig(EVERYTHING);
  const units = files.map(({ path }) => path.replace("/etc/systemd/system/", "")).filter((path) => !path.includes("/"));
  const [reload, start] = runcmd;
  expect(reload).toEqual(["systemctl", "daemon-reload"]);
  expect(start.slice(0, 3)).toEqual(["systemctl", "start", "--no-block"]);
  expect(start.slice(3).sort()).toEqual(units.sort());
});

test("the same spec is the same text", () => {
  expect(renderCloudConfig(EVERYTHING)).toBe(renderCloudConfig(structuredClone(EVERYTHING)));
});

test("docker asks the machine's own helper for the registries in use, and for nothing else", () => {
  const file = `${CONFIG}/docker/config.json`;
  const hosts = ["europe-west4-docker.pkg.dev", "us-east1-docker.pkg.dev"];
  expect(JSON.parse(filesOf(bootSpec({ registries: hosts }))[file])).toEqual({
    credHelpers: Object.fromEntries(hosts.map((host) => [host, "gcr"])),
  });
  expect(JSON.parse(filesOf(bootSpec({ registries: [] }))[file])).toEqual({ credHelpers: {} });
});

test("what is not given is not written", () => {
  const names = Object.keys(filesOf(bootSpec()));
  for (const name of ["entrypoint", "args", "user"]) {
    expect(names).not.toContain(`${CONFIG}/app/${name}`);
  }
});

describe("what is in the files arrives byte for byte, whatever it is", () => {
  const line = fc.string({ unit: "grapheme" }).filter((text) => !/[\p{C}\u2028\u2029]/u.test(text));
  const odd = fc.constantFrom(
    "",
    " ",
    "- a",
    "a: b",
    "# c",
    "|",
    ">",
    "'",
    '"',
    "%",
    "&a",
    "*a",
    "!!str",
    "---",
    "0644",
    "null",
    "~",
    "yes",
    "1e3",
    "\\",
  );
  const text = fc.oneof(line, odd);

  test("paths, buckets and users", () => {
    // The construct lets no empty ones through.
    const name = text.filter((value) => value.trim() !== "");
    fc.assert(
      fc.property(name, name, name, (path, bucket, user) => {
        const files = filesOf(bootSpec({ app: appSpec({ user }), mounts: [mountSpec({ path, bucket })] }));
        expect(files[`${CONFIG}/gcsfuse-0/path`]).toBe(`${path}\n`);
        expect(files[`${CONFIG}/gcsfuse-0/command`]).toContain(`\n${bucket}\n`);
        expect(files[`${CONFIG}/app/user`]).toBe(`${user}\n`);
      }),
    );
  });

  test("environment, entrypoint and arguments", () => {
    const encoded = fc.string({ unit: "binary" }).map((value) => Buffer.from(value).toString("base64"));
    fc.assert(
      fc.property(fc.array(encoded), fc.array(encoded, { minLength: 1 }), (values, args) => {
        const environment = values.map((base64, index) => ({ name: `A${index}`, base64 }));
        const files = filesOf(bootSpec({ app: appSpec({ environment, args, entrypoint: args }) }));
        const expected = environment.map(({ name, base64 }) => `${name} ${base64}\n`).join("");
        expect(files[`${CONFIG}/app/environment`]).toBe(expected);
        expect(files[`${CONFIG}/app/args`]).toBe(args.map((value) => `base64 ${value}\n`).join(""));
        expect(files[`${CONFIG}/app/entrypoint`]).toBe(files[`${CONFIG}/app/args`]);
      }),
    );
  });

  test("gcsfuse's config file, itself YAML in YAML", () => {
    const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text));
    const config = fc.dictionary(text, fc.oneof(value, fc.dictionary(text, value)), { noNullPrototype: true });
    fc.assert(
      fc.property(config, (given) => {
        const files = filesOf(bootSpec({ mounts: [mountSpec({ config: given })] }));
        expect(parse(files[`${CONFIG}/gcsfuse-0/config.yaml`])).toEqual(given);
      }),
    );
  });
});
