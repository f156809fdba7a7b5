/** What HTTPS makes of an app: the proxy beside it, its disk, the firewall, DNS records, and what is said at synthesis. */
import Ajv2020 from "ajv/dist/2020";
import { TerraformVariable } from "cdktf";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  ContainerImage,
  GcsBackedContainerApp,
  GcsBackedContainerAppProps,
  HttpsOptions,
  Protocol,
  Secret,
  Updates,
} from "../../lib";
import { PROXY_IMAGE } from "../../lib/images/proxy-image";
import { declarationOf } from "../support/declaration";
import { addresses, annotations, newStack, only, ready, synthesizeApp, synthesized } from "../support/synthesize";

const schema = JSON.parse(readFileSync(join(__dirname, "../../lib/boot/declaration.schema.json"), "utf8"));
const isValid = new Ajv2020({ strict: true }).compile(schema);

const withHttps = (https: Partial<HttpsOptions> = {}, props: Partial<GcsBackedContainerAppProps> = {}) => ({
  https: { domains: ["photos.example.com", "www.example.com"], ...https },
  ...props,
});
const declared = (...given: Parameters<typeof withHttps>) => declarationOf(synthesizeApp(withHttps(...given)));
const proxyIn = ({ sidecars }: ReturnType<typeof declarationOf>) => sidecars!.find(({ name }) => name === "https")!;
const caddyfileOf = (...given: Parameters<typeof withHttps>) => proxyIn(declared(...given)).environment.CADDYFILE;
const app = (props: Partial<GcsBackedContainerAppProps>) =>
  new GcsBackedContainerApp(newStack(), "gallery", { ...ready(), ...props });

test("the proxy is one more sidecar, from Caddy's own image by its digest, with a limit of memory", () => {
  const declaration = declared();
  expect(isValid(declared({}, { existingBucket: "files" }))).toBe(true);
  expect(PROXY_IMAGE).toMatch(/^docker\.io\/library\/caddy:2\.11\.4@sha256:[0-9a-f]{64}$/);
  expect(declaration.sidecars).toHaveLength(1);
  expect(proxyIn(declaration)).toMatchObject({
    image: PROXY_IMAGE,
    ports: [
      { containerPort: 80, hostPort: 80, protocol: "tcp" },
      { containerPort: 443, hostPort: 443, protocol: "tcp" },
      { containerPort: 443, hostPort: 443, protocol: "udp" },
    ],
    mounts: [],
    disks: [{ name: "certificates", path: "/data", disk: "gallery-certificates" }],
    restartPolicy: "always",
    memoryMib: 256,
    certificatesFor: ["photos.example.com", "www.example.com"],
  });
  expect(caddyfileOf()).toMatch(/^photos\.example\.com, www\.example\.com \{$/m);
  expect(caddyfileOf()).toContain("reverse_proxy app.:80 {");
  expect(caddyfileOf()).toContain("dir https://acme-v02.api.letsencrypt.org/directory");
});

test("it comes after the sidecars of the user, whose places in messages and addresses stay", () => {
  const image = ContainerImage.fromRegistry(`ghcr.io/me/db@sha256:${"2".repeat(64)}`);
  const { sidecars } = declared({}, { sidecars: [{ name: "db", image }] });
  expect(sidecars!.map(({ name }) => name)).toEqual(["db", "https"]);
});

test("the app's port behind it is not published, and says when the app is live", () => {
  expect(declared()).toMatchObject({
    ports: [],
    httpCheck: { containerPort: 80, host: "photos.example.com", path: "/", intervalSeconds: 1 },
  });
  const healthCheck = { path: "/healthz?full=1", expectedStatus: 204, intervalSeconds: 5 };
  expect(declared({ healthCheck }).httpCheck).toMatchObject(healthCheck);
  const ports = [{ containerPort: 8000, hostPort: 80 }];
  expect(declared({}, { ports })).toMatchObject({ ports: [], httpCheck: { containerPort: 8000 } });
  expect(caddyfileOf({}, { ports })).toContain("reverse_proxy app.:8000 {");
});

test("a page of one's own is the proxy's environment, whatever is in it", () => {
  const maintenancePage = '<p>{env.HOME} `x` {$HOME} "q" ${x}</p>\n';
  const { environment } = proxyIn(declared({ maintenancePage }));
  expect(environment.MAINTENANCE_PAGE).toBe(maintenancePage);
  expect(environment.CADDYFILE).toContain("respond {env.MAINTENANCE_PAGE} 503");
  expect(proxyIn(declared()).environment).not.toHaveProperty("MAINTENANCE_PAGE");
});

test("the port behind HTTPS may be named without ports: then nothing else is published", () => {
  expect(declared({ containerPort: 8080 })).toMatchObject({ ports: [], httpCheck: { containerPort: 8080 } });
});

test("whoever the user of the password is: the name is no word of the Caddyfile", () => {
  const passwordHash = Secret.fromSecretManager("site-hash", { version: "2" });
  const { environment } = proxyIn(declared({ basicAuth: { user: "import", passwordHash } }));
  expect(environment.BASIC_AUTH_USER).toBe("import");
  expect(environment.CADDYFILE).not.toContain("import");
});

test.each([
  ["$2a$14$" + "a".repeat(53), 0],
  ["$2y$05$" + "./Aa0".repeat(10) + "abc", 0],
  ["hunter2", 64],
  ["", 64],
  ["$2a$14$short", 64],
  ["$2a$14$" + "a".repeat(53) + "\n", 64],
  ["x\n$2a$14$" + "a".repeat(53), 64],
])("the proxy does not start with what is no bcrypt hash: %j", (value, status) => {
  const { args } = proxyIn(declared());
  const [check] = args![0].split(" && mkdir ");
  const ended = spawnSync("sh", ["-c", check], { env: { ...process.env, PASSWORD_HASH: value }, encoding: "utf8" });
  expect([ended.status, ended.stderr]).toEqual([
    status,
    status === 0 ? "" : "the secret of https.basicAuth is no bcrypt hash\n",
  ]);
  expect(spawnSync("sh", ["-c", check], { env: { PATH: process.env.PATH } }).status).toBe(0);
});

test("its updates are said only where two of it may run at once; it then has room for two", () => {
  expect(declared()).not.toHaveProperty("updates");
  const { OVERLAP } = Updates;
  expect(declared({ updates: OVERLAP }, { memoryMib: 512, machine: { machineType: "e2-medium" } })).toMatchObject({
    updates: "overlap",
    memoryMib: 512,
  });
  // Exactly as much as there is; and a machine type whose memory is not known.
  expect(declared({ updates: OVERLAP }, { memoryMib: 640 }).updates).toBe("overlap");
  expect(declared({ updates: OVERLAP }, { memoryMib: 9999, machine: { machineType: "c4-standard-2" } }).updates).toBe(
    "overlap",
  );
});

test("further ports are published as before; then browsers are not told to use HTTPS alone", () => {
  const ports = [
    { containerPort: 8000, hostPort: 80 },
    { containerPort: 2222, hostPort: 2222 },
  ];
  const declaration = declared({ containerPort: 8000 }, { ports });
  expect(declaration).toMatchObject({ ports: [{ hostPort: 2222 }], httpCheck: { containerPort: 8000 } });
  expect(proxyIn(declaration).environment.CADDYFILE).not.toContain("Strict-Transport-Security");
  const udp = [{ containerPort: 8000 }, { containerPort: 53, protocol: Protocol.UDP }];
  expect(caddyfileOf({}, { ports: udp })).toContain("header ?Strict-Transport-Security max-age=2592000");
});

test("without it nothing is otherwise: no check of the app, no key of its own", () => {
  expect(declarationOf(synthesizeApp())).not.toHaveProperty("httpCheck");
  expect(declarationOf(synthesizeApp())).not.toHaveProperty("sidecars");
});

test("the firewall opens 80 and 443 to whom the app was open, and nothing else", () => {
  const ranges = ["203.0.113.0/24"];
  const rules = Object.values(
    synthesizeApp(withHttps({}, { network: { sourceRanges: ranges } })).resource.google_compute_firewall,
  );
  expect(rules.find(({ name }) => name === "gallery-allow")).toMatchObject({
    source_ranges: ranges,
    allow: [
      { protocol: "tcp", ports: ["80", "443"] },
      { protocol: "udp", ports: ["443"] },
    ],
  });
});

test("the certificates' disk: no copy of a key is kept, and it goes with the app", () => {
  const stack = synthesizeApp(withHttps());
  const disk = only(stack, "google_compute_disk");
  expect(disk).toMatchObject({ name: "gallery-certificates", size: 10, create_snapshot_before_destroy: false });
  expect(disk.lifecycle.prevent_destroy).toBeUndefined();
  expect(disk.lifecycle.precondition[0].error_message).toMatch(/take it back, or take https out of the app's props/);
  expect(stack.resource.google_compute_resource_policy).toBeUndefined();
  expect(only(stack, "google_compute_instance").attached_disk).toMatchObject([{ device_name: "certificates" }]);
});

test("email, authority and its certificate reach the proxy; the certificate as a file", () => {
  const certificate = readFileSync(join(__dirname, "../fixtures/authority.pem"), "utf8");
  const https = {
    email: "me@example.com",
    acmeServer: "https://acme.internal:14000/dir",
    acmeServerCertificate: certificate,
    domains: ["photos.internal"],
  };
  const { environment } = proxyIn(declared(https));
  expect(environment.ACME_SERVER_CERTIFICATE).toBe(certificate);
  expect(environment.CADDYFILE).toContain(
    "issuer acme {\n\t\t\tdir https://acme.internal:14000/dir\n\t\t\temail me@example.com\n\t\t\ttrusted_roots /etc/caddy/acme-server.pem\n",
  );
});

test("a password is asked for by the proxy, which alone has its hash, from a secret", () => {
  const passwordHash = Secret.fromSecretManager("site-hash", { version: "2" });
  const stack = synthesizeApp(withHttps({ basicAuth: { user: "me", passwordHash } }));
  const declaration = declarationOf(stack);
  expect(
    isValid(
      declarationOf(synthesizeApp(withHttps({ basicAuth: { user: "me", passwordHash } }, { existingBucket: "files" }))),
    ),
  ).toBe(true);
  expect(proxyIn(declaration).secrets).toEqual({
    PASSWORD_HASH: { secret: "projects/demo-project-123/secrets/site-hash", version: "2" },
  });
  expect(declaration.secrets).toBeUndefined();
  expect(proxyIn(declaration).environment.CADDYFILE).toContain(
    "basic_auth {\n\t\t{env.BASIC_AUTH_USER} {env.PASSWORD_HASH}\n\t}\n",
  );
  expect(only(stack, "google_secret_manager_secret_iam_member")).toMatchObject({
    secret_id: "projects/demo-project-123/secrets/site-hash",
    role: "roles/secretmanager.secretAccessor",
  });
});

describe("DNS", () => {
  test("without a zone, the records to create are told", () => {
    const { dnsRecords, url } = app(withHttps());
    expect(dnsRecords).toHaveLength(2);
    expect(dnsRecords![0]).toMatch(/^photos\.example\.com\. 300 IN A \$\{TfToken\[/);
    expect(url).toBe("https://photos.example.com");
    expect(synthesizeApp(withHttps()).resource.google_dns_record_set).toBeUndefined();
    expect(app({}).dnsRecords).toBeUndefined();
  });

  test("with a zone they are created, and its API is enabled", () => {
    const https = { dnsZone: "example-com" };
    expect(app(withHttps(https)).dnsRecords).toBeUndefined();
    const stack = synthesizeApp(withHttps(https));
    const records = Object.values(stack.resource.google_dns_record_set);
    expect(records.map(({ name }) => name)).toEqual(["photos.example.com.", "www.example.com."]);
    expect(records[0]).toMatchObject({
      project: "demo-project-123",
      managed_zone: "example-com",
      type: "A",
      ttl: 300,
      rrdatas: [expect.stringMatching(/^\$\{google_compute_address\..*\.address\}$/)],
    });
    expect(JSON.stringify(stack.resource.terraform_data)).toContain("dns.googleapis.com");
    expect(JSON.stringify(synthesizeApp(withHttps()).resource.terraform_data)).not.toContain("dns.googleapis.com");
  });

  test("the zone may be another project's, and the VM without external address", () => {
    const network = { externalAddress: false, sourceRanges: ["10.0.0.0/8"] };
    const https = { dnsZone: "projects/dns-project-1/managedZones/internal", domains: ["photos.example.com"] };
    expect(only(synthesizeApp(withHttps(https, { network })), "google_dns_record_set")).toMatchObject({
      project: "dns-project-1",
      managed_zone: "internal",
      rrdatas: [expect.stringMatching(/^\$\{google_compute_instance\..*network_ip\}$/)],
    });
  });

  test("a record's address in the state depends on its domain alone", () => {
    const records = (...domains: string[]) =>
      addresses(synthesizeApp(withHttps({ dnsZone: "example-com", domains }))).filter((one) => /dns_record/.test(one));
    expect(records("a.example.com", "b.example.com").sort()).toEqual(records("b.example.com", "a.example.com").sort());
    expect(records("a.example.com")).toHaveLength(1);
    expect(records("a.example.com", "b.example.com")).toEqual(expect.arrayContaining(records("a.example.com")));
  });
});

describe("unresolved tokens", () => {
  test("are checked by Terraform before they become words of the Caddyfile", () => {
    const stack = newStack();
    const variable = (name: string) => new TerraformVariable(stack, name, {}).stringValue;
    new GcsBackedContainerApp(stack, "gallery", {
      ...ready(),
      https: {
        domains: [variable("domain"), `www.${variable("suffix")}`],
        email: variable("email"),
        acmeServer: variable("server"),
        acmeServerCertificate: variable("certificate"),
        dnsZone: variable("zone"),
      },
    });
    const synthesizedStack = synthesized(stack);
    const { precondition } = only(synthesizedStack, "google_compute_instance").lifecycle;
    const messages = precondition.map((one: { error_message: string }) => one.error_message.split(" is not valid")[0]);
    expect(messages).toEqual(
      expect.arrayContaining([
        "https.domains[0]",
        "https.domains[1]",
        "https.email",
        "https.acmeServer",
        "https.dnsZone",
        "https.acmeServerCertificate",
      ]),
    );
    expect(proxyIn(declarationOf(synthesizedStack)).environment.CADDYFILE).toContain(
      "${var.domain}, www.${var.suffix} {",
    );
  });
});

describe("what is said at synthesis", () => {
  const printed = (props: Partial<GcsBackedContainerAppProps>) =>
    annotations((stack) => new GcsBackedContainerApp(stack, "gallery", { ...ready(), ...props }));

  test("nothing where the authority reaches the domains", () => {
    expect(printed(withHttps())).toEqual([]);
    expect(printed(withHttps({}, { network: { sourceRanges: ["0.0.0.0/1", "128.0.0.0/1"] } }))).toEqual([]);
    const acmeServer = "https://acme.internal/directory";
    expect(printed(withHttps({ acmeServer }, { network: { sourceRanges: ["10.0.0.0/8"] } }))).toEqual([]);
  });

  test("what is missing where it does not", () => {
    expect(printed(withHttps({}, { network: { sourceRanges: ["203.0.113.0/24"] } }))).toEqual([
      "https asks Let's Encrypt for certificates, which must reach the domains on port 80 or 443 from addresses that it does not publish, and network.sourceRanges lets others in only: unless something in front passes its requests on, leave sourceRanges out, or name an authority in these ranges with https.acmeServer",
    ]);
    const network = { externalAddress: false, sourceRanges: ["10.0.0.0/8"] };
    expect(printed(withHttps({}, { network }))).toEqual([
      "https asks Let's Encrypt for certificates, which must reach the domains on port 80 or 443, and the VM has no external address: unless something in front passes its requests on, name an authority that reaches the VM with https.acmeServer",
    ]);
  });

  test("which port of the VM is not published, where another one than the proxy's was chosen", () => {
    const ports = (hostPort?: number) => withHttps({}, { ports: [{ containerPort: 8000, hostPort }] });
    expect(printed(ports(8080))).toEqual([
      "port 8080 of the VM is not published: container port 8000 is behind https, and is reached on 443 alone; leave the hostPort out",
    ]);
    for (const hostPort of [undefined, 8000, 80, 443]) expect(printed(ports(hostPort))).toEqual([]);
  });
});
