import { ComputeFirewall, ComputeFirewallAllow } from "@cdktf/provider-google/lib/compute-firewall";
import { ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { PublishedPort } from "../boot/spec";
import { NetworkSpec } from "../props/network-options";

/** Where Identity-Aware Proxy's tunnels come from: https://cloud.google.com/iap/docs/using-tcp-forwarding */
const IAP_RANGE = "35.235.240.0/20";
/**
 * Before the default network's rules (65534), which let SSH in from anywhere, and after any rule that people add (1000 by
 * default): the lowest number wins.
 */
const DENY_PRIORITY = 65533;
const ANYWHERE = "0.0.0.0/0";
/**
 * The same in two halves. The google provider 6.50 would keep 0.0.0.0/0 when it is to be replaced by another range, and
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

/** Who may reach the VM: the published ports from the given ranges, and nobody else. */
export class AppIngress extends Construct {
  /** The network tags by which the VM must be found. */
  public readonly tags: readonly string[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AppIngressProps,
  ) {
    super(scope, id);
    const { network, ports, name } = props;
    // A host project's rules are not known to be enforced for a service account of another project.
    this.tags = network.hostProject === undefined ? [] : [name];
    if (ports.length > 0) {
      this.rule("allow", {
        description: `The published ports of ${name}. Anywhere (0.0.0.0/0) is written as two halves.`,
        sourceRanges: inHalves(network.sourceRanges),
        allow: allowedPorts(ports),
      });
    }
    if (network.iapSsh) {
      this.rule("allow-iap-ssh", {
        description: `SSH to the VM of ${name} through Identity-Aware Proxy only`,
        sourceRanges: [IAP_RANGE],
        allow: [{ protocol: "tcp", ports: ["22"] }],
      });
    }
    this.rule("deny", {
      description: `Everything else to the VM of ${name}, the default network's open SSH among it. Rules with a lower number go first.`,
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
        : // By the account that only this app's VM has, and not by a tag, which any other VM may carry.
          { targetServiceAccounts: [serviceAccountEmail] }),
      dependsOn,
      ...rule,
    });
  }
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
