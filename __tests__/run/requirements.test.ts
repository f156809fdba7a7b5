import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ciPackages, Host, missingHere } from "../e2e/support/real/requirements";

const complete: Host = {
  platform: "linux",
  isRoot: true,
  isDebian: true,
  hasProgram: () => true,
  hasPackage: () => true,
};
const without = (...names: string[]): Partial<Host> => ({
  hasProgram: (name) => !names.includes(name),
  hasPackage: (name) => !names.includes(name),
});

test.each<[string, Partial<Host>, string[]]>([
  ["nothing", {}, []],
  [
    "two packages",
    without("shellcheck", "docker.io", "dockerd"),
    ["apt-get install --no-install-recommends docker.io shellcheck"],
  ],
  ["a package, but its program is from elsewhere", without("docker.io"), []],
  [
    "a package without programs",
    without("ca-certificates"),
    ["apt-get install --no-install-recommends ca-certificates"],
  ],
  ["Terraform and Go", without("terraform", "go"), ["put on PATH: go terraform"]],
  ["root", { isRoot: false }, ["run them as root: they mount, and make networks and machines"]],
  [
    "Debian and a package",
    { ...without("socat"), isDebian: false, hasPackage: () => false, hasProgram: (name) => name !== "socat" },
    [
      "run them on Debian or a system with its packages",
      "apt-get install --no-install-recommends ca-certificates libc6-dev socat",
    ],
  ],
  ["Linux", { platform: "darwin", isRoot: false }, ["run them on Linux: this is darwin"]],
])("a machine that lacks %s", (_, lacks, expected) => {
  expect(missingHere({ ...complete, ...lacks })).toEqual(expected);
});

test("the packages are those that .ci/run installs", () => {
  const script = `
    dpkg-query() { :; }
    apt-get() { [[ " $* " != *" install "* ]] || echo "$@" >&3; }
    exec 3>&1
    source <(sed -n '/^install_packages()/,/^}/p' .ci/run)
    install_packages`;
  const { stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", script], {
    cwd: join(__dirname, "../.."),
    encoding: "utf8",
    // From a socket, bash takes itself for one that a remote shell started, and reads more than it is told.
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(stderr).toBe("");
  const names = ciPackages().map(({ name }) => name);
  expect(names).toContain("docker.io");
  expect(stdout).toBe(`install -qq -y --no-install-recommends ${names.join(" ")}\n`);
});
