import { GoogleError, invalid } from "../../google-error";

/** A selection of Google's regions. */
export const regions = [
  ...["us-central1", "us-east1", "us-east4", "us-east5", "us-south1", "us-west1", "us-west2", "us-west3", "us-west4"],
  ...["northamerica-northeast1", "northamerica-northeast2", "southamerica-east1", "southamerica-west1"],
  ...["europe-north1", "europe-central2", "europe-southwest1", "me-west1", "africa-south1"],
  ...["europe-west1", "europe-west2", "europe-west3", "europe-west4", "europe-west6", "europe-west8", "europe-west9"],
  ...["asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2", "asia-northeast3", "asia-south1"],
  ...["asia-southeast1", "asia-southeast2", "australia-southeast1", "australia-southeast2"],
];

const letters: Record<string, string> = { "us-central1": "abcf", "us-east1": "bcd", "europe-west1": "bcd" };

export function isZone(zone: string): boolean {
  const region = zone.slice(0, -2);
  return regions.includes(region) && zone.at(-2) === "-" && (letters[region] ?? "abc").includes(zone.at(-1) ?? "");
}

export const regionOf = (zone: string) => zone.slice(0, -2);

export interface MachineType {
  readonly name: string;
  readonly architecture: "X86_64" | "ARM64";
  readonly cpus: number;
  readonly cpuPlatform: string;
  /** Newer series take Hyperdisk only. */
  readonly hyperdiskOnly: boolean;
}

export function machineType(name: string): MachineType | undefined {
  const shared = /^(e2-(micro|small|medium)|f1-micro|g1-small)$/.test(name);
  const [, series, cpus] =
    /^(e2|n1|n2|n2d|n4|c2|c2d|c3|c3d|c4|c4d|t2d|t2a|c4a|n4a|m1|m3)-(?:standard|highmem|highcpu|megamem|ultramem)-(\d+)$/.exec(
      name,
    ) ?? [undefined, undefined, undefined];
  if (!shared && !series) return undefined;
  return {
    name,
    architecture: /^(t2a|c4a|n4a)$/.test(series ?? "") ? "ARM64" : "X86_64",
    cpus: shared ? 2 : Number(cpus),
    cpuPlatform: series === "t2a" ? "Ampere Altra" : series === "c4a" ? "Google Axion" : "Intel Broadwell",
    hyperdiskOnly: /^(n4|n4a|c4|c4a|c4d)$/.test(series ?? ""),
  };
}

export const diskTypes = ["pd-standard", "pd-balanced", "pd-ssd", "pd-extreme", "hyperdisk-balanced", "local-ssd"];

export const selfLink = (path: string) => `https://www.googleapis.com/compute/v1/${path}`;

/** The part of a resource's URL or partial URL that names it, from "projects/" on. */
export function pathOf(link: string, project: string): string {
  const at = link.indexOf("projects/");
  if (at >= 0) return link.slice(at);
  return `projects/${project}/${link}`;
}

export const lastOf = (link: string) => link.slice(link.lastIndexOf("/") + 1);

export const missing = (path: string) => new GoogleError(404, "notFound", `The resource '${path}' was not found`);

export const badValue = (field: string, value: unknown, why: string) =>
  invalid(`Invalid value for field '${field}': '${value}'. ${why}`);
