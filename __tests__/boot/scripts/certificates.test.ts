/** What certificates.py makes of Caddy's log, and container.sh of that. The lines are those of Caddy 2.11.4 with Pebble. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { PYTHON } from "../../support/rendered";
import { sample, sidecarOf } from "../../support/sample-declaration";
import { FakeVm } from "../../support/vm";

const SCRIPT = join(__dirname, "../../../lib/boot/scripts/certificates.py");

const line = (fields: object) => JSON.stringify({ level: "error", ts: 1795723587.75, ...fields });
const failed = (error: string, fields: object = {}) =>
  line({
    logger: "tls.obtain",
    msg: "could not get certificate from issuer",
    identifier: "photos.test",
    issuer: "acme.test-14000-dir",
    error,
    ...fields,
  });
const obtained = (identifier = "photos.test") =>
  line({ level: "info", logger: "tls.obtain", msg: "certificate obtained successfully", identifier });
const asked = line({ level: "info", logger: "tls.obtain", msg: "obtaining certificate", identifier: "photos.test" });
const DNS =
  "HTTP 400 urn:ietf:params:acme:error:dns - DNS problem: NXDOMAIN looking up A for photos.test, url: https://acme.test:14000/authZ/1 (order=https://acme.test:14000/my-order/1) (ca=https://acme.test:14000/dir)";

function said(lines: readonly string[], domains = ["photos.test"]): string[] {
  const input = lines.map((one) => `${one}\n`).join("");
  const options = { encoding: "utf8", input, env: { LC_ALL: "C" } } as const;
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-I", "-S", SCRIPT, ...domains], options);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.split("\n").slice(0, -1);
}

test("the domain names itself, with the authority's reason, until it has its certificate", () => {
  expect(said([asked, failed(DNS), failed(DNS), obtained()])).toEqual([
    "photos.test has no certificate yet: it has been asked for",
    "photos.test has no certificate yet: waiting for DNS: HTTP 400 urn:ietf:params:acme:error:dns - DNS problem: NXDOMAIN looking up A for photos.test",
    "",
  ]);
});

test.each([
  ["connection", "the domain does not lead to this VM"],
  ["unauthorized", "another server answers for the domain"],
  ["caa", "the domain's CAA records forbid it"],
  ["rejectedIdentifier", "the authority refuses the domain"],
  ["rateLimited", "the authority gives no more for now"],
])("what to do about %s is said", (type, reason) => {
  expect(said([failed(`creating order: HTTP 403 urn:ietf:params:acme:error:${type} - No: "x"`)])).toEqual([
    `photos.test has no certificate yet: ${reason}: HTTP 403 urn:ietf:params:acme:error:${type} - No: "x"`,
  ]);
});

test("an authority that is not reached, and a renewal that fails", () => {
  const error = 'provisioning client: performing request: Get "https://acme.test:14000/dir": dial tcp: no such host';
  expect(said([failed(error)])).toEqual([`photos.test has no certificate yet: ${error}`]);
  expect(said([failed(error, { logger: "tls.renew" })])).toEqual([
    `the certificate of photos.test is not renewed: ${error}`,
  ]);
});

test("several domains are told together, and those of nobody are not", () => {
  const other = { identifier: "www.photos.test" };
  expect(
    said(
      [failed("a", other), failed("b"), failed("c", { identifier: "x.test" }), obtained()],
      ["photos.test", "www.photos.test"],
    ),
  ).toEqual([
    "www.photos.test has no certificate yet: a",
    "photos.test has no certificate yet: b; www.photos.test has no certificate yet: a",
    "www.photos.test has no certificate yet: a",
  ]);
});

test("what is no line of the log, or is too long, or has line breaks, does no harm", () => {
  const lines = [
    '{"identifier": ',
    '["identifier"]',
    '"identifier"',
    '{"identifier": ["photos.test"]}',
    "\u0000 \ud800",
  ];
  expect(said(lines)).toEqual([]);
  expect(said([failed(`a\nb\r${"x".repeat(1000)}`)])).toEqual([
    `photos.test has no certificate yet: a b ${"x".repeat(296)}`,
  ]);
});

test("the sidecar's state says it, while it is live", () => {
  const vm = new FakeVm(
    sample({ ports: [], sidecars: [sidecarOf({ name: "https", certificatesFor: ["photos.test"] })] }),
    // The container ends once it has been said.
    { sleep: `/bin/sleep 0.05; ! grep --quiet DNS "$RUN_FOLDER/state/sidecar-https" || echo 1 >"$state/ended"` },
  );
  vm.programs.set("log", `${failed(DNS)}\n`);
  const { stdout } = vm.run("container.sh", ["sidecar-https"]);
  expect(stdout).toContain("sidecar-https: live photos.test has no certificate yet: waiting for DNS: HTTP 400 urn:");
});
