/** What a change does to what runs, the least first. */
export const EFFECTS = [
  "nothing",
  "sidecar changes",
  "app restarts",
  "VM reboots",
  "VM stops and starts",
  "VM replaced",
  "VM removed",
  "app removed",
  "address changes",
  "data could be lost",
] as const;

export type Effect = (typeof EFFECTS)[number];

/** The effects for which something does not serve, for a while or for good, the least first. */
export const OUTAGES: readonly Effect[] = EFFECTS.slice(
  EFFECTS.indexOf("sidecar changes"),
  EFFECTS.indexOf("app removed") + 1,
);

export function worst(effects: readonly Effect[]): Effect {
  return EFFECTS[Math.max(0, ...effects.map((effect) => EFFECTS.indexOf(effect)))];
}

/** The effects without "nothing", each once, the gravest first. */
export function gravestFirst(effects: Iterable<Effect>): readonly Effect[] {
  const all = new Set(effects);
  return EFFECTS.filter((effect) => effect !== "nothing" && all.has(effect)).reverse();
}

const MEANING: { readonly [effect in Effect]: string } = {
  nothing: "what runs goes on running",
  "sidecar changes": "the app runs on; what a sidecar does is missing for seconds, or for good where it is removed",
  "app restarts": "seconds without service",
  "VM reboots": "some seconds to a minute without service",
  "VM stops and starts": "a minute or more without service",
  "VM replaced": "minutes without service; the boot disk is new, the files are in the bucket",
  "VM removed": "what ran on it, and its boot disk, are gone",
  "app removed": "nothing serves any longer",
  "address changes": "who knows the old address, or asks for the name, may no longer reach the app",
  "data could be lost": "files, or what they could be restored from",
};

/** What effects mean for those who use the app: the gravest, and how long nothing serves. */
export function meaningOf(effects: readonly Effect[]): string {
  const [worst = "nothing", ...rest] = gravestFirst(effects);
  const outage = rest.find((effect) => OUTAGES.includes(effect));
  return [worst, ...(outage === undefined || OUTAGES.includes(worst) ? [] : [outage])]
    .map((effect) => MEANING[effect])
    .join("; ");
}

/** Whether the VM, and with it all that runs on it, stays up. */
export function vmStaysUp(effects: readonly Effect[]): boolean {
  return !effects.some((effect) => OUTAGES.indexOf(effect) > OUTAGES.indexOf("app restarts"));
}
