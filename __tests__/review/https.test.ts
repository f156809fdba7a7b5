/** HTTPS: what the page says of who is let in and by what, and of the certificates' disk; what turning it on does. */
import { GcsBackedContainerAppProps, Secret, Updates } from "../../lib";
import { changePage } from "../../lib/review/page/change-page";
import { markdown } from "../../lib/review/format/markdown";
import { diagramOf } from "../../lib/review/page/stack-diagram";
import { stackPage } from "../../lib/review/page/stack-page";
import { change, type CloudStack, cloudStack, gatesOf } from "../support/review";

const HTTPS: Partial<GcsBackedContainerAppProps> = {
  https: { domains: ["photos.example.com"], dnsZone: "example-com" },
  ports: [{ containerPort: 8000, hostPort: 80 }],
};
const PLAIN: Partial<GcsBackedContainerAppProps> = { ports: [{ containerPort: 8000, hostPort: 80 }] };

test("the page says that the proxy is reached, for whom it is, and what its disk has", () => {
  const text = markdown(stackPage(cloudStack({ props: HTTPS }), "cloud"));
  expect(text).toMatch(
    /anybody on the internet.*TCP 80, 443.*the proxy in front of the app's port 8000 \(`80:80\/tcp`,? *`443:443\/tcp`\)/,
  );
  expect(text).toContain("`https:/data`");
  expect(text).toContain("It has certificates and their keys, of which no copy is kept: others can be had.");
  expect(text).toContain("DNS records of this stack point to it: `photos.example.com`.");
  expect(text).not.toMatch(/does not judge.*\n[\s\S]*dns_record/);
});

test("in the diagram visitors come to the proxy, and the proxy to the app", () => {
  const { edges } = diagramOf(cloudStack({ props: HTTPS }));
  expect(edges).toContainEqual({ from: "app0_visitor0", to: "app0_sidecar0", label: "TCP 80, 443" });
  expect(edges).toContainEqual({ from: "app0_sidecar0", to: "app0", label: "HTTP 8000" });
  expect(edges).not.toContainEqual(expect.objectContaining({ from: "app0_visitor0", to: "app0" }));
});

test("turned on for an app that runs, it restarts the app, opens 443, and replaces nothing", () => {
  const compared = change({ props: PLAIN }, { props: HTTPS });
  const { changes } = compared.apps[0];
  expect(changes).toContainEqual(
    expect.objectContaining({ what: "sidecar", name: "https", effect: "sidecar changes" }),
  );
  expect(changes).toContainEqual(
    expect.objectContaining({
      what: "port",
      before: "80:8000/tcp",
      note: "the proxy is in front of it now: on port 80 clients are sent to HTTPS, on others they reach nothing",
    }),
  );
  expect(changes).toContainEqual(
    expect.objectContaining({ what: "port behind the proxy", after: 8000, effect: "app restarts" }),
  );
  expect(changes.map(({ effect }) => effect)).not.toContain("VM is replaced");
  const exposures = compared.exposures.map(({ text, values }) => `${text}: ${values.join(" ")}`);
  expect(exposures.filter((text) => /not judged/.test(text))).toEqual([]);
  expect(exposures.join("\n")).toMatch(/443/);
});

test("an update of an app behind it: requests wait, or where two of it may run are asked of the next one", () => {
  const page = (one: Partial<GcsBackedContainerAppProps>) => {
    const both = { ...HTTPS, memoryMib: 256, ...one };
    const next = { props: { ...both, environment: { A: "1" } } };
    return markdown(changePage(change({ props: both }, next), cloudStack(next), "cloud"));
  };
  expect(page({})).toContain("Meanwhile requests wait in the proxy, up to 60 seconds.");
  const overlapping = page({ https: { domains: ["photos.example.com"], updates: Updates.OVERLAP } });
  expect(overlapping).toContain("the next one starts beside the one before and gets the requests once it answers");
  const turnedOn = { props: HTTPS };
  expect(markdown(changePage(change({ props: PLAIN }, turnedOn), cloudStack(turnedOn), "cloud"))).not.toContain(
    "Meanwhile requests wait",
  );
});

/** What the page of a change says beneath the app's heading. */
const effectLine = (before: Partial<GcsBackedContainerAppProps>, after: Partial<GcsBackedContainerAppProps>) =>
  /^Effect: \*\*.*\)\..*$/m.exec(
    markdown(changePage(change({ props: before }, { props: after }), cloudStack({ props: after }), "cloud")),
  )![0];

test("where the VM goes, nobody waits in its proxy and nothing comes back", () => {
  const larger = { ...HTTPS, environment: { A: "1" }, machine: { bootDiskSizeGb: 50 } };
  expect(effectLine(HTTPS, larger)).toMatch(/VM replaced.*minutes without service/);
  expect(effectLine(HTTPS, larger)).not.toMatch(/requests wait|comes back/);
});

test("where the proxy itself changes, the page says that nothing is reached meanwhile", () => {
  const another = { ...HTTPS, https: { ...HTTPS.https!, maintenancePage: "<h1>Back soon</h1>" } };
  expect(effectLine(HTTPS, another)).toContain("The proxy itself restarts: for seconds nothing is reached through it.");
  expect(effectLine(HTTPS, { ...another, environment: { A: "1" } })).not.toContain("requests wait");
  expect(effectLine(HTTPS, { ...HTTPS, environment: { A: "1" } })).not.toContain("The proxy itself restarts");
});

test("besides lost data, the page says how long nothing serves", () => {
  const edit: CloudStack["edit"] = ({ resource }) => {
    delete resource.google_storage_bucket;
  };
  const after = { props: { ...HTTPS, machine: { machineType: "e2-medium" } }, edit };
  expect(markdown(changePage(change({ props: HTTPS }, after), cloudStack(after), "cloud"))).toContain(
    "(files, or what they could be restored from; a minute or more without service).",
  );
});

test("a DNS record that goes takes the name away, and no data", () => {
  const zone = (dnsZone?: string) => ({ ...HTTPS, https: { domains: ["photos.example.com"], dnsZone } });
  const records = (before: object, after: object) =>
    change({ props: before }, { props: after }).apps[0].changes.filter(({ what }) => what === "DNS record");
  const asked = "who asks for photos.example.com";
  expect(records(zone("a"), zone())).toEqual([
    expect.objectContaining({ note: `destroyed: ${asked} no longer gets this answer`, effect: "address changes" }),
  ]);
  expect(records(zone(), zone("a"))).toEqual([
    expect.objectContaining({ note: "created: photos.example.com leads to the VM", effect: "nothing" }),
  ]);
  expect(records(zone("a"), zone("b"))).toEqual([
    expect.objectContaining({
      name: "managed_zone",
      note: `replaced: ${asked} gets this answer no longer, or not for a while`,
      effect: "address changes",
    }),
  ]);
  const elsewhere: CloudStack = {
    props: zone("a"),
    edit: ({ resource }) =>
      Object.values<{ rrdatas: string[] }>(resource.google_dns_record_set).forEach(
        (one) => (one.rrdatas = ["192.0.2.1"]),
      ),
  };
  expect(change({ props: zone("a") }, elsewhere).apps[0].changes).toContainEqual(
    expect.objectContaining({ what: "DNS record", note: `${asked} gets another answer`, effect: "address changes" }),
  );
  expect(gatesOf({ props: zone("a") }, { props: zone() })).not.toContain("data-loss");
  expect(gatesOf({ props: zone("a") }, { props: zone() })).toContain("address");
});

test("moving it to another zone is refused, as its disk is", () => {
  const { changes } = change({ props: HTTPS }, { props: { ...HTTPS, zone: "us-east1-c" } }).apps[0];
  expect(changes).toContainEqual(
    expect.objectContaining({
      what: "disk",
      name: "zone",
      note: "the deployment refuses it: the disk would be replaced by a blank one",
    }),
  );
});

test("another check, another limit and another way to update, in words", () => {
  const changed = {
    memoryMib: 256,
    https: { ...HTTPS.https!, healthCheck: { path: "/healthz", expectedStatus: 200 }, updates: Updates.OVERLAP },
  };
  const { changes } = change({ props: HTTPS }, { props: { ...HTTPS, ...changed } }).apps[0];
  expect(changes).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        what: "check of the app behind the proxy",
        name: "path",
        before: "/",
        after: "/healthz",
      }),
      expect.objectContaining({ what: "check of the app behind the proxy", name: "expectedStatus", after: 200 }),
      expect.objectContaining({ what: "most memory, in MiB", after: 256, effect: "app restarts" }),
      expect.objectContaining({ what: "updates", after: "overlap", effect: "nothing" }),
    ]),
  );
  const text = markdown(stackPage(cloudStack({ props: { ...HTTPS, ...changed } }), "cloud"));
  expect(text).toContain("when `/healthz` is answered on its port `8000` by the status `200`");
  expect(text).toContain("for a while two run at once");
  expect(text).toContain("`256` MiB");
});

test("how the next version comes restarts nothing itself", () => {
  const replace = { ...HTTPS, memoryMib: 256 };
  const overlap = { ...replace, https: { ...HTTPS.https!, updates: Updates.OVERLAP } };
  const { changes } = change({ props: replace }, { props: overlap }).apps[0];
  expect(changes.map(({ what, effect }) => [what, effect])).toEqual([["updates", "nothing"]]);
});

test("a password in front of the app: the page says that there is one, and less of it is an exposure", () => {
  const hash = (version: string) => Secret.fromSecretManager("site-password-hash", { version });
  const basicAuth = (user: string, version: string) => ({
    ...HTTPS,
    https: { ...HTTPS.https!, basicAuth: { user, passwordHash: hash(version) } },
  });
  expect(markdown(stackPage(cloudStack({ props: basicAuth("me", "1") }), "cloud"))).toContain(
    "port 8000, which asks for a password",
  );
  expect(markdown(stackPage(cloudStack({ props: HTTPS }), "cloud"))).not.toContain("asks for a password");
  const exposed = (before: object, after: object) =>
    change({ props: before }, { props: after })
      .exposures.filter(({ text }) => /password/.test(text))
      .map(({ severity, text, values }) => [severity, text, ...values]);
  expect(exposed(basicAuth("me", "1"), HTTPS)).toEqual([
    [2, "nobody is asked for a password in front of the app any longer; before, it was that of the user", "me"],
  ]);
  const another = [1, "another user or password opens the app"];
  expect(exposed(basicAuth("me", "1"), basicAuth("you", "1"))).toEqual([[...another, "you"]]);
  expect(exposed(basicAuth("me", "1"), basicAuth("me", "2"))).toEqual([[...another, "me"]]);
  expect(exposed(HTTPS, basicAuth("me", "1"))).toEqual([]);
  expect(exposed(basicAuth("me", "1"), basicAuth("me", "1"))).toEqual([]);
});

test("another domain is a row of its own", () => {
  const domains = (...names: string[]) => ({ props: { ...HTTPS, https: { domains: names, dnsZone: "example-com" } } });
  const [one, two] = ["photos.example.com", "pictures.example.com"];
  expect(change(domains(one), domains(one, two)).apps[0].changes).toContainEqual(
    expect.objectContaining({
      what: "sidecar https: domains with certificates",
      before: [one],
      after: [one, two],
      effect: "sidecar changes",
    }),
  );
});

test("taken out again, nothing but the certificates goes", () => {
  expect(gatesOf({ props: HTTPS }, { props: PLAIN })).not.toContain("replaced");
});
