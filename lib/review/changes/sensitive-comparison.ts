import { Change } from "./change";
import { AppComparison, Comparison } from "./comparison";
import { Exposure } from "../exposures/exposure";
import { OtherChange } from "./other-changes";

const NOTE = "by a value that Terraform marks as sensitive, and that is not shown";

/**
 * What sensitive values do, without any of them: the words of ours alone.
 *
 * @param judged the comparison with the values
 * @param shown the same one with what may be shown of them
 */
export function withoutValues(judged: Comparison, shown: Comparison): Comparison {
  return {
    apps: judged.apps.map((app, index) => withoutAppValues(app, shown.apps[index])),
    others: judged.others.map(withoutOtherValues),
    exposures: judged.exposures.filter(({ text }) => !shown.exposures.some((known) => known.text === text)).map(hidden),
    effects: judged.effects,
  };
}

/** The effects that the page does not have yet: one row for each. */
function withoutAppValues(app: AppComparison, shown: AppComparison | undefined): AppComparison {
  const known = (shown?.changes ?? []).map(({ effect }) => effect);
  const effects = new Set(app.changes.map(({ effect }) => effect).filter((effect) => !known.includes(effect)));
  const changes = [...effects].map((effect): Change => ({ what: "sensitive values", note: NOTE, effect }));
  return { name: shown?.name ?? "an app", kind: app.kind, state: app.state, changes };
}

function withoutOtherValues({ address, action, effect, also }: OtherChange): OtherChange {
  return {
    address,
    action,
    attributes: [],
    effect,
    ...(also && { also }),
    ...(effect !== "nothing" && { note: NOTE }),
  };
}

function hidden({ severity, text }: Exposure): Exposure {
  return { severity, text: `${text}, ${NOTE}`, values: [] };
}
