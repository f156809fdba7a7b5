import { GCSFUSE_DEFAULTS } from "../../../lib/boot/gcsfuse-config";
import { COLUMNS } from "./columns";

const ENDPOINT = "http://10.0.0.1:4443/storage/v1/";
const mountOf = (name: string) => COLUMNS.find((column) => column.name === name)?.mount?.(ENDPOINT);

test("ours is what the construct renders, and nothing else", () => {
  const config = JSON.parse(JSON.stringify(mountOf("ours")?.config));
  expect(config).toEqual({
    ...GCSFUSE_DEFAULTS,
    "file-cache": {},
    "gcs-connection": {},
    "metadata-cache": {},
  });
  expect(mountOf("ours")?.command.filter((flag) => flag.startsWith("--"))).toEqual([
    ...["--foreground", "--uid=0", "--gid=0", "--config-file=/srv/config.yaml"],
    ...[`--custom-endpoint=${ENDPOINT}`, "--anonymous-access", "--enable-hns=false", "--machine-type=e2-small"],
  ]);
});

test("the flags of tutorials are two, beside those that lead to the emulator", () => {
  const command = mountOf("tutorials")?.command;
  expect(command?.slice(0, 5)).toEqual(["gcsfuse", "--foreground", "--implicit-dirs", "-o", "allow_other"]);
  expect(command).toHaveLength(11);
});

test("each column has a name of its own, and one has no bucket", () => {
  expect(new Set(COLUMNS.map(({ name }) => name)).size).toBe(COLUMNS.length);
  expect(COLUMNS.filter(({ mount }) => !mount).map(({ name }) => name)).toEqual(["local disk"]);
});
