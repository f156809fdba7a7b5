import { Change } from "./change";
import { AppComparison, Comparison } from "./comparison";
import { Effect, worst } from "./effects";
import { Exposure } from "../exposures/exposure";
import { stableText } from "../read/json";
import { OtherChange } from "./other-changes";

/** A comparison with what another view of the same change has besides. */
export function merged(shown: Comparison, other: Comparison): Comparison {
  return {
    apps: mergedApps(shown.apps, other.apps),
    others: mergedOthers(shown.others, other.others),
    exposures: mergedExposures(shown.exposures, other.exposures),
    effects: new Set([...shown.effects, ...other.effects]),
  };
}

/** Both views have the same apps, unless one of them cannot tell an app. */
function mergedApps(shown: readonly AppComparison[], others: readonly AppComparison[]): readonly AppComparison[] {
  if (shown.length !== others.length) {
    return [...shown, ...others.filter(({ name }) => !shown.some((app) => app.name === name))];
  }
  return shown.map((app, index) => {
    const more = others[index].changes.filter((change) => !app.changes.some((known) => isKnown(known, change)));
    return { ...app, changes: [...app.changes, ...more] };
  });
}

function isKnown(known: Change, { what, name, effect }: Change): boolean {
  return known.what === what && known.name === name && worst([known.effect, effect]) === known.effect;
}

function mergedOthers(shown: readonly OtherChange[], others: readonly OtherChange[]): readonly OtherChange[] {
  const addresses = new Set([...shown, ...others].map(({ address }) => address));
  return [...addresses].map((address) => {
    const [first, ...more] = [...shown, ...others].filter((change) => change.address === address);
    return more.reduce(mergedChange, first);
  });
}

function mergedChange(one: OtherChange, other: OtherChange): OtherChange {
  const effects: Effect[] = [one.effect, ...(one.also ?? []), other.effect, ...(other.also ?? [])];
  const effect = worst(effects);
  const also = [...new Set(effects)].filter((item) => item !== effect && item !== "nothing");
  const note = one.note ?? other.note;
  return {
    address: one.address,
    action: one.action,
    attributes: [...new Set([...one.attributes, ...other.attributes])],
    effect,
    ...(also.length > 0 && { also }),
    ...((one.effectUnknown || other.effectUnknown) && { effectUnknown: true as const }),
    ...(note !== undefined && { note }),
  };
}

function mergedExposures(shown: readonly Exposure[], others: readonly Exposure[]): readonly Exposure[] {
  const identity = ({ app, text, values }: Exposure) => stableText([app ?? "", text, values]);
  const known = new Set(shown.map(identity));
  const more = others.filter((exposure) => !known.has(identity(exposure)));
  return [...shown, ...more].sort((a, b) => b.severity - a.severity);
}
