import { App, appsOf } from "./apps";
import { Grant, grantsOf, isPublic } from "./grants";
import { isAnywhere } from "./ipv4-ranges";
import { at, blocksAt, isObject, isTrue, textAt, textsAt } from "./json";
import { denyRule, newOpenings, Opening, opensTcp } from "./openings";
import { isWideRole, roleInWords } from "./roles";
import { Resource, Stack } from "./stack";

/** How much it matters that somebody else gets at something: 3 is the most. */
export type Severity = 1 | 2 | 3;

/** Something that lets somebody get at the app, its files or its identity. */
export interface Exposure {
  readonly severity: Severity;
  /** The app that it concerns, if it is one's. */
  readonly app?: string;
  /** What it is, in words of ours. */
  readonly text: string;
  /** The values of the stack that the words are about. */
  readonly values: readonly string[];
}

/** Google's Identity-Aware Proxy: https://cloud.google.com/iap/docs/using-tcp-forwarding */
export const IAP_RANGE = "35.235.240.0/20";

/** The ports of SSH and of Windows' remote desktop. */
const ADMIN_PORTS = [22, 3389];

/** What is exposed after a change and was not before, the most serious first. */
export function newExposures(before: Stack, after: Stack): readonly Exposure[] {
  const known = new Set(settings(before).map(keyOf));
  const others = settings(after).filter((exposure) => !known.has(keyOf(exposure)));
  return mostSeriousFirst([...openedPorts(appsOf(before), appsOf(after)), ...others]);
}

/** What a reader of a single stack should look at first. */
export function notableExposures(stack: Stack): readonly Exposure[] {
  const opened = openedPorts([], appsOf(stack));
  return mostSeriousFirst([...opened, ...settings(stack)].filter(({ severity }) => severity === 3));
}

function mostSeriousFirst(exposures: Exposure[]): Exposure[] {
  return exposures.sort((a, b) => b.severity - a.severity);
}

function keyOf({ app, text, values }: Exposure): string {
  return JSON.stringify([app, text, values]);
}

function openedPorts(before: readonly App[], after: readonly App[]): Exposure[] {
  return after.flatMap((app) => {
    const old = before.find(({ machine }) => machine.address === app.machine.address);
    return newOpenings(old?.openings ?? [], app.openings).map((opening) => openingExposure(app.name, opening));
  });
}

function openingExposure(app: string, opening: Opening): Exposure {
  const anywhere = isAnywhere(opening.sources);
  const admin = ADMIN_PORTS.some((port) => opensTcp(opening, port));
  const severity = anywhere && admin ? 3 : anywhere || admin ? 2 : 1;
  if (opening.sources.length === 1 && opening.sources[0] === IAP_RANGE) {
    const text = "the VM can be reached through Google's Identity-Aware Proxy";
    return { severity: 1, app, text, values: [trafficInWords(opening), opening.rule] };
  }
  const what = admin && opensTcp(opening, 22) ? "SSH is open to " : "the VM can be reached by ";
  return {
    severity,
    app,
    text: anywhere ? `${what}anybody on the internet` : `${what}those at more addresses`,
    values: [trafficInWords(opening), ...(anywhere ? [] : opening.sources), opening.rule],
  };
}

/** Traffic such as `TCP 80, 443`. */
export function trafficInWords({ protocol, ports }: Opening): string {
  const name = protocol === "all" ? "every protocol" : protocol.toUpperCase();
  return ports.length > 0 ? `${name} ${ports.join(", ")}` : protocol === "all" ? name : `${name}, all ports`;
}

function settings(stack: Stack): Exposure[] {
  return [
    ...appsOf(stack).flatMap(appSettings),
    ...grantsOf(stack.resources).map(grantExposure),
    ...stack.resources.flatMap(resourceSettings),
  ];
}

function appSettings(app: App): Exposure[] {
  const { name, kind, machine, declaration } = app;
  const exposure = (severity: Severity, text: string, ...values: string[]): Exposure => ({
    severity,
    app: name,
    text,
    values,
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
  const keys = isObject(metadata) ? Object.keys(metadata) : [];
  const boots = [
    ...keys.filter((key) => /^(startup-script|startup-script-url|shutdown-script|ssh-keys|sshKeys)$/.test(key)),
    ...(at(machine.values, "metadata_startup_script") === undefined ? [] : ["startup-script"]),
  ];
  return [
    ...own,
    ...(denyRule(app.rules) === undefined
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
    ...boots.map((key) =>
      exposure(2, "metadata key that runs a script on the VM as root, or lets somebody log in", key),
    ),
  ];
}

export function hasExternalAddress({ values }: Resource): boolean {
  return blocksAt(values, "network_interface").some(
    (item) => blocksAt(item, "access_config").length > 0 || blocksAt(item, "ipv6_access_config").length > 0,
  );
}

function localPorts({ name, declaration }: App): Exposure[] {
  return (declaration?.ports ?? [])
    .filter(({ hostAddress }) => hostAddress === undefined || !/^127\./.test(hostAddress))
    .map(({ hostAddress, hostPort, protocol }) => ({
      severity: 2,
      app: name,
      text: "the app is published to this computer's network",
      values: [`${hostAddress ?? "0.0.0.0"}:${hostPort}/${protocol}`],
    }));
}

function grantExposure(grant: Grant): Exposure {
  const { member, role, kind, on = "", condition } = grant;
  const severity = isPublic(grant)
    ? 3
    : isWideRole(role)
      ? ["project", "folder", "organization"].includes(kind)
        ? 3
        : 2
      : 1;
  const who = isPublic(grant) ? "everybody may" : "somebody may";
  return {
    severity,
    text: `${who} ${roleInWords(role) ?? "act by a role"}, on a ${kind}`,
    values: [member, role, on, ...(condition === undefined ? [] : [condition])].filter((value) => value !== ""),
  };
}

function resourceSettings(resource: Resource): Exposure[] {
  const { type, address, values } = resource;
  const exposure = (severity: Severity, text: string): Exposure => ({ severity, text, values: [address] });
  if (type === "google_service_account_key") {
    return [exposure(2, "a key of a service account: whoever has it acts as the account")];
  }
  if (/^google_compute_((region_)?network_)?firewall_policy_rule$/.test(type)) {
    return policyRule(resource);
  }
  if (type === "docker_container") {
    return containerSettings(resource);
  }
  if (type !== "google_storage_bucket") {
    return [];
  }
  return [
    ...(textAt(values, "public_access_prevention") === "enforced"
      ? []
      : [exposure(2, "the bucket can be opened to the public: public access prevention is not enforced")]),
    ...(isTrue(at(values, "uniform_bucket_level_access"))
      ? []
      : [exposure(2, "single objects of the bucket can be opened: uniform bucket-level access is off")]),
    ...blocksAt(values, "cors")
      .filter((cors) => textsAt(cors, "origin").includes("*"))
      .map(() => exposure(1, "pages of any site may ask for the bucket's objects (CORS)")),
  ];
}

/** Rules of a policy go before a network's own: they are not told apart by the VMs that they are for. */
function policyRule({ address, values }: Resource): Exposure[] {
  const isOther = textAt(values, "direction") === "EGRESS" || isTrue(at(values, "disabled"));
  if (isOther || textAt(values, "action") === "deny") {
    return [];
  }
  const sources = textsAt(values, "match", "src_ip_ranges");
  const anywhere = sources.length === 0 || isAnywhere(sources);
  const traffic = blocksAt(values, "match", "layer4_configs").map((layer) =>
    trafficInWords({
      rule: address,
      sources,
      protocol: textAt(layer, "ip_protocol") ?? "all",
      ports: textsAt(layer, "ports"),
    }),
  );
  const text = `a rule of a firewall policy lets ${anywhere ? "anybody on the internet" : "others"} reach VMs`;
  return [{ severity: anywhere ? 3 : 2, text, values: [...traffic, ...(anywhere ? [] : sources), address] }];
}

function containerSettings({ values, address }: Resource): Exposure[] {
  const sources = [
    ...blocksAt(values, "mounts").map((mount) => textAt(mount, "source")),
    ...blocksAt(values, "volumes").map((volume) => textAt(volume, "host_path")),
  ];
  return [
    ...(isTrue(at(values, "privileged"))
      ? [{ severity: 2, text: "a privileged container", values: [address] } as const]
      : []),
    ...(sources.some((source) => source?.endsWith("docker.sock"))
      ? [
          {
            severity: 1,
            text: "a container that may use the Docker Engine, and so do what root may on this computer",
            values: [address],
          } as const,
        ]
      : []),
  ];
}
