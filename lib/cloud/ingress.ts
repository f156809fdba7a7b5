import { ComputeFirewall, ComputeFirewallAllow } from "@cdktf/provider-google/lib/compute-firewall";
import { ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { PublishedPort } from "../boot/declaration";
import { NetworkSpec } from "../props/network-options";

/** The source addresses of Identity-Aware Proxy's tunnels: https://cloud.google.com/iap/docs/using-tcp-forwarding */
const IAP_RANGE = "35.235.240.0/20";
/**
 * The lowest number wins: it overrules the default network's rules (65534), which allow SSH from anywhere, and gives
 * way to any rule that users add (1000 by default).
 */
const DENY_PRIORITY = 65533;
const ANYWHERE = "0.0.0.0/0";
/**
 * The same range in two halves. The google provider 6.50 keeps 0.0.0.0/0 when another range replaces it, which would
 * leave the app open: https://github.com/hashicorp/terraform-provider-google/issues/16213
 */
const ANYWHERE_IN_HALVES = ["0.0.0.0/1", "128.0.0.0/1"];

export interface AppIngressProps {
  readonly name: string;
  readonly project: string;
  readonly network: NetworkSpec;
  readonly ports: readonly PublishedPort[];
  readonly serviceAccountEmail: string;
  readonly dependsOn: ITerraformDependable[];
}

/** The firewall rules: the published ports are open to the given ranges, everything else is denied. */
export class AppIngress extends Construct {
  /** The network tags that the VM must have for the rules to apply. */
  public readonly tags: readonly string[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AppIngressProps,
  ) {
    super(scope, id);
    const { network, ports, name } = props;
    // Shared VPC: the rules of a host project may not be enforced for a service account of another project.
    this.tags = network.hostProject === undefined ? [] : [name];
    if (ports.length > 0) {
      this.rule("allow", {
        description: `Opens the published ports of ${name} to ${audience(network.sourceRanges)}`,
        sourceRanges: inHalves(network.sourceRanges),
        allow: allowedPorts(ports),
      });
    }
    if (network.iapSsh) {
      this.rule("allow-iap-ssh", {
        description: `Opens SSH to the VM of ${name} to Identity-Aware Proxy, and to nobody else`,
        sourceRanges: [IAP_RANGE],
        allow: [{ protocol: "tcp", ports: ["22"] }],
      });
    }
    this.rule("deny", {
      description: `Denies everything else to the VM of ${name}, SSH included: it goes before the default network's rules (65534) and after rules with a lower number`,
      sourceRanges: [ANYWHERE],
      deny: [{ protocol: "all" }],
      priority: DENY_PRIORITY,
    });
  }

  private rule(
    id: string,
    rule: {
      description: string;
      sourceRanges: string[];
      allow?: ComputeFirewallAllow[];
      deny?: { protocol: string }[];
      priority?: number;
    },
  ): void {
    const { name, project, network, serviceAccountEmail, dependsOn } = this.props;
    new ComputeFirewall(this, id, {
      project: network.hostProject ?? project,
      network: network.network,
      name: `${name}-${id}`,
      direction: "INGRESS",
      ...(this.tags.length > 0
        ? { targetTags: [...this.tags] }
        : // Only this app's VM has the account. A tag could be on any VM.
          { targetServiceAccounts: [serviceAccountEmail] }),
      dependsOn,
      ...rule,
    });
  }
}

function audience(ranges: string[]): string {
  return !Token.isUnresolved(ranges) && ranges.includes(ANYWHERE)
    ? "anywhere: 0.0.0.0/0 in two halves, which the google provider 6.50 can remove again, unlike the whole"
    : "the source ranges";
}

function inHalves(ranges: string[]): string[] {
  if (Token.isUnresolved(ranges)) {
    return ranges;
  }
  return [...new Set(ranges.flatMap((range) => (range === ANYWHERE ? ANYWHERE_IN_HALVES : [range])))];
}

function allowedPorts(ports: readonly PublishedPort[]): ComputeFirewallAllow[] {
  return (["tcp", "udp"] as const)
    .map((protocol) => ({
      protocol,
      ports: ports.filter((port) => port.protocol === protocol).map((port) => String(port.hostPort)),
    }))
    .filter((allow) => allow.ports.length > 0);
}
