import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { renderUserData } from "../../lib/boot/user-data";
import { textOf } from "../support/folder";

const BOOT = join(__dirname, "../../lib/boot");
const CONFIG = "/etc/gcs-backed-container-app";
const UNITS = "/etc/systemd/system";

interface WrittenFile {
  readonly path: string;
  readonly content: string;
  readonly permissions: string;
  readonly owner: string;
}

const userData = renderUserData();
const { write_files: written, runcmd } = parse(userData) as { write_files: WrittenFile[]; runcmd: string[][] };
const contentOf = (path: string) => written.find((file) => file.path === path)?.content;
const scripts = readdirSync(join(BOOT, "scripts")).filter((name) => /\.(sh|py)$/.test(name));
const units = readdirSync(join(BOOT, "units"));

test("it begins as cloud-init wants it, and is the same each time", () => {
  expect(userData.startsWith("#cloud-config\nwrite_files:\n")).toBe(true);
  expect(renderUserData()).toBe(userData);
});

test("each script, the schema and each unit are the files in lib, byte for byte, and nothing else is written", () => {
  for (const name of scripts) expect(contentOf(`${CONFIG}/${name}`)).toBe(textOf(join(BOOT, "scripts", name)));
  for (const name of units) expect(contentOf(`${UNITS}/${name}`)).toBe(textOf(join(BOOT, "units", name)));
  expect(contentOf(`${CONFIG}/declaration.schema.json`)).toBe(textOf(join(BOOT, "declaration.schema.json")));
  expect(written).toHaveLength(scripts.length + units.length + 1);
});

test("the files' lines are readable in it as they are", () => {
  for (const { content } of written) expect(userData).toContain(content.replace(/^(?=.)/gm, "      "));
});

test("what is written belongs to root, and only units can be read by others", () => {
  for (const { path, owner, permissions } of written) {
    expect(owner).toBe("root:root");
    expect(permissions).toBe(path.startsWith(`${UNITS}/`) ? "0644" : "0600");
  }
});

test("the watcher is started, without waiting for it; the other units are its to start", () => {
  expect(runcmd).toEqual([
    ["systemctl", "daemon-reload"],
    ["systemctl", "start", "--no-block", "metadata-watcher.service"],
  ]);
});

test("it has less than it is counted for in the metadata, beside the settings of Container-Optimized OS", () => {
  expect(textOf(join(BOOT, "../cloud/instance-metadata.ts"))).toContain("OWN_BYTES = 192 * 1024;");
  expect(Buffer.byteLength(userData)).toBeLessThan(191 * 1024);
});

test("it is the same from files that git has given Windows' line ends", () => {
  const fs = jest.requireActual<typeof import("fs")>("fs");
  const read = fs.readFileSync;
  const onWindows = (file: string) => read(file, "utf8").replace(/\n/g, "\r\n");
  const spy = jest.spyOn(fs, "readFileSync").mockImplementation((file) => onWindows(String(file)));
  const there = renderUserData();
  spy.mockRestore();
  expect(there).toBe(userData);
});
