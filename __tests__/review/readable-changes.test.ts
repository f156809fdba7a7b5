/** The rows of a change: names instead of references, what rules say, and no noise. */
import { changePage } from "../../lib/review/page/change-page";
import { compareStacks } from "../../lib/review/changes/compare";
import { markdown } from "../../lib/review/format/markdown";
import { readStack } from "../../lib/review/read/read-stack";
import { change, CloudStack, cloudJson, cloudStack, resourceNamed, StackJson, theOnly } from "../support/review";

const changes = (before: CloudStack, after: CloudStack) => change(before, after).apps[0].changes;
const office = { network: { sourceRanges: ["203.0.113.0/24"] } };
const rule = (values: object): CloudStack => ({
  edit: ({ resource }) => (resource.google_compute_firewall.mine = { network: "default", ...values }),
});
const named = (part: string, before: CloudStack, after: CloudStack) =>
  changes(before, after).find(({ name }) => name?.includes(part));

test("a mount's bucket is called by its name, also with a folder of it", () => {
  const before = { props: { mounts: [{ path: "/srv/a", prefix: "a" }] } };
  const after = { props: { mounts: [{ path: "/srv/b", prefix: "b" }] } };
  const { name } = theOnly(cloudJson(before), "google_storage_bucket");
  expect(changes(before, after)).toEqual([
    expect.objectContaining({ name: "/srv/a", before: `${name}/a/` }),
    expect.objectContaining({ name: "/srv/b", after: `${name}/b/` }),
  ]);
});

test.each<[string, object, string]>([
  [
    "one that opens SSH",
    { allow: [{ protocol: "tcp", ports: ["22"] }], source_ranges: ["0.0.0.0/0"] },
    "TCP 22 from 0.0.0.0/0",
  ],
  [
    "one in halves",
    { allow: [{ protocol: "tcp" }], source_ranges: ["0.0.0.0/1", "128.0.0.0/1"] },
    "TCP, all ports from 0.0.0.0/0",
  ],
  [
    "one that denies",
    { deny: [{ protocol: "all" }], source_ranges: ["10.0.0.0/8"] },
    "denies every protocol from 10.0.0.0/8",
  ],
  ["one that is off", { allow: [{ protocol: "udp", ports: ["53"] }], disabled: true }, "UDP 53 from 0.0.0.0/0 (off)"],
  ["one for what goes out", { allow: [{ protocol: "all" }], direction: "EGRESS" }, "outgoing traffic"],
])("a firewall rule that is created or destroyed says what it is: %s", (_, values, words) => {
  expect(named("mine", {}, rule(values))).toMatchObject({ after: words });
  expect(named("mine", rule(values), {})).toMatchObject({ before: words });
});

test("who loses access", () => {
  const lost = changes({}, { props: office }).filter(({ note }) => note === "no longer reachable");
  expect(lost).toMatchObject([{ before: "TCP 80 from 0.0.0.0/0" }]);
  const gained = changes({ props: office }, {}).filter(({ note }) => note === "no longer reachable");
  expect(gained).toEqual([]);
});

test("descriptions, display names and the library's own label: one row, and a change nevertheless", () => {
  const edit = (stack: StackJson) => {
    resourceNamed(stack, "google_compute_firewall", "deny").description = "x";
    theOnly(stack, "google_service_account").display_name = "y";
    theOnly(stack, "google_storage_bucket").labels = { app: "z" };
  };
  expect(changes({}, { edit }).map(({ what, note }) => [what, note])).toEqual([
    ["descriptions and labels", "3 that the library writes"],
  ]);
  const labels = (stack: StackJson) => (theOnly(stack, "google_storage_bucket").labels = { team: "a" });
  expect(named("labels", {}, { edit: labels })).toBeDefined();
});

test("an app that is removed: its VM is deleted, and nothing of it stops and starts", () => {
  const { effects, apps } = compareStacks(cloudStack(), readStack('{"terraform":{}}', "none"));
  expect(effects).not.toContain("VM stops and starts");
  expect(apps[0].changes[0]).toMatchObject({ note: "removed: the VM is deleted", effect: "app removed" });
});

test("APIs that Terraform no longer enables stay enabled: one row", () => {
  const after = { props: { enableApis: false } };
  const compared = change({}, after);
  const services = compared.others.filter(({ address }) => address.startsWith("google_project_service."));
  expect(services.length).toBeGreaterThan(1);
  const page = markdown(changePage(compared, cloudStack(after), "cloud"));
  const rows = page
    .split("<details>")[0]
    .split("\n")
    .filter((line) => line.includes("google_project_service"));
  expect(rows).toEqual([expect.stringContaining("| no longer managed: the APIs stay enabled | — | nothing |")]);
});
