import { TerraformVariable } from "cdktf";
import { GcsBackedContainerApp, Protocol } from "../../lib";
import { ready, synthesize, synthesizeApp } from "../support/synthesize";

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

test("each rule says what it is for, and only anywhere is explained as two halves", () => {
  const texts = (network = {}) =>
    Object.fromEntries(
      Object.values(synthesizeApp({ network }).resource.google_compute_firewall).map((rule) => [
        rule.name,
        rule.description,
      ]),
    );
  expect(texts({ iapSsh: true })).toEqual({
    "gallery-allow":
      "Opens the published ports of gallery to anywhere: 0.0.0.0/0 in two halves, which the google provider 6.50 can remove again, unlike the whole",
    "gallery-allow-iap-ssh": "Opens SSH to the VM of gallery to Identity-Aware Proxy, and to nobody else",
    "gallery-deny":
      "Denies everything else to the VM of gallery, SSH included: it goes before the default network's rules (65534) and after rules with a lower number",
  });
  expect(texts({ sourceRanges: ["203.0.113.0/24"] })["gallery-allow"]).toBe(
    "Opens the published ports of gallery to the source ranges",
  );
});

test("ranges that are an unresolved token are not called anywhere", () => {
  const stack = synthesize((scope) => {
    const sourceRanges = new TerraformVariable(scope, "ranges", {}).listValue;
    new GcsBackedContainerApp(scope, "gallery", { ...ready(), network: { sourceRanges } });
  });
  const rule = Object.values(stack.resource.google_compute_firewall).find(({ name }) => name === "gallery-allow");
  expect(rule).toMatchObject({
    source_ranges: "${var.ranges}",
    description: "Opens the published ports of gallery to the source ranges",
  });
});
