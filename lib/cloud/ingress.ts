import { ComputeFirewall, ComputeFirewallAllow } from "@cdktf/provider-google/lib/compute-firewall";
import { ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { PublishedPort } from "../boot/spec";
import { invalidInput } from "../checks/invalid-input";
import { checkIpv4Range } from "../checks/ipv4-range";

/** Where Identity-Aware Proxy's tunnels come from: https://cloud.google.com/iap/docs/using-tcp-forwarding */
const IAP_RANGE = "35.235.240.0/20";
/** Above the 65534 of the default network's rules, which let SSH in from anywhere, and below whatever people add. */
const DENY_PRIORITY = 65533;
const ANYWHERE = "0.0.0.0/0";
/**
 * The same in two halves. The google provider 6.50 would keep 0.0.0.0/0 when it is to be replaced by another range, and
 * leave the app open: https://github.com/hashicorp/terraform-provider-google/issues/16213
 */
const ANYWHERE_IN_HALVES = ["0.0.0.0/1", "128.0.0.0/1"];

export interface AppIngressProps {
  readonly name: string;
  /** The network tag of the VM that the rules are for. */
  readonly tag: string;
  readonly project: string;
  readonly network: string;
  readonly ports: readonly PublishedPort[];
  readonly sourceRanges: string[];
  readonly iapSsh: boolean;
  readonly dependsOn: ITerraformDependable[];
}

/** Who may reach the VM: the published ports from the given ranges, and nobody else. */
export class AppIngress extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: AppIngressProps,
  ) {
    super(scope, id);
    if (props.ports.length > 0) {
      checkRanges(props.sourceRanges);
      this.rule("allow", { sourceRanges: inHalves(props.sourceRanges), allow: allowedPorts(props.ports) });
    }
    if (props.iapSsh) {
      this.rule("allow-iap-ssh", { sourceRanges: [IAP_RANGE], allow: [{ protocol: "tcp", ports: ["22"] }] });
    }
    this.rule("deny", { sourceRanges: [ANYWHERE], deny: [{ protocol: "all" }], priority: DENY_PRIORITY });
  }

  private rule(
    id: string,
    rule: {
      sourceRanges: string[];
      allow?: ComputeFirewallAllow[];
      deny?: { protocol: string }[];
      priority?: number;
    },
  ): void {
    const { name, tag, project, network, dependsOn } = this.props;
    new ComputeFirewall(this, id, {
      project,
      network,
      name: `${name}-${id}`,
      direction: "INGRESS",
      targetTags: [tag],
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

function checkRanges(ranges: string[]): void {
  if (Token.isUnresolved(ranges)) {
    return;
  }
  if (ranges.length === 0) {
    throw invalidInput(
      "sourceRanges",
      ranges,
      "it is empty, so nobody could reach the app: leave it out for anywhere, or publish no ports",
    );
  }
  ranges.forEach((range) => checkIpv4Range("sourceRanges", range));
}
