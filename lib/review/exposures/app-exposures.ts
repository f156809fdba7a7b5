import { App } from "../apps/apps";
import { looksLikeSecret } from "../../checks/secret-names";
import { mountsOf, publishedPortsOf } from "../apps/containers";
import { Exposure, Severity } from "./exposure";
import { isOff, isOn, RUNS_OR_OPENS } from "../apps/instance-metadata";
import { at, blocksAt, isObject, isTrue, Json, JsonObject, stableText, textAt, textsAt } from "../read/json";
import { Resource } from "../read/stack";

/** What the settings of an app and of its machine expose. */
export function appExposures(app: App): Exposure[] {
  const { name, kind, machine, declaration } = app;
  const exposure = (severity: Severity, text: string, ...values: string[]): Exposure => ({
    severity,
    app: name,
    text,
    values,
    key: keyOf(app, text, values),
  });
  const own: Exposure[] = [
    ...(declaration?.gcsfuse.privileged
      ? [exposure(2, "gcsfuse's sidecar is privileged: it may do what the machine may")]
      : []),
  ];
  if (kind === "local") {
    return [...own, ...localPorts(app)];
  }
  const metadata = at(machine.values, "metadata");
  return [
    ...own,
    ...(app.deny === undefined
      ? [
          exposure(
            3,
            "no rule denies other traffic: the network's own rules apply, which in Google's default network open SSH to anybody on the internet",
          ),
        ]
      : []),
    ...(hasExternalAddress(machine) ? [exposure(2, "the VM has an external address")] : []),
    ...(declaration?.metadataServerAccess
      ? [exposure(2, "the app may ask the metadata server, and so act as the VM's service account")]
      : []),
    ...(isOn(at(metadata, "enable-oslogin"))
      ? []
      : [exposure(2, "OS Login is off: SSH keys in the metadata open the VM")]),
    ...(isOn(at(metadata, "block-project-ssh-keys")) ? [] : [exposure(2, "the project's SSH keys open the VM")]),
    ...(isOff(at(metadata, "serial-port-enable")) ? [] : [exposure(2, "the VM's interactive serial console is on")]),
    ...(isTrue(at(machine.values, "shielded_instance_config", "enable_secure_boot"))
      ? []
      : [exposure(1, "Secure Boot is off: unsigned kernel code may run")]),
    ...(isTrue(at(machine.values, "can_ip_forward"))
      ? [exposure(1, "the VM may forward other machines' traffic")]
      : []),
    ...scriptExposures(app),
    ...accountExposures(app),
    ...otherInterfaces(app),
    ...endpointExposures(app),
    ...plainSecrets(app),
    ...textsAt(machine.values, "tags").map((tag) =>
      exposure(1, "the network's rules for a tag apply to the VM, those outside this stack included", tag),
    ),
  ];
}

/** An app may get another name. */
function keyOf({ machine }: App, ...parts: unknown[]): string {
  return JSON.stringify([machine.address, ...parts]);
}

/** Other scripts or keys are an exposure of their own. */
function scriptExposures(app: App): Exposure[] {
  const { values } = app.machine;
  const metadata = at(values, "metadata");
  const beside = at(values, "metadata_startup_script");
  const all: [string, Json][] = [
    ...Object.entries(isObject(metadata) ? metadata : {}),
    ...(beside === undefined ? [] : [["startup-script", beside] as [string, Json]]),
  ];
  return all
    .filter(([key]) => RUNS_OR_OPENS.test(key))
    .map(([key, content]) => ({
      severity: 2,
      app: app.name,
      text: "metadata key that runs a script on the VM as root, or lets somebody log in",
      values: [key],
      key: keyOf(app, key, content),
    }));
}

/** What an account of somebody else may do is not in the stack. */
function accountExposures({ name, machine, serviceAccount }: App): Exposure[] {
  const email = textAt(machine.values, "service_account", "email");
  return serviceAccount !== undefined || email === undefined
    ? []
    : [
        {
          severity: 1,
          app: name,
          text: "the VM acts as a service account that is not in this stack",
          values: [email],
          key: stableText([machine.address, "account", email]),
        },
      ];
}

/** The rules of the first interface's network are judged, and no others. */
function otherInterfaces({ name, machine }: App): Exposure[] {
  return blocksAt(machine.values, "network_interface")
    .slice(1)
    .map((item) => ({
      severity: 2,
      app: name,
      text: "the VM has another network interface: who reaches it there is not judged",
      values: [...textsAt(item, "network"), ...textsAt(item, "subnetwork")],
      key: stableText([machine.address, "interface", item]),
    }));
}

/** Where gcsfuse is told to talk to others than Google. */
const ENDPOINTS: readonly (readonly [section: string, key: string, text: string])[] = [
  ["gcs-connection", "custom-endpoint", "a mount's files and the VM's access token go to an endpoint that is set"],
  ["gcs-auth", "token-url", "a mount's access token comes from an address that is set"],
];

function endpointExposures(app: App): Exposure[] {
  return mountsOf(app.declaration).flatMap(({ path, gcsfuseConfig }) =>
    ENDPOINTS.flatMap(([section, key, text]) => {
      const address = textAt(gcsfuseConfig as JsonObject, section, key);
      return address === undefined || address === ""
        ? []
        : [{ severity: 2 as const, app: app.name, text, values: [address, path], key: keyOf(app, key, path, address) }];
    }),
  );
}

/** Secret Manager would keep them from whoever may read the state or describe the VM. */
function plainSecrets(app: App): Exposure[] {
  const { name: appName, declaration } = app;
  const containers = [
    { of: "", environment: declaration?.environment },
    ...(declaration?.sidecars ?? []).map(({ name, environment }) => ({ of: `${name}:`, environment })),
  ];
  return containers.flatMap(({ of, environment = {} }) =>
    Object.entries(environment)
      .filter(([name, content]) => looksLikeSecret(name) && content !== "")
      .map(([name]) => ({
        severity: 1 as const,
        app: appName,
        text: "a variable with the name of a secret is plain in the state and in the VM's metadata: give it with secrets",
        values: [`${of}${name}`],
        key: keyOf(app, "plain secret", of, name),
      })),
  );
}

export function hasExternalAddress({ values }: Resource): boolean {
  return blocksAt(values, "network_interface").some(
    (item) => blocksAt(item, "access_config").length > 0 || blocksAt(item, "ipv6_access_config").length > 0,
  );
}

function localPorts(app: App): Exposure[] {
  return [...publishedPortsOf(app.declaration)]
    .filter(({ hostAddress }) => hostAddress === undefined || !/^127\./.test(hostAddress))
    .map(({ hostAddress, hostPort, protocol }) => ({
      severity: 2,
      app: app.name,
      text: "the app is published to this computer's network",
      values: [`${hostAddress ?? "0.0.0.0"}:${hostPort}/${protocol}`],
      key: keyOf(app, "published", hostAddress, hostPort, protocol),
    }));
}
