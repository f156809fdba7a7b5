import { PublishedPort } from "../boot/declaration";
import { covers, Interval, ipv4Interval, isAnywhere } from "./ipv4-ranges";
import { at, blocksAt, isTrue, JsonObject, textAt, textsAt } from "./json";
import { names } from "./references";
import { Resource } from "./stack";

/** Traffic that a firewall rule lets reach a machine. */
export interface Opening {
  /** The rule's address in the state. */
  readonly rule: string;
  /** IP ranges, or what else the rule says of where the traffic comes from. */
  readonly sources: readonly string[];
  readonly protocol: string;
  /** Single ports and ranges such as `8000-8080`; empty for all. */
  readonly ports: readonly string[];
}

const ALL_PORTS: Interval = [0, 65535];
/** The priority of the rules that Google's default network comes with; lower numbers go first. */
const DEFAULT_NETWORK_PRIORITY = 65534;

/** The firewall rules that apply to a VM: those for its service account or one of its tags, and those for all VMs. */
export function rulesFor(
  vm: Resource,
  serviceAccount: Resource | undefined,
  resources: readonly Resource[],
): readonly Resource[] {
  const tags = textsAt(vm.values, "tags");
  const email = textAt(vm.values, "service_account", "email");
  return resources.filter((rule) => {
    if (rule.type !== "google_compute_firewall" || !mayBeOfOneNetwork(rule, vm)) {
      return false;
    }
    const accounts = textsAt(rule.values, "target_service_accounts");
    const targets = textsAt(rule.values, "target_tags");
    if (accounts.length === 0 && targets.length === 0) {
      return true;
    }
    return (
      targets.some((tag) => tags.includes(tag)) ||
      accounts.some(
        (account) => account === email || (serviceAccount !== undefined && names(account, serviceAccount, "email")),
      )
    );
  });
}

function mayBeOfOneNetwork(rule: Resource, vm: Resource): boolean {
  const [a, b] = [textAt(rule.values, "network"), textAt(vm.values, "network_interface", "network")];
  if (a === undefined || b === undefined || a === b || a.includes("${") || b.includes("${")) {
    return true;
  }
  return a.split("/").pop() === b.split("/").pop();
}

export function openingsOf(rules: readonly Resource[]): readonly Opening[] {
  return rules.filter(isActive).flatMap((rule) =>
    allowsOf(rule).map((allow) => ({
      rule: rule.address,
      sources: sourcesOf(rule),
      protocol: (textAt(allow, "protocol") ?? "all").toLowerCase(),
      ports: textsAt(allow, "ports"),
    })),
  );
}

/** An iterator writes a dynamic block, of which only Terraform knows how many there will be. */
function allowsOf({ values }: Resource): readonly JsonObject[] {
  return [...blocksAt(values, "allow"), ...blocksAt(values, "dynamic", "allow", "content")];
}

/** What only Terraform knows may be a rule for what comes in. */
function isActive(rule: Resource): boolean {
  return textAt(rule.values, "direction") !== "EGRESS" && !isTrue(at(rule.values, "disabled"));
}

/** A rule without any source is one for traffic from anywhere. */
function sourcesOf({ values }: Resource): string[] {
  const sources = [
    ...textsAt(values, "source_ranges"),
    ...textsAt(values, "source_tags").map((tag) => `VMs with the tag ${tag}`),
    ...textsAt(values, "source_service_accounts").map((account) => `VMs of ${account}`),
  ];
  return sources.length > 0 ? sources : ["0.0.0.0/0"];
}

/** The rule that keeps the default network's own rules, open SSH among them, from applying. */
export function denyRule(rules: readonly Resource[]): Resource | undefined {
  return rules
    .filter(isActive)
    .find(
      ({ values }) =>
        (textAt(values, "direction") ?? "INGRESS") === "INGRESS" &&
        Number(textAt(values, "priority") ?? 1000) < DEFAULT_NETWORK_PRIORITY &&
        blocksAt(values, "deny").some(
          (deny) => textAt(deny, "protocol") === "all" && textsAt(deny, "ports").length === 0,
        ) &&
        isAnywhere(textsAt(values, "source_ranges")),
    );
}

/** The parts of openings, one for each port and source, that were not open before. */
export function newOpenings(before: readonly Opening[], after: readonly Opening[]): readonly Opening[] {
  return after
    .map((opening) => {
      const ports = opening.ports.length > 0 ? opening.ports : [undefined];
      const added = ports.filter((port) => !opening.sources.every((source) => wasOpen(before, opening, port, source)));
      const sources = opening.sources.filter((source) => added.some((port) => !wasOpen(before, opening, port, source)));
      return added.length === 0 ? [] : [{ ...opening, ports: added.flatMap((port) => port ?? []), sources }];
    })
    .flat();
}

function wasOpen(before: readonly Opening[], opening: Opening, port: string | undefined, source: string): boolean {
  const same = before.filter(
    (other) => ["all", opening.protocol].includes(other.protocol) && hasPort(other.ports, port),
  );
  const sources = same.flatMap((other) => other.sources);
  const interval = ipv4Interval(source);
  const known = sources.map(ipv4Interval).filter((range): range is Interval => range !== undefined);
  return sources.includes(source) || (interval !== undefined && covers(known, interval));
}

function hasPort(ports: readonly string[], port: string | undefined): boolean {
  if (ports.length === 0) {
    return true;
  }
  const intervals = ports.map(portInterval).filter((range): range is Interval => range !== undefined);
  const wanted = port === undefined ? ALL_PORTS : portInterval(port);
  return wanted === undefined ? ports.includes(port!) : covers(intervals, wanted);
}

/** The ports of `80` or `8000-8080`; undefined for an unresolved token. */
export function portInterval(port: string): Interval | undefined {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(port) ?? [];
  return first === undefined ? undefined : [Number(first), Number(last)];
}

/** Whether an opening lets a TCP port be reached. */
export function opensTcp({ protocol, ports }: Opening, port: number): boolean {
  return ["tcp", "all", "6"].includes(protocol) && hasPort(ports, String(port));
}

/** The published ports that an opening lets be reached. */
export function publishedBehind({ protocol, ports }: Opening, published: readonly PublishedPort[]): PublishedPort[] {
  return published.filter((port) => ["all", port.protocol].includes(protocol) && hasPort(ports, String(port.hostPort)));
}
