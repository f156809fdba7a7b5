import { Token } from "cdktf";
import { invalidInput, requireKnownList, requireOneOf } from "../checks/invalid-input";
import { checkIpv4Range } from "../checks/ipv4-range";
import { checkNetworkName, checkNetworkTags, checkProject } from "../checks/naming";
import { checkShape, Shape } from "../checks/shape";

/** A network service tier. */
export enum NetworkTier {
  /** Traffic stays on Google's network as far as possible. */
  PREMIUM = "PREMIUM",
  /** Traffic goes over the public internet. Cheaper, and in some regions only. */
  STANDARD = "STANDARD",
}

/** The VM's network, and who may reach the app. */
export interface NetworkOptions {
  /**
   * The VPC network, by name or self link.
   *
   * @default "default"
   * @throws if it is not a name or self link, or is a self link of another project than `networkProject`
   */
  readonly network?: string;

  /**
   * The subnetwork, by name or self link. It must be in the region of the zone.
   *
   * @default - the network's subnetwork in the region (auto mode networks)
   * @throws if it is given without `network`, which the firewall rules are created in, or is a self link of another region
   */
  readonly subnetwork?: string;

  /**
   * The host project of the network, for a Shared VPC.
   *
   * @default - the app's project
   * @throws if it is not a project id, or is given without `network` and `subnetwork`
   * @see https://cloud.google.com/vpc/docs/shared-vpc
   */
  readonly networkProject?: string;

  /**
   * Whether the VM has a static external address. Without one it needs Private Google Access and, for images of other
   * registries, Cloud NAT.
   *
   * @default true
   * @throws if it is false and the published ports have no `sourceRanges`
   * @see https://cloud.google.com/vpc/docs/private-google-access
   */
  readonly externalAddress?: boolean;

  /**
   * The network service tier of the address and the VM. Changing it gives the app another address. Where a region does
   * not offer the standard tier, Compute Engine refuses the address: set `NetworkTier.PREMIUM` there.
   *
   * @default NetworkTier.STANDARD
   * @throws if it is given for a VM without external address
   * @see https://cloud.google.com/network-tiers/docs/overview#regions_supporting_standard_tier
   */
  readonly networkTier?: NetworkTier;

  /**
   * The IPv4 ranges, in CIDR form, that may reach the published ports.
   *
   * @default - anywhere ("0.0.0.0/0"). Required for a VM without external address.
   * @throws if a range is not in CIDR form, or if the list is empty
   */
  readonly sourceRanges?: string[];

  /**
   * Whether SSH is allowed through Identity-Aware Proxy, for principals with the right to use it.
   *
   * @default false - SSH is closed to the default network's rules; a rule of your own with a priority below 65533 still wins
   * @see https://cloud.google.com/iap/docs/using-tcp-forwarding
   */
  readonly iapSsh?: boolean;

  /**
   * Network tags of the VM, for firewall rules and routes of your own.
   *
   * @default - none
   * @throws if a tag is not valid or is given twice
   */
  readonly networkTags?: string[];
}

const SHAPE: Shape<NetworkOptions> = {
  network: "string?",
  subnetwork: "string?",
  networkProject: "string?",
  externalAddress: "boolean?",
  networkTier: "string?",
  sourceRanges: 'strings? such as ["203.0.113.0/24"]',
  iapSsh: "boolean?",
  networkTags: 'strings? such as ["web"]',
};

const ANYWHERE = "0.0.0.0/0";

/** The VM's network, checked and complete. */
export interface NetworkSpec {
  readonly network: string;
  readonly subnetwork?: string;
  /** The host project of a Shared VPC. */
  readonly hostProject?: string;
  readonly externalAddress: boolean;
  readonly networkTier: NetworkTier;
  readonly sourceRanges: string[];
  readonly iapSsh: boolean;
  readonly networkTags: readonly string[];
}

/** What the checks need to know of the app. */
export interface NetworkedApp {
  readonly project: string;
  readonly region: string;
  readonly publishesPorts: boolean;
}

/** @throws if an option is not valid, or if options contradict each other */
export function resolveNetwork(options: NetworkOptions, app: NetworkedApp): NetworkSpec {
  checkShape("network", options, SHAPE, { example: "{ iapSsh: true }" });
  checkPlacement(options, app);
  checkAddress(options, app);
  requireKnownList("network.networkTags", options.networkTags ?? []);
  checkNetworkTags("network.networkTags", options.networkTags ?? []);
  if (app.publishesPorts && options.sourceRanges !== undefined) {
    checkRanges(options.sourceRanges);
  }
  return {
    network: options.network ?? "default",
    subnetwork: options.subnetwork,
    hostProject: options.networkProject,
    externalAddress: options.externalAddress ?? true,
    networkTier: options.networkTier ?? NetworkTier.STANDARD,
    sourceRanges: options.sourceRanges ?? [ANYWHERE],
    iapSsh: options.iapSsh ?? false,
    networkTags: options.networkTags ?? [],
  };
}

/** Checks that the firewall rules are in the VM's network. In another one they would protect nothing. */
function checkPlacement({ network, subnetwork, networkProject }: NetworkOptions, app: NetworkedApp): void {
  for (const [what, name] of Object.entries({ network, subnetwork })) {
    if (name !== undefined) {
      checkNetworkName(`network.${what}`, name);
    }
  }
  if (networkProject !== undefined) {
    checkProject(networkProject, "network.networkProject");
    if (network === undefined || subnetwork === undefined) {
      throw invalidInput(
        "network.networkProject",
        networkProject,
        "without network and subnetwork the VM would be in a network of its own project: give both",
      );
    }
  }
  if (subnetwork !== undefined && network === undefined) {
    throw invalidInput(
      "network.subnetwork",
      subnetwork,
      "the firewall rules are created in a network: say with network which one the subnetwork is part of",
    );
  }
  checkSelfLink(
    "network.network",
    network,
    "projects",
    networkProject ?? app.project,
    "give its project with networkProject",
  );
  checkSelfLink(
    "network.subnetwork",
    subnetwork,
    "projects",
    networkProject ?? app.project,
    "give its project with networkProject",
  );
  checkSelfLink("network.subnetwork", subnetwork, "regions", app.region, "use one in the region of the zone");
}

function checkSelfLink(
  what: string,
  link: string | undefined,
  collection: string,
  wanted: string,
  advice: string,
): void {
  if (link === undefined || Token.isUnresolved(link) || Token.isUnresolved(wanted)) {
    return;
  }
  const found = new RegExp(`(?:^|/)${collection}/([^/]+)/`).exec(link)?.[1];
  if (found !== undefined && found !== wanted) {
    throw invalidInput(what, link, `it is in ${quoted(collection, found)}, and the VM in "${wanted}": ${advice}`);
  }
}

const quoted = (collection: string, name: string) => `${collection.replace(/s$/, "")} "${name}"`;

function checkAddress({ networkTier, externalAddress = true, sourceRanges }: NetworkOptions, app: NetworkedApp): void {
  if (networkTier !== undefined) {
    requireOneOf("network.networkTier", networkTier, Object.values(NetworkTier));
    if (!externalAddress) {
      throw invalidInput(
        "network.networkTier",
        networkTier,
        "it is a property of the external address, and externalAddress is false: give only one of the two",
      );
    }
  }
  if (!externalAddress && app.publishesPorts && sourceRanges === undefined) {
    throw invalidInput(
      "network.externalAddress",
      externalAddress,
      "without an external address the published ports can be reached from inside only: say by whom with sourceRanges, or publish no ports",
    );
  }
}

/** Whether ranges have every address, in two halves for example; what only Terraform knows may. */
export function isAnywhere(ranges: readonly string[]): boolean {
  return (
    Token.isUnresolved(ranges) ||
    ranges.some((range) => Token.isUnresolved(range) || range === ANYWHERE) ||
    ["0.0.0.0/1", "128.0.0.0/1"].every((half) => ranges.includes(half))
  );
}

function checkRanges(ranges: string[]): void {
  if (Token.isUnresolved(ranges)) {
    return;
  }
  if (ranges.length === 0) {
    throw invalidInput(
      "network.sourceRanges",
      ranges,
      "it is empty, so nobody could reach the app: leave it out for anywhere, or publish no ports",
    );
  }
  ranges.forEach((range, index) => checkIpv4Range(`network.sourceRanges[${index}]`, range));
}
