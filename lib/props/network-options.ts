import { invalidInput, requireKnownList, requireOneOf } from "../checks/invalid-input";
import { checkNetworkName, checkNetworkTags, checkProject } from "../checks/naming";

/** A network service tier. */
export enum NetworkTier {
  /** Over Google's own network as far as possible. */
  PREMIUM = "PREMIUM",
  /** Over the public internet; cheaper. */
  STANDARD = "STANDARD",
}

/** Where the VM is in the network, and who may reach the app. */
export interface NetworkOptions {
  /**
   * The VPC network, by name or self link.
   *
   * @default "default"
   */
  readonly network?: string;

  /**
   * The subnetwork, by name or self link; must be in the region of the zone.
   *
   * @default - the network's subnetwork in the region (auto mode networks)
   */
  readonly subnetwork?: string;

  /**
   * The project that has the network, for a Shared VPC.
   *
   * @default - the app's project
   */
  readonly networkProject?: string;

  /**
   * Whether the VM has a static external address. Without one it needs Private Google Access and, for images of other
   * registries, Cloud NAT.
   *
   * @default true
   * @see https://cloud.google.com/vpc/docs/private-google-access
   */
  readonly externalAddress?: boolean;

  /**
   * The network service tier of the address and the VM. Changing it gives the app another address. Not for a VM without
   * external address.
   *
   * @default NetworkTier.STANDARD
   * @see https://cloud.google.com/network-tiers/docs/overview
   */
  readonly networkTier?: NetworkTier;

  /**
   * The IPv4 ranges, in CIDR form, that may reach the published ports.
   *
   * @default - anywhere ("0.0.0.0/0"); must be given for a VM without external address
   */
  readonly sourceRanges?: string[];

  /**
   * Whether people with the right to it may reach the VM's SSH server through Identity-Aware Proxy.
   *
   * @default false - SSH is closed
   * @see https://cloud.google.com/iap/docs/using-tcp-forwarding
   */
  readonly iapSsh?: boolean;

  /**
   * Further network tags of the VM, for firewall rules of your own.
   *
   * @default - only the app's own tag
   */
  readonly networkTags?: string[];
}

/** @throws if an option is not valid, or if options contradict each other */
export function checkNetwork(options: NetworkOptions, app: { name: string; publishesPorts: boolean }): void {
  const { network, subnetwork, networkProject, networkTier, externalAddress = true } = options;
  for (const [what, name] of Object.entries({ network, subnetwork })) {
    if (name !== undefined) {
      checkNetworkName(what, name);
    }
  }
  if (networkProject !== undefined) {
    checkProject(networkProject, "networkProject");
  }
  requireKnownList("networkTags", options.networkTags ?? []);
  checkNetworkTags([app.name, ...(options.networkTags ?? [])]);
  if (networkTier !== undefined) {
    requireOneOf("networkTier", networkTier, Object.values(NetworkTier));
    if (!externalAddress) {
      throw invalidInput(
        "networkTier",
        networkTier,
        "it is a property of the external address, and externalAddress is false: give only one of the two",
      );
    }
  }
  if (!externalAddress && app.publishesPorts && options.sourceRanges === undefined) {
    throw invalidInput(
      "externalAddress",
      externalAddress,
      "without an external address the published ports can be reached from inside only: say by whom with sourceRanges, or publish no ports",
    );
  }
}
