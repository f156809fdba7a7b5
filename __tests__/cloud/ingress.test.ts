import { Protocol } from "../../lib";
import { synthesizeApp } from "../support/synthesize";

const ACCOUNT = expect.stringMatching(/^\$\{google_service_account\..*\.email\}$/);

const rules = (props: Parameters<typeof synthesizeApp>[0] = {}) =>
  Object.fromEntries(
    Object.values(synthesizeApp(props).resource.google_compute_firewall).map((rule) => [rule.name, rule]),
  );

test("the published ports are open to anyone, and all else of the VM is closed", () => {
  const { "gallery-allow": allow, "gallery-deny": deny, ...others } = rules();
  expect(others).toEqual({});
  expect(allow).toMatchObject({
    allow: [{ protocol: "tcp", ports: ["80"] }],
    source_ranges: ["0.0.0.0/1", "128.0.0.0/1"],
    target_service_accounts: [ACCOUNT],
    direction: "INGRESS",
    network: "default",
  });
  expect(deny).toMatchObject({ deny: [{ protocol: "all" }], target_service_accounts: [ACCOUNT], priority: 65533 });
  expect(allow.priority).toBeUndefined();
});

test("TCP and UDP ports are open each by their own protocol", () => {
  const ports = [
    { containerPort: 8080, hostPort: 80 },
    { containerPort: 443 },
    { containerPort: 53, protocol: Protocol.UDP },
  ];
  expect(rules({ ports })["gallery-allow"].allow).toEqual([
    { protocol: "tcp", ports: ["80", "443"] },
    { protocol: "udp", ports: ["53"] },
  ]);
});

test("without ports nothing is open", () => {
  expect(Object.keys(rules({ ports: [] }))).toEqual(["gallery-deny"]);
});

test("only the given ranges get in", () => {
  const sourceRanges = ["203.0.113.0/24", "198.51.100.7/32"];
  expect(rules({ network: { sourceRanges } })["gallery-allow"].source_ranges).toEqual(sourceRanges);
});

test("anywhere is given in two halves, since the provider would keep 0.0.0.0/0 beside what replaces it", () => {
  const sourceRanges = ["0.0.0.0/0"];
  expect(rules({ network: { sourceRanges } })["gallery-allow"].source_ranges).toEqual(["0.0.0.0/1", "128.0.0.0/1"]);
});

test("SSH is open through Identity-Aware Proxy, and only if it was asked for", () => {
  expect(rules({ network: { iapSsh: true } })["gallery-allow-iap-ssh"]).toMatchObject({
    allow: [{ protocol: "tcp", ports: ["22"] }],
    source_ranges: ["35.235.240.0/20"],
  });
});

test("the rules are in the project that has the network", () => {
  const network = { network: "shared", networkProject: "host-project", subnetwork: "shared-east" };
  for (const rule of Object.values(rules({ network }))) {
    expect(rule).toMatchObject({ project: "host-project", network: "shared" });
  }
});
