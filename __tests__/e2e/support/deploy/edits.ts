import { Checkout } from "./checkout";
import { changes } from "./plan-changes";

/** What a person changes in main.ts, and what a plan may touch then. */
export interface Edit {
  readonly name: string;
  readonly change: (main: string) => string;
  readonly expected: Record<string, string>;
}

const VM = "google_compute_instance.instance";
/** Gives the cloud stack's app another prop. */
export const prop = (text: string) => (main: string) =>
  main.replace("  ports: [{ containerPort, hostPort: 80 }],\n", (line) => `${line}  ${text},\n`);

export const EDITS: readonly Edit[] = [
  {
    name: "an environment value",
    change: prop('environment: { GREETING: "hello" }'),
    expected: { [VM]: "update metadata" },
  },
  {
    name: "a mount option",
    change: (main) => main.replace("[{ ...mount,", '[{ ...mount, fileMode: "0664",'),
    expected: { [VM]: "update metadata" },
  },
  {
    name: "the machine type",
    change: prop('machine: { machineType: "e2-medium" }'),
    expected: { [VM]: "update machine_type" },
  },
  {
    name: "the source ranges",
    change: prop('network: { sourceRanges: ["203.0.113.0/24"] }'),
    expected: { "google_compute_firewall.allow": "update description, source_ranges" },
  },
  {
    name: "the labels",
    change: prop('labels: { team: "photos" }'),
    expected: {
      "google_artifact_registry_repository.repository": "update labels",
      "google_compute_address.address": "update labels",
      [VM]: "update labels",
      "google_storage_bucket.bucket": "update labels",
    },
  },
  {
    name: "the exact boot image",
    change: prop('machine: { bootImage: "cos-cloud/cos-stable-999-1-1-1" }'),
    expected: { [VM]: "delete,create" },
  },
  {
    name: "the disk size",
    change: prop("machine: { bootDiskSizeGb: 30 }"),
    expected: { [VM]: "delete,create" },
  },
];

/** The plan of each edit, of one at a time. */
export async function plansOfEdits(checkout: Checkout): Promise<Record<string, Record<string, string>>> {
  const plans: Record<string, Record<string, string>> = {};
  for (const { name, change } of EDITS) {
    checkout.edit("main.ts", change);
    plans[name] = changes(await checkout.plan());
    checkout.restore("main.ts");
  }
  return plans;
}
