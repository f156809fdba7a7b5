import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { TerraformStack, TerraformVariable, Testing } from "cdktf";
import { ContainerImage, LocalGcsBackedContainerApp, LocalGcsBackedContainerAppProps } from "../../lib";
import { localApp, newLocalStack, readyLocal } from "../support/local";

type Props = Partial<LocalGcsBackedContainerAppProps>;
const ADDRESS = 'use an IPv4 address of your computer such as "127.0.0.1", or "0.0.0.0" for all of them';
const BUCKET =
  'use 3 to 63 lower-case letters, digits, "-" and "_", beginning and ending with a letter or digit, without the word "google"';
const NAME =
  'use 3 to 27 lower-case letters, digits and "-", beginning with a letter and not ending with "-": it is part of the service account\'s id';
const HTTPS = { domains: ["photos.example.com"] };
const PORT = "use a whole number from 1 to 65535";
const SECONDS = "use a whole number from 1 to 86400";
const SOCKET = "use the socket's absolute path such as /var/run/docker.sock";

test.each<[string, Props, string]>([
  ["name", { name: "My Gallery" }, `name "My Gallery" is not valid: ${NAME}`],
  ["bucketName", { bucketName: "My-Files" }, `bucketName "My-Files" is not valid: ${BUCKET}`],
  [
    "a name that no bucket can have, where no other is given for it",
    { name: "google-photos" },
    `bucket "google-photos" is not valid: ${BUCKET}`,
  ],
  [
    "two mounts of the whole of the app's bucket, once by its name",
    { mounts: [{ path: "/a" }, { path: "/b", bucket: "gallery" }] },
    "mounts[1].prefix undefined is not valid: mounts[0] writes to the whole of the same bucket: give each mount that writes a prefix of its own, neither inside the other, or set readOnly for one of the two",
  ],
  ["no mounts", { mounts: [] }, "mounts [] is not valid: give at least one folder that the app writes to"],
  ["host name", { hostAddress: "localhost" }, `hostAddress "localhost" is not valid: ${ADDRESS}`],
  ["IPv6 address", { hostAddress: "::1" }, `hostAddress "::1" is not valid: ${ADDRESS}`],
  ["empty address", { hostAddress: "" }, `hostAddress "" is not valid: ${ADDRESS}`],
  [
    "address with an option after it",
    { hostAddress: "127.0.0.1\n--privileged" },
    `hostAddress "127.0.0.1\\n--privileged" is not valid: ${ADDRESS}`,
  ],
  ["no time to start", { startTimeoutSeconds: 0 }, `startTimeoutSeconds 0 is not valid: ${SECONDS}`],
  ["time that is no whole number", { startTimeoutSeconds: 1.5 }, `startTimeoutSeconds 1.5 is not valid: ${SECONDS}`],
  ["socket as a URL", { dockerSocket: "unix:///a.sock" }, `dockerSocket "unix:///a.sock" is not valid: ${SOCKET}`],
  [
    "socket that Terraform would read as a template",
    { dockerSocket: "/run/${x}.sock" },
    `dockerSocket "/run/\${x}.sock" is not valid: ${SOCKET}`,
  ],
  ["no socket", { dockerSocket: "" }, `dockerSocket "" is not valid: ${SOCKET}`],
  [
    "image that the cloud would refuse",
    { image: ContainerImage.fromRegistry("us-docker.pkg.dev/my-project/app:1") },
    'image "us-docker.pkg.dev/my-project/app:1" is not valid: use LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE for an image in Artifact Registry',
  ],
  [
    "base image that is none",
    { baseImage: "debian bookworm" },
    'baseImage "debian bookworm" is not valid: use a reference such as "ghcr.io/me/app:1.2" or "ghcr.io/me/app@sha256:…"',
  ],
  ["port for HTTPS out of range", { https: HTTPS, httpsPort: 65536 }, `httpsPort 65536 is not valid: ${PORT}`],
  ["port for HTTP that is no whole number", { https: HTTPS, httpPort: 80.5 }, `httpPort 80.5 is not valid: ${PORT}`],
  [
    "HTTPS on the port of HTTP",
    { https: HTTPS, httpsPort: 80, httpPort: 8080 },
    "httpsPort 80 is not valid: it is the port of HTTP without TLS: use another one such as 8443",
  ],
  [
    "both on one port",
    { https: HTTPS, httpsPort: 8443, httpPort: 8443 },
    "httpPort 8443 is not valid: httpsPort is the same: give another one",
  ],
  [
    "a port for HTTPS that nobody serves",
    { httpsPort: 8443 },
    "httpsPort 8443 is not valid: it is the proxy's, and https is missing: give https, or leave it out",
  ],
  [
    "a port for the redirect of nobody",
    { httpPort: 8080 },
    "httpPort 8080 is not valid: it is the proxy's, and https is missing: give https, or leave it out",
  ],
  [
    "a port of the app that is the proxy's",
    {
      https: { ...HTTPS, containerPort: 80 },
      httpsPort: 8443,
      ports: [{ containerPort: 80 }, { containerPort: 8443 }],
    },
    "ports[1].hostPort 8443 is not valid: https publishes it: give another one, or leave the port out",
  ],
  [
    "a domain that the cloud would refuse",
    { https: { domains: ["gallery.localhost"] } },
    'https.domains[0] "gallery.localhost" is not valid: no public authority gives a certificate for such a name: use a domain that you own, or name a private authority with acmeServer',
  ],
  [
    "what is checked for the cloud",
    { stopTimeoutSeconds: 81 },
    "stopTimeoutSeconds 81 is not valid: use a whole number from 1 to 80",
  ],
])("%s", (_, props, message) => {
  expect(() => localApp(props)).toThrow(new Error(`[local/gallery] ${message}`));
});

test("the time to start cannot be an unresolved token", () => {
  const stack = newLocalStack();
  const startTimeoutSeconds = new TerraformVariable(stack, "seconds", {}).numberValue;
  expect(() => new LocalGcsBackedContainerApp(stack, "gallery", { ...readyLocal(), startTimeoutSeconds })).toThrow(
    new Error(
      "[local/gallery] startTimeoutSeconds is an unresolved token: use a number from 1 to 86400 that is known at synthesis",
    ),
  );
});

describe("the docker provider", () => {
  const synthesizeWith = (addProvider: (stack: TerraformStack) => void) => {
    const app = Testing.app();
    const stack = new TerraformStack(app, "local");
    new LocalGcsBackedContainerApp(stack, "gallery", readyLocal());
    addProvider(stack);
    return () => app.synth();
  };

  test("without it synthesis fails, and says what to add", () => {
    expect(synthesizeWith(() => undefined)).toThrow(
      new Error(
        'stack "local" has no docker provider: add new DockerProvider(stack, "docker", LocalGcsBackedContainerApp.dockerProviderConfig()) from @cdktf/provider-docker/lib/provider/index.js',
      ),
    );
  });

  test("it is all that is needed", () => {
    expect(synthesizeWith((stack) => new DockerProvider(stack, "docker", {}))).not.toThrow();
  });
});
