import { Comparison, isChanged } from "./comparison";
import { Effect, OUTAGES } from "./effects";

/** What each gate of `--fail-on` is hit by. */
export const GATES: { readonly [gate: string]: string } = {
  "data-loss": "data could be lost",
  exposure: "somebody can reach or do what nobody could before",
  address: "an address changes",
  replace: "a VM is replaced or removed, or an app is removed",
  reboot: "a VM reboots, stops and starts, or is replaced or removed, or an app is removed",
  restart: "an app restarts, a sidecar changes, or anything of reboot",
  change: "anything changes at all",
};

const BY_EFFECT: { readonly [gate: string]: readonly Effect[] } = {
  "data-loss": ["data could be lost"],
  address: ["address changes"],
  replace: ["VM replaced", "VM removed", "app removed"],
  reboot: ["VM reboots", "VM stops and starts", "VM replaced", "VM removed", "app removed"],
  restart: OUTAGES,
};

/** The gates of a list such as `data-loss,exposure`; undefined if one of them does not exist. */
export function parseGates(list: string): readonly string[] | undefined {
  const gates = list.split(",").map((gate) => gate.trim());
  return gates.every((gate) => Object.keys(GATES).includes(gate)) ? gates : undefined;
}

/** The gates that a change hits. */
export function gatesHit(gates: readonly string[], comparison: Comparison): readonly string[] {
  return gates.filter((gate) => isHit(gate, comparison));
}

function isHit(gate: string, comparison: Comparison): boolean {
  const { effects, exposures } = comparison;
  if (gate === "exposure") {
    return exposures.length > 0;
  }
  if (gate === "change") {
    return isChanged(comparison);
  }
  return BY_EFFECT[gate].some((effect) => effects.has(effect));
}
