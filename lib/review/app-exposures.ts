import { App } from "./apps";
import { publishedPortsOf } from "./containers";
import { Exposure, Severity } from "./exposure";
import { at, blocksAt, isObject, isTrue, Json, textsAt } from "./json";
import { Resource } from "./stack";

/** Metadata keys, of a VM or a project, that run a script as root or let somebody log in. */
export const RUNS_OR_OPENS =
  /^(startup-script|startup-script-url|shutdown-script|shutdown-script-url|ssh-keys|sshKeys)$/;

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
  const says = (key: string, value: boolean) => isTrue(at(metadata, key)) === value;
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
    ...(says("enable-oslogin", true) ? [] : [exposure(2, "OS Login is off: SSH keys in the metadata open the VM")]),
    ...(says("block-project-ssh-keys", true) ? [] : [exposure(2, "the project's SSH keys open the VM")]),
    ...(says("serial-port-enable", true) ? [exposure(2, "the VM's interactive serial console is on")] : []),
    ...(isTrue(at(machine.values, "shielded_instance_config", "enable_secure_boot"))
      ? []
      : [exposure(1, "Secure Boot is off: unsigned kernel code may run")]),
    ...(isTrue(at(machine.values, "can_ip_forward"))
      ? [exposure(1, "the VM may forward other machines' traffic")]
      : []),
    ...scriptExposures(app),
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
