import { App } from "../apps/apps";
import { differingArguments } from "../read/differing-arguments";
import { Exposure } from "./exposure";
import { stableText, textsAt, without } from "../read/json";
import { isJudgedArgument, isJudgedType, withoutDefaults } from "./judged-arguments";
import { ResourcePair } from "../read/pairs";
import { Stack } from "../read/stack";

/** Arguments that open nothing. */
const PLAIN = ["depends_on", "lifecycle", "description", "labels", "effective_labels", "terraform_labels", "timeouts"];

/** Resources that may open whatever they may: one that is new, or changes, is for the reader to judge. */
export function notJudged(apps: readonly App[], { resources }: Stack): Exposure[] {
  const machines = apps.map(({ machine }) => machine.address);
  return resources
    .filter(({ type, address }) => !machines.includes(address) && !isJudgedType(type))
    .map(({ address, values }) => ({
      severity: 1,
      text: "not judged by this page, and new or changed",
      values: [address],
      key: stableText([address, without(values, ...PLAIN)]),
    }));
}

/**
 * What a change of a resource may open that no rule knows: an argument that comes, changes or goes, or a resource of a
 * type that is not known and goes, since it may have kept somebody out.
 */
export function notJudgedChange({ before, after }: ResourcePair, isMachine: boolean): Exposure[] {
  const { type, address } = (after ?? before)!;
  if (!isMachine && !isJudgedType(type)) {
    return after === undefined ? [{ severity: 1, text: "not judged by this page, and gone", values: [address] }] : [];
  }
  // The library writes its stand-in itself.
  if (after === undefined || (before === undefined && isMachine && type === "docker_container")) {
    return [];
  }
  const [old, wanted] = [before, after].map((side) =>
    textsAt(side?.values, "service_account", "scopes").map(scopeName),
  );
  const wider = before !== undefined && !old.includes("cloud-platform") && wanted.some((scope) => !old.includes(scope));
  const names = differingArguments(before && withoutDefaults(before), withoutDefaults(after)).filter(
    (argument) => !isJudgedArgument(type, argument),
  );
  const all = wider ? [...names, "service_account.scopes"] : names;
  return all.length === 0 ? [] : [{ severity: 1, text: UNJUDGED_SETTINGS, values: [address, ...all] }];
}

const UNJUDGED_SETTINGS = "settings that this page does not judge, and that are new, changed or gone";

/** A scope by its short name, as both a URL and the name may be given. */
function scopeName(scope: string): string {
  return scope.split("/").pop()!;
}
