import { PublishedPort } from "../../boot/declaration";
import { differences } from "../read/differences";
import { ALL_IPV4, covers, Interval, ipv4Interval } from "./ipv4-ranges";
import { at, blocksAt, isTrue, JsonObject, textAt, textsAt, without } from "../read/json";
import { Resource } from "../read/stack";

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
/** The priority of a rule that says none. */
const DEFAULT_PRIORITY = 1000;

/**
 * What rules let in.
 *
 * @param deny the rule that denies all other traffic: what allows it with the same priority or a larger number is beaten
 * @see https://cloud.google.com/firewall/docs/firewalls#priority_order_for_firewall_rules
 */
export function openingsOf(rules: readonly Resource[], deny: Resource | undefined): readonly Opening[] {
  return rules
    .filter((rule) => isActive(rule) && !isBeaten(rule, deny))
    .flatMap((rule) =>
      allowsOf(rule).map((allow) => ({
        rule: rule.address,
        sources: sourcesOf(rule),
        protocol: (textAt(allow, "protocol") ?? "all").toLowerCase(),
        ports: textsAt(allow, "ports"),
      })),
    );
}

/** A rule that denies IPv4 traffic beats none for IPv6 addresses, which a source that is a tag or a token may have. */
function isBeaten(rule: Resource, deny: Resource | undefined): boolean {
  return (
    deny !== undefined &&
    priorityOf(rule) >= priorityOf(deny) &&
    sourcesOf(rule).every((source) => ipv4Interval(source) !== undefined)
  );
}

function priorityOf({ values }: Resource): number {
  return Number(textAt(values, "priority") ?? DEFAULT_PRIORITY);
}

/**
 * An iterator writes a dynamic block, of which only Terraform knows how many there will be. What is no block, such as an
 * unresolved token, may allow everything.
 */
function allowsOf({ values }: Resource): readonly JsonObject[] {
  return [
    ...blocksAt(values, "allow"),
    ...textsAt(values, "allow").map(() => ({ protocol: "all" })),
    ...blocksAt(values, "dynamic").flatMap((dynamic) => blocksAt(dynamic, "allow", "content")),
  ];
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

/**
 * The rule that keeps the default network's own rules, open SSH among them, from applying.
 *
 * @param rules those that surely apply
 */
export function denyRule(rules: readonly Resource[]): Resource | undefined {
  return rules
    .filter((rule) => deniesAll(rule) && priorityOf(rule) < DEFAULT_NETWORK_PRIORITY)
    .sort((a, b) => priorityOf(a) - priorityOf(b))[0];
}

/** The arguments of a rule that denies all traffic. With any other, for which addresses it is for example, it may deny less. */
const OF_DENIAL = [
  ...["name", "description", "network", "project", "priority", "direction", "disabled", "deny", "source_ranges"],
  ...["target_tags", "target_service_accounts", "log_config", "enable_logging", "provider"],
  ...["depends_on", "lifecycle", "timeouts", "provisioner", "id", "self_link", "creation_timestamp"],
];

function deniesAll({ values }: Resource): boolean {
  const ranges = textsAt(values, "source_ranges")
    .map(ipv4Interval)
    .filter((range): range is Interval => range !== undefined);
  return (
    differences(undefined, without(values, ...OF_DENIAL)).length === 0 &&
    (textAt(values, "direction") ?? "INGRESS") === "INGRESS" &&
    ["false", undefined].includes(textAt(values, "disabled")?.toLowerCase()) &&
    blocksAt(values, "deny").some(
      (deny) => textAt(deny, "protocol") === "all" && textsAt(deny, "ports").length === 0,
    ) &&
    covers(ranges, ALL_IPV4)
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
