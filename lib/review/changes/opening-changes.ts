import { App } from "../apps/apps";
import { Change } from "./change";
import { isAnywhere } from "../apps/ipv4-ranges";
import { at, blocksAt, isTrue, textAt, textsAt } from "../read/json";
import { trafficInWords } from "../exposures/opening-exposures";
import { newOpenings, Opening, openingsOf } from "../apps/openings";
import { Resource } from "../read/stack";

/** Who could reach an app before, and no longer can. */
export function closedChanges(before: App, after: App): Change[] {
  return newOpenings(after.openings, before.openings).map((opening) => ({
    what: "reachable by rule",
    name: opening.rule,
    before: openingInWords(opening),
    effect: "nothing",
    note: "no longer reachable",
  }));
}

/** A firewall rule: `TCP 22 from 0.0.0.0/0`. */
export function ruleInWords(rule: Resource): string {
  const { values } = rule;
  if (textAt(values, "direction") === "EGRESS") {
    return "outgoing traffic";
  }
  const denied = blocksAt(values, "deny").map((deny) =>
    openingInWords({
      rule: rule.address,
      sources: textsAt(values, "source_ranges"),
      protocol: textAt(deny, "protocol") ?? "all",
      ports: textsAt(deny, "ports"),
    }),
  );
  const allowed = openingsOf([{ ...rule, values: { ...values, disabled: false } }], undefined).map(openingInWords);
  const all = [...allowed, ...(denied.length > 0 ? [`denies ${denied.join("; ")}`] : [])];
  return `${all.join("; ")}${isTrue(at(values, "disabled")) ? " (off)" : ""}`;
}

function openingInWords(opening: Opening): string {
  const sources = isAnywhere(opening.sources) && !opening.sources.includes("::/0") ? ["0.0.0.0/0"] : opening.sources;
  return `${trafficInWords(opening)} from ${sources.join(", ")}`;
}
