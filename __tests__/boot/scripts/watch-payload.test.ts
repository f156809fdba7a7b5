import { createHash } from "node:crypto";
import { join } from "node:path";
import { bootSpec } from "../../support/boot-spec";
import { textOf } from "../../support/folder";
import { FakeVm } from "../../support/vm";

/** The metadata: `payload` and its HTTP `code`, and `payload-later` from the second question on. */
const CURL = `
while (($#)); do
  case $1 in --output) out=$2 ;; --dump-header) headers=$2 ;; esac; shift
done
[[ ! -e $state/asked || ! -e $state/payload-later ]] || mv "$state/payload-later" "$state/payload"
touch "$state/asked"
cp "$state/payload" "$out"; printf 'ETag: 1\\r\\n' >"$headers"; cat "$state/code"`;
/** An engine with the images that are listed in \`images\`; it can pull all but those in \`missing\`. */
const DOCKER = `
has() { grep --quiet --line-regexp --fixed-strings -e "$1" "$state/$2" 2>/dev/null; }
case "$*" in
  "image inspect --format {{.Id}} "*) has "$5" images && echo "id-$5" ;;
  "image inspect "*) has "$3" images ;;
  "image ls "*) sed 's/^/id-/' "$state/images" ;;
  "image rm "*) sed -i "/^\${4#id-}$/d" "$state/images" ;;
  "pull "*) ! has "$3" missing || { echo 'manifest unknown' >&2; exit 1; }; echo "$3" >>"$state/images" ;;
  *) exit 64 ;;
esac`;
/** Once it is told to reboot, nothing more happens. */
const SYSTEMCTL = '[[ $1 != reboot ]] || kill "$PPID"';

const BOOTED = "#cloud-config\n# image: app:1\n# image: gcsfuse:1\n";
const NEW = "#cloud-config\n# image: app:2\n# image: gcsfuse:1\n";
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

function watch(files: { [name: string]: string }, change?: (vm: FakeVm) => void) {
  // After a few questions it is ended.
  const curl = `${CURL}\ntimes questions; ((n < 8)) || kill "$PPID"`;
  const vm = new FakeVm(bootSpec(), { curl, docker: DOCKER, systemctl: SYSTEMCTL });
  const all = { payload: NEW, code: "200", images: "app:1\ngcsfuse:1\nold:0\n", ...files };
  Object.entries(all).forEach(([name, text]) => vm.programs.set(name, text));
  // cloud-init's copy of the payload that the machine runs.
  const common = textOf(join(vm.config, "common.sh"));
  vm.write("common.sh", common.replace(/^booted_payload=.*$/m, "booted_payload=$HOME/booted"));
  vm.save("booted", BOOTED);
  change?.(vm);
  const { stdout } = vm.run("watch-payload.sh");
  const updates = stdout.split("\n").filter((line) => line.startsWith("update: "));
  const reboots = vm.programs.callsOf("systemctl").filter((call) => call === "reboot").length;
  return { vm, updates: updates.map((line) => line.slice("update: ".length)), reboots };
}

test("the new payload's images are pulled, and then the machine reboots into it, once", () => {
  const { vm, updates, reboots } = watch({});
  expect(updates).toEqual(["pulling app:2", `rebooting into payload ${hashOf(NEW)}`]);
  expect(reboots).toBe(1);
  expect(vm.programs.callsOf("docker").filter((call) => call.startsWith("pull"))).toEqual(["pull --quiet app:2"]);
  expect(vm.saved("rebooted-for")).toBe(hashOf(NEW));
});

test("it does not reboot for the same payload again", () => {
  const { updates, reboots } = watch({}, (vm) => vm.save("rebooted-for", hashOf(NEW)));
  expect(reboots).toBe(0);
  expect(new Set(updates)).toEqual(
    new Set([`failed this machine has rebooted for payload ${hashOf(NEW)}, and another one came up`]),
  );
});

test("it does not reboot into a payload that was replaced while its images were pulled", () => {
  const later = NEW.replace("app:2", "app:3");
  const { updates, reboots } = watch({ "payload-later": later });
  expect(updates).toEqual(["pulling app:2", "pulling app:3", `rebooting into payload ${hashOf(later)}`]);
  expect(reboots).toBe(1);
});

test("it does not reboot without its images", () => {
  const { updates, reboots } = watch({ missing: "app:2\n" });
  expect(updates.slice(0, 2)).toEqual(["pulling app:2", "failed cannot pull app:2: manifest unknown"]);
  expect(reboots).toBe(0);
});

test.each([
  [
    "names no image",
    { payload: "#cloud-config\n" },
    "failed the new user-data names no image: it is not a payload of gcs-backed-container-app",
  ],
  ["is not there", { code: "404" }, "failed the metadata has no user-data: the next boot would bring up nothing"],
])("it does not reboot into user-data that %s", (_, files, said) => {
  const { updates, reboots } = watch(files);
  expect(new Set(updates)).toEqual(new Set([said]));
  expect(reboots).toBe(0);
});

test("images that neither payload names go before the new ones come", () => {
  const { vm } = watch({});
  const calls = vm.programs.callsOf("docker");
  expect(calls.indexOf("image rm --force id-old:0")).toBeLessThan(calls.indexOf("pull --quiet app:2"));
  expect(calls).toContain("image rm --force id-old:0");
  // One is in both payloads, and the other one serves.
  expect(calls.filter((call) => call.startsWith("image rm"))).toEqual(["image rm --force id-old:0"]);
});

describe("while the payload is the one that runs", () => {
  test.each(["live ", "stopped the app ended with exit code 0"])("older images go once the app is up: %s", (state) => {
    const { vm, updates, reboots } = watch({ payload: BOOTED }, (one) => {
      one.setState("app", state);
      one.save("rebooted-for", hashOf(BOOTED));
    });
    expect(updates).toEqual(["none "]);
    expect(reboots).toBe(0);
    expect(vm.programs.get("images")).toBe("app:1\ngcsfuse:1\n");
    // The same payload may be rolled back to later.
    expect(vm.has("rebooted-for")).toBe(false);
  });

  test("they stay while the app is not up yet", () => {
    const { vm } = watch({ payload: BOOTED }, (one) => one.setState("app", "starting pulling app:1"));
    expect(vm.programs.get("images")).toBe("app:1\ngcsfuse:1\nold:0\n");
  });
});
