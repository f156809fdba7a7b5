/** MiB of the machine types that share a core. */
const SHARED_CORE: { readonly [machineType: string]: number } = {
  "e2-micro": 1024,
  "e2-small": 2048,
  "e2-medium": 4096,
  "f1-micro": 614,
  "g1-small": 1740,
};
/** MiB for each vCPU. */
const PER_CPU: { readonly [family: string]: { readonly [kind: string]: number } } = {
  e2: { standard: 4096, highmem: 8192, highcpu: 1024 },
  n1: { standard: 3840, highmem: 6656, highcpu: 921 },
  n2: { standard: 4096, highmem: 8192, highcpu: 1024 },
  n2d: { standard: 4096, highmem: 8192, highcpu: 1024 },
  t2d: { standard: 4096 },
};

/**
 * The memory of a machine type in MiB, where it is known.
 *
 * @see https://cloud.google.com/compute/docs/general-purpose-machines
 */
export function memoryOf(machineType: string): number | undefined {
  const [, custom] = /^(?:[a-z0-9]+-)?custom-(?:micro|small|medium|\d+)-(\d+)(?:-ext)?$/.exec(machineType) ?? [];
  if (custom !== undefined) {
    return Number(custom);
  }
  const [, family, kind, cpus] = /^([a-z0-9]+)-([a-z]+)-(\d+)$/.exec(machineType) ?? [];
  const perCpu = family === undefined ? undefined : PER_CPU[family]?.[kind];
  return perCpu === undefined ? SHARED_CORE[machineType] : perCpu * Number(cpus);
}
