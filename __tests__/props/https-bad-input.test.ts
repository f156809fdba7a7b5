import { TerraformVariable } from "cdktf";
import {
  ContainerImage,
  GcsBackedContainerApp,
  GcsBackedContainerAppProps,
  HttpsOptions,
  Protocol,
  Secret,
  Updates,
} from "../../lib";
import { newStack, ready } from "../support/synthesize";

type Props = Partial<GcsBackedContainerAppProps>;

const DOMAIN =
  'use a host name such as "photos.example.com": at least two labels of lower-case letters, digits and "-", at most 253 characters, without scheme, port or final dot (an internationalized one in its xn-- form)';
const PRIVATE =
  "no public authority gives a certificate for such a name: use a domain that you own, or name a private authority with acmeServer";
const EMAIL = 'use an address such as "me@example.com"';
const ZONE =
  'use the name of a managed zone such as "example-com", or "projects/PROJECT/managedZones/NAME" (gcloud dns managed-zones list)';
const SERVER =
  'use the https URL of an ACME directory such as "https://acme-staging-v02.api.letsencrypt.org/directory"';
const CERTIFICATE =
  'use the text of a PEM file with certificates ("-----BEGIN CERTIFICATE-----…") of at most 16384 bytes, and no private key';
const USER = 'use 1 to 64 letters, digits, ".", "_", "@", "+" and "-", beginning with a letter or digit';
const PORT = "use a whole number from 1 to 65535";
const PATH = 'use a path that begins with "/", of printable ASCII without spaces, #, backslashes and double quotes';
const UPDATES = 'use Updates.REPLACE or Updates.OVERLAP ("replace" or "overlap")';
const PUBLISHED = "https publishes it: give another one, or leave the port out";

const https = (options: Partial<HttpsOptions>, props: Props = {}): Props => ({
  https: { domains: ["photos.example.com"], ...options },
  ...props,
});
/** Two of an app that may run at once, but for what is given. */
const overlap = (props: Props = {}) => https({ updates: Updates.OVERLAP }, { memoryMib: 256, ...props });
const domain = (...domains: string[]) => https({ domains });
const untyped = (options: unknown) => ({ https: options }) as Props;
const acmeServer = "https://acme.internal/directory";
const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;

test.each<[string, Props, string]>([
  ["no object", untyped(true), 'https true is not valid: use an object such as { domains: ["photos.example.com"] }'],
  [
    "a prop that there is not",
    untyped({ domains: ["a.example.com"], domain: "a.example.com" }),
    "https.domain is not a prop: use acmeServer, acmeServerCertificate, basicAuth, containerPort, dnsZone, domains, email, healthCheck, image, maintenancePage, updates",
  ],
  [
    "no list of domains",
    untyped({}),
    'https.domains undefined is not valid: it is missing: use a list of strings such as ["photos.example.com"]',
  ],
  [
    "a password in clear",
    untyped({ domains: ["a.example.com"], basicAuth: { user: "me", password: "hunter2" } }),
    "https.basicAuth.password is not a prop: use passwordHash, user",
  ],
  [
    "a hash in clear",
    untyped({ domains: ["a.example.com"], basicAuth: { user: "me", passwordHash: "$2a$14$x" } }),
    'https.basicAuth.passwordHash "$2a$14$x" is not valid: use Secret.fromSecretManager("db-password", { version: "3" })',
  ],
  [
    "a hash without a version",
    https({ basicAuth: { user: "me", passwordHash: Secret.fromSecretManager("hash") } }),
    "version of https.basicAuth.passwordHash is missing: give the number of a version",
  ],
  ...["", "a b", "a:b", "{env.HOME}", "`", "a\n", "-a", "a".repeat(65), "ü"].map((user): [string, Props, string] => [
    `the user ${JSON.stringify(user).slice(0, 12)}`,
    https({ basicAuth: { user, passwordHash: Secret.fromSecretManager("hash", { version: "1" }) } }),
    `https.basicAuth.user ${JSON.stringify(user)} is not valid: ${USER}`,
  ]),
  [
    "a check that is a path",
    untyped({ domains: ["a.example.com"], healthCheck: "/x" }),
    'https.healthCheck "/x" is not valid: use an object such as { path: "/healthz" }',
  ],
  [
    "a prop of the check that there is not",
    untyped({ domains: ["a.example.com"], healthCheck: { status: 200 } }),
    "https.healthCheck.status is not a prop: use expectedStatus, intervalSeconds, path",
  ],
  ...["", "healthz", "/a b", "/a\n", "/ü", '/"', "/\\", "/#a"].map((path): [string, Props, string] => [
    `a check of ${JSON.stringify(path)}`,
    https({ healthCheck: { path } }),
    `https.healthCheck.path ${JSON.stringify(path)} is not valid: ${PATH}`,
  ]),
  ...[199, 600, 200.5, NaN].map((expectedStatus): [string, Props, string] => [
    `the status ${expectedStatus}`,
    https({ healthCheck: { expectedStatus } }),
    `https.healthCheck.expectedStatus ${expectedStatus} is not valid: use a whole number from 200 to 599`,
  ]),
  ...[0, 61].map((intervalSeconds): [string, Props, string] => [
    `a check every ${intervalSeconds} seconds`,
    https({ healthCheck: { intervalSeconds } }),
    `https.healthCheck.intervalSeconds ${intervalSeconds} is not valid: use a whole number from 1 to 60`,
  ]),
  [
    "another way to update",
    untyped({ domains: ["a.example.com"], updates: "rolling" }),
    `https.updates "rolling" is not valid: ${UPDATES}`,
  ],
  [
    "two of an app with a disk",
    overlap({ disks: [{ path: "/db", sizeGb: 10 }] }),
    'https.updates "overlap" is not valid: the app has disks, and what keeps its data on one, such as a database, must not run twice at once: use "replace", or give the disks to a sidecar',
  ],
  [
    "two of an app with a port of its own",
    overlap({
      ports: [{ containerPort: 80 }, { containerPort: 22, hostPort: 2222 }],
      https: { domains: ["a.example.com"], containerPort: 80, updates: Updates.OVERLAP },
    }),
    'https.updates "overlap" is not valid: the app publishes ports of its own, which two containers cannot have: use "replace", or leave them out',
  ],
  [
    "two of an app without a limit",
    overlap({ memoryMib: undefined }),
    'https.updates "overlap" is not valid: two versions of the app run at once for a while, and memoryMib is missing: give the most that one may use',
  ],
  ...(
    [
      ["e2-small", 700, 2048],
      ["e2-micro", 200, 1024],
      ["n1-highcpu-2", 600, 1842],
      ["e2-custom-small-2048", 700, 2048],
      ["custom-2-2048", 700, 2048],
    ] as const
  ).map(([machineType, memoryMib, has]): [string, Props, string] => [
    `two of ${memoryMib} MiB on ${machineType}`,
    overlap({ memoryMib, machine: { machineType } }),
    `machine.machineType "${machineType}" is not valid: it has ${has} MiB of memory, and https.updates "overlap" needs ${2 * memoryMib + 256 + 512}: twice memoryMib (${memoryMib}), 256 for the sidecars and 512 for the system: use a larger one, a smaller memoryMib, or "replace"`,
  ]),
  [
    "no page",
    https({ maintenancePage: "" }),
    'https.maintenancePage "" is not valid: give a page such as "<h1>Back soon</h1>", or leave it out',
  ],
  [
    "a page with a NUL",
    https({ maintenancePage: "a\0b" }),
    'https.maintenancePage "a\\u0000b" is not valid: use text without NUL and without half surrogate pairs',
  ],
  [
    "a page that is too long",
    https({ maintenancePage: "a".repeat(131072) }),
    "https.maintenancePage has 131072 bytes and can have 131048, which is Linux's limit for one argument: put it into a file of the image or of a mount",
  ],
  [
    "a certificate with a byte order mark",
    https({ acmeServer, acmeServerCertificate: `\ufeff${pem("AAAA")}` }),
    `https.acmeServerCertificate ${JSON.stringify(`\ufeff${pem("AAAA")}`)} is not valid: ${CERTIFICATE}`,
  ],
  ["no domain", domain(), 'https.domains [] is not valid: give at least one host name such as "photos.example.com"'],
  [
    "a URL",
    domain("https://photos.example.com"),
    `https.domains[0] "https://photos.example.com" is not valid: ${DOMAIN}`,
  ],
  ["a port", domain("photos.example.com:443"), `https.domains[0] "photos.example.com:443" is not valid: ${DOMAIN}`],
  ["a final dot", domain("photos.example.com."), `https.domains[0] "photos.example.com." is not valid: ${DOMAIN}`],
  ["upper case", domain("Photos.example.com"), `https.domains[0] "Photos.example.com" is not valid: ${DOMAIN}`],
  ["a single label", domain("photos"), `https.domains[0] "photos" is not valid: ${DOMAIN}`],
  ["an empty text", domain(""), `https.domains[0] "" is not valid: ${DOMAIN}`],
  ["an empty label", domain("a..example.com"), `https.domains[0] "a..example.com" is not valid: ${DOMAIN}`],
  ["an underscore", domain("a_b.example.com"), `https.domains[0] "a_b.example.com" is not valid: ${DOMAIN}`],
  ["not ASCII", domain("bücher.example.com"), `https.domains[0] "bücher.example.com" is not valid: ${DOMAIN}`],
  ["a space", domain("a.example.com b"), `https.domains[0] "a.example.com b" is not valid: ${DOMAIN}`],
  [
    "another directive of the Caddyfile",
    domain("a.example.com {\n}\n:80"),
    `https.domains[0] "a.example.com {\\n}\\n:80" is not valid: ${DOMAIN}`,
  ],
  [
    "a placeholder of Caddy's",
    domain("{env.HOME}.example.com"),
    `https.domains[0] "{env.HOME}.example.com" is not valid: ${DOMAIN}`,
  ],
  [
    "a line break after a valid one",
    domain("a.example.com\n"),
    `https.domains[0] "a.example.com\\n" is not valid: ${DOMAIN}`,
  ],
  [
    "a label that is too long",
    domain(`${"a".repeat(64)}.example.com`),
    `https.domains[0] "${"a".repeat(64)}.example.com" is not valid: ${DOMAIN}`,
  ],
  [
    "a name that is too long",
    domain(`${"a.".repeat(125)}com.`),
    `https.domains[0] "${"a.".repeat(125).slice(0, 199)}… (256 characters) is not valid: ${DOMAIN}`,
  ],
  [
    "a wildcard",
    domain("*.example.com"),
    'https.domains[0] "*.example.com" is not valid: certificates for wildcards are not supported: name each host',
  ],
  [
    "an address",
    domain("203.0.113.7"),
    'https.domains[0] "203.0.113.7" is not valid: use a host name such as "photos.example.com", not an address',
  ],
  ["a private name", domain("photos.internal"), `https.domains[0] "photos.internal" is not valid: ${PRIVATE}`],
  ["this computer", domain("photos.localhost"), `https.domains[0] "photos.localhost" is not valid: ${PRIVATE}`],
  [
    "a domain twice",
    domain("a.example.com", "b.example.com", "a.example.com"),
    'https.domains[2] "a.example.com" is not valid: https.domains[0] is the same: give each once',
  ],
  ["an email address without a domain", https({ email: "me" }), `https.email "me" is not valid: ${EMAIL}`],
  [
    "an email address with another directive",
    https({ email: "me@example.com\nacme_ca https://evil.example" }),
    `https.email "me@example.com\\nacme_ca https://evil.example" is not valid: ${EMAIL}`,
  ],
  ["a zone's DNS name", https({ dnsZone: "example.com." }), `https.dnsZone "example.com." is not valid: ${ZONE}`],
  [
    "an authority by HTTP",
    https({ acmeServer: "http://a.b/c" }),
    `https.acmeServer "http://a.b/c" is not valid: ${SERVER}`,
  ],
  [
    "an authority with a login",
    https({ acmeServer: "https://me:secret@a.b/c" }),
    `https.acmeServer "https://me:secret@a.b/c" is not valid: ${SERVER}`,
  ],
  ...["https://a.b:65536/c", "https://a.b:0/c", "https://a..b/c", "https://-a.b/c"].map(
    (wrong): [string, Props, string] => [
      `the authority ${wrong}`,
      https({ acmeServer: wrong }),
      `https.acmeServer "${wrong}" is not valid: ${SERVER}`,
    ],
  ),
  [
    "an authority's certificate without the authority",
    https({ acmeServerCertificate: pem("AAAA") }),
    "https.acmeServerCertificate is for a private authority, and acmeServer is missing: give the authority's directory URL too, or neither",
  ],
  [
    "a file's name for a certificate",
    https({ acmeServer, acmeServerCertificate: "ca.pem" }),
    `https.acmeServerCertificate "ca.pem" is not valid: ${CERTIFICATE}`,
  ],
  [
    "what is no certificate between the right lines",
    https({ acmeServer, acmeServerCertificate: pem("AAAA") }),
    `https.acmeServerCertificate ${JSON.stringify(pem("AAAA"))} is not valid: ${CERTIFICATE}`,
  ],
  ["no port", https({ containerPort: 0 }), `https.containerPort 0 is not valid: ${PORT}`],
  [
    "several ports without saying which",
    https({}, { ports: [{ containerPort: 8000 }, { containerPort: 9000 }] }),
    "https.containerPort is missing: ports has the TCP ports 8000 and 9000: say with it which port of the container is behind HTTPS",
  ],
  [
    "no port at all",
    https({}, { ports: [{ containerPort: 53, protocol: Protocol.UDP }] }),
    "https.containerPort is missing: ports has no TCP port: say with it which port of the container is behind HTTPS",
  ],
  [
    "the proxy's port for another port of the app",
    https({ containerPort: 8000 }, { ports: [{ containerPort: 8000 }, { containerPort: 9000, hostPort: 443 }] }),
    `ports[1].hostPort 443 is not valid: ${PUBLISHED}`,
  ],
  [
    "the proxy's port for a sidecar",
    https(
      {},
      { sidecars: [{ name: "web", image: ContainerImage.fromRegistry("web:1"), ports: [{ containerPort: 80 }] }] },
    ),
    `sidecars[0].ports[0].hostPort 80 is not valid: ${PUBLISHED}`,
  ],
  [
    "the proxy's name for a sidecar",
    https({}, { sidecars: [{ name: "https", image: ContainerImage.fromRegistry("web:1") }] }),
    'sidecars[0].name "https" is not valid: the proxy of https has it: use another one',
  ],
  [
    "the name of the proxy's disk",
    https({}, { disks: [{ path: "/srv/keys", name: "certificates", sizeGb: 10 }] }),
    'disks[0].name "certificates" is not valid: that of the certificates of https has it: give each disk a name of its own',
  ],
  ["no image", untyped({ domains: ["a.example.com"], image: "caddy:2" }), "https.image"],
])("%s", (_, props, message) => {
  expect(() => new GcsBackedContainerApp(newStack(), "gallery", { ...ready(), ...props })).toThrow(
    `[cloud/gallery] ${message}`,
  );
});

test.each<[string, (token: { text: string; list: string[]; number: number }) => Props, string]>([
  [
    "a list of domains",
    ({ list }) => https({ domains: list }),
    "https.domains is an unresolved token: use a list whose length is known at synthesis (its elements may be tokens)",
  ],
  [
    "the port",
    ({ number }) => https({ containerPort: number }),
    "https.containerPort is an unresolved token: use a number from 1 to 65535 that is known at synthesis",
  ],
])("an unresolved token is refused for %s", (_, props, message) => {
  const stack = newStack();
  const variable = new TerraformVariable(stack, "value", {});
  const token = { text: variable.stringValue, list: variable.listValue, number: variable.numberValue };
  expect(() => new GcsBackedContainerApp(stack, "gallery", { ...ready(), ...props(token) })).toThrow(message);
});

test("what is right passes: names of any authority's with one of your own, ports that others do not have", () => {
  for (const props of [
    https({ domains: ["photos.internal", "a.test"], acmeServer }),
    domain("xn--bcher-kva.example.com", `${"a".repeat(63)}.${"b".repeat(63)}.example`.replace(/example$/, "com")),
    https({ dnsZone: "projects/example.com:dns-1/managedZones/zone-1" }),
    https({ containerPort: 8000 }, { ports: [{ containerPort: 8000, hostPort: 443 }, { containerPort: 9000 }] }),
    https({ containerPort: 8000 }, { ports: [] }),
    https({}, { ports: [{ containerPort: 80, hostPort: 8080 }] }),
  ]) {
    expect(() => new GcsBackedContainerApp(newStack(), "gallery", { ...ready(), ...props })).not.toThrow();
  }
});
