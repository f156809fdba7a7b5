/** HTTPS on one's own computer: what is the same as on the VM, and what is not. */
import { TerraformVariable } from "cdktf";
import { HttpsOptions, LocalGcsBackedContainerApp, LocalGcsBackedContainerAppProps, Secret } from "../../lib";
import { compareStacks } from "../../lib/review/changes/compare";
import { markdown } from "../../lib/review/format/markdown";
import { stackPage } from "../../lib/review/page/stack-page";
import { readStack } from "../../lib/review/read/read-stack";
import { declarationOf, localDeclarationOf } from "../support/declaration";
import { localApp, named, newLocalStack, readyLocal, synthesizeLocalApp } from "../support/local";
import { synthesizeApp, synthesized } from "../support/synthesize";

type Props = Partial<LocalGcsBackedContainerAppProps>;

const withHttps = (props: Props = {}, https: Partial<HttpsOptions> = {}): Props => ({
  https: { domains: ["photos.example.com"], ...https },
  ...props,
});
const declared = (...given: Parameters<typeof withHttps>) =>
  localDeclarationOf(synthesizeLocalApp(withHttps(...given)));
const proxyIn = ({ sidecars }: ReturnType<typeof declarationOf>) => sidecars!.find(({ name }) => name === "https")!;
const caddyfileOf = (...given: Parameters<typeof withHttps>) => proxyIn(declared(...given)).environment.CADDYFILE;
const urlOf = (...given: Parameters<typeof withHttps>) => localApp(withHttps(...given)).url;

test("the proxy is the VM's, but for its ports, its authority and what it may be asked for", () => {
  const props = { https: { domains: ["photos.example.com"] } };
  const inCloud = declarationOf(synthesizeApp(props));
  const here = declared();
  const { CADDYFILE } = proxyIn(here).environment;
  expect(proxyIn(here)).toEqual({
    ...proxyIn(inCloud),
    environment: { CADDYFILE },
    disks: [{ name: "certificates", path: "/data" }],
    ports: proxyIn(inCloud).ports.map((port) => ({ ...port, hostAddress: "127.0.0.1" })),
    certificatesFor: ["localhost", "127.0.0.1", "photos.example.com"],
  });
  expect(here).toMatchObject({ ports: [], httpCheck: { containerPort: 80 } });
  expect(CADDYFILE).toMatch(/^https:\/\/localhost, https:\/\/127\.0\.0\.1, https:\/\/photos\.example\.com \{$/m);
  expect(CADDYFILE).toContain("issuer internal");
  expect(CADDYFILE).not.toMatch(/acme|Strict-Transport-Security/);
});

test("the ports can be chosen: that for HTTPS is the same inside, where redirects are told it", () => {
  const props = { httpsPort: 8443, httpPort: 8080 };
  const hostAddress = "127.0.0.1";
  expect(proxyIn(declared(props)).ports).toEqual([
    { containerPort: 80, hostPort: 8080, protocol: "tcp", hostAddress },
    { containerPort: 8443, hostPort: 8443, protocol: "tcp", hostAddress },
    { containerPort: 8443, hostPort: 8443, protocol: "udp", hostAddress },
  ]);
  expect(caddyfileOf(props)).toMatch(
    /^https:\/\/localhost:8443, https:\/\/127\.0\.0\.1:8443, https:\/\/photos\.example\.com:8443 \{$/m,
  );
  expect([urlOf(), urlOf(props)]).toEqual(["https://localhost", "https://localhost:8443"]);
});

test("another address of the computer has a certificate, too, also for who names no host", () => {
  const props = { hostAddress: "192.168.1.5" };
  expect(urlOf(props)).toBe("https://192.168.1.5");
  expect(caddyfileOf(props)).toContain("https://localhost, https://192.168.1.5, ");
  expect(caddyfileOf(props)).toContain("default_sni 192.168.1.5");
  expect(urlOf({ hostAddress: "0.0.0.0" })).toBe("https://localhost");
  expect(caddyfileOf({ hostAddress: "0.0.0.0" })).toContain("https://localhost, https://127.0.0.1, ");
});

test("what is for the VM is checked, and changes nothing", () => {
  const forVm = { dnsZone: "example-com", email: "me@example.com", acmeServer: "https://acme.example.com/directory" };
  expect(declared({}, forVm)).toEqual(declared());
  expect(() => localApp(withHttps({}, { email: "me" }))).toThrow('https.email "me" is not valid');
});

test("the command for the root certificate is told", () => {
  expect(localApp(withHttps()).rootCertificateCommand).toBe(
    "docker cp gallery-sidecar-https:/data/caddy/pki/authorities/local/root.crt gallery-root.crt",
  );
  expect(localApp().rootCertificateCommand).toBeUndefined();
});

test("the authority's keys are in a volume of their own, which goes with the app", () => {
  const stack = synthesizeLocalApp(withHttps());
  const volumes = Object.values(stack.resource.docker_volume).map(({ name }) => name);
  expect(volumes.sort()).toEqual(["gallery-disk-certificates", "gallery-mounts"]);
  const page = markdown(stackPage(readStack(JSON.stringify(stack), "cdk.tf.json"), "local"));
  expect(page).toContain("It has certificates and their keys, of which no copy is kept: others can be had.");
  expect(page).toContain('app0_visitor1 -- "TCP 443" --> app0_sidecar0');
});

test("turned on for an app that runs, the page says which port redirects now", () => {
  const stack = (props: Props) => readStack(JSON.stringify(synthesizeLocalApp(props)), "cdk.tf.json");
  const ports = [{ containerPort: 8000, hostPort: 8080 }];
  const { apps } = compareStacks(stack({ ports }), stack(withHttps({ ports, httpPort: 8080, httpsPort: 8443 })));
  expect(apps[0].changes).toContainEqual(
    expect.objectContaining({
      what: "port",
      note: "the proxy is in front of it now: on port 8080 clients are sent to HTTPS, on others they reach nothing",
    }),
  );
});

test("the hash of the password is a local secret", () => {
  const passwordHash = Secret.fromSecretManager("site-hash", { version: "2" });
  const stack = synthesizeLocalApp(withHttps({}, { basicAuth: { user: "me", passwordHash } }));
  expect(proxyIn(localDeclarationOf(stack)).secrets).toEqual({
    PASSWORD_HASH: { secret: "projects/local/secrets/site-hash", version: "2" },
  });
  expect(JSON.stringify(stack.resource.terraform_data)).toContain("give-secrets.cjs");
});

test("unresolved tokens are checked by Terraform before they become words of the Caddyfile", () => {
  const stack = newLocalStack();
  const variable = (name: string) => new TerraformVariable(stack, name, {}).stringValue;
  new LocalGcsBackedContainerApp(stack, "gallery", {
    ...readyLocal(),
    hostAddress: variable("address"),
    https: { domains: [variable("domain")] },
    httpsPort: 8443,
  });
  const synthesizedStack = synthesized(stack);
  const { precondition } = named(synthesizedStack, "docker_container", "gallery-machine").lifecycle;
  const checks = precondition.map(({ condition, error_message: message }: Record<string, string>) => [
    message.split(" is not valid")[0],
    condition,
  ]);
  expect(checks).toContainEqual(["hostAddress", expect.stringContaining("{1,3}")]);
  expect(checks).toContainEqual(["https.domains[0]", expect.any(String)]);
  expect(proxyIn(localDeclarationOf(synthesizedStack)).environment.CADDYFILE).toContain(
    "https://localhost:8443, https://${var.address}:8443, https://${var.domain}:8443 {",
  );
});
