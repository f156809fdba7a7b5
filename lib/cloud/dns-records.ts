import { DnsRecordSet } from "@cdktf/provider-google/lib/dns-record-set";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { idPart, referent } from "../terraform/template-text";

/** Seconds for which resolvers keep a record: an address that changes is found soon. */
const TTL = 300;

export interface DnsRecordsProps {
  /** The app's project, for a zone that names none. */
  readonly project: string;
  /** The managed zone: its name, or `projects/PROJECT/managedZones/NAME`. */
  readonly zone: string;
  readonly domains: readonly string[];
  /** The VM's address. */
  readonly address: string;
  readonly dependsOn: ITerraformDependable[];
}

/** Creates the record of each domain. Its id must not depend on the others: another id is another resource. */
export function createDnsRecords(scope: Construct, props: DnsRecordsProps): void {
  const [, project = props.project, managedZone = props.zone] =
    /^projects\/(.+)\/managedZones\/([^/]+)$/.exec(props.zone) ?? [];
  for (const domain of props.domains) {
    new DnsRecordSet(scope, `dns-${idPart(referent(scope, domain))}`, {
      project,
      managedZone,
      name: `${domain}.`,
      type: "A",
      ttl: TTL,
      rrdatas: [props.address],
      dependsOn: props.dependsOn,
    });
  }
}

/** The records as a zone file has them, for who creates them by hand. */
export function dnsRecordLines(domains: readonly string[], address: string): string[] {
  return domains.map((domain) => `${domain}. ${TTL} IN A ${address}`);
}
