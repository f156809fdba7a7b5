import { App, appsOf } from "../apps/apps";
import { appExposures } from "./app-exposures";
import { Exposure } from "./exposure";
import { Command, foreignCommands, identityOf } from "./deployment-commands";
import { grantExposures, impliedExposures } from "./grant-exposures";
import { openingExposures } from "./opening-exposures";
import { lostProtection } from "./lost-protection";
import { passwordExposures } from "./password-exposures";
import { pairsOf } from "../read/pairs";
import { resourceExposures } from "./resource-exposures";
import { cutText } from "../format/shown-values";
import { Stack } from "../read/stack";
import { notJudged, notJudgedChange } from "./unjudged";
import { withoutSecretParts } from "../../checks/secret-values";

/** What is exposed after a change and was not before, the most serious first. */
export function newExposures(before: Stack, after: Stack): readonly Exposure[] {
  const known = new Set([...settings(before), ...impliedExposures(appsOf(before), before)].map(keyOf));
  const others = settings(after).filter((exposure) => !known.has(keyOf(exposure)));
  return mostSeriousFirst([...opened(appsOf(before), appsOf(after)), ...others, ...changed(before, after)]);
}

/** What the change of a resource may open, whatever it is before and after. */
function changed(before: Stack, after: Stack): Exposure[] {
  const [old, wanted] = [appsOf(before), appsOf(after)];
  const machines = new Set([...old, ...wanted].map(({ machine }) => machine.address));
  return pairsOf(before, after).flatMap((pair) => [
    ...notJudgedChange(pair, machines.has((pair.after ?? pair.before)!.address)),
    ...lostProtection(pair, old),
  ]);
}

/** What a reader of a single stack should look at first. */
export function notableExposures(stack: Stack): readonly Exposure[] {
  const all = [...opened([], appsOf(stack)), ...settings(stack)];
  return mostSeriousFirst(all.filter(({ severity }) => severity === 3));
}

function mostSeriousFirst(exposures: Exposure[]): Exposure[] {
  return exposures.sort((a, b) => b.severity - a.severity);
}

function keyOf({ app, text, values, key }: Exposure): string {
  return key ?? JSON.stringify([app, text, values]);
}

function opened(before: readonly App[], after: readonly App[]): Exposure[] {
  return after.flatMap((app) => {
    const same = before.find(({ machine }) => machine.address === app.machine.address);
    return [...openingExposures(same, app), ...passwordExposures(same, app)];
  });
}

function settings(stack: Stack): Exposure[] {
  const apps = appsOf(stack);
  return [
    ...apps.flatMap(appExposures),
    ...grantExposures(apps, stack),
    ...stack.resources.flatMap(resourceExposures),
    ...foreignCommands(stack).map(commandExposure),
    ...notJudged(apps, stack),
  ];
}

function commandExposure(command: Command): Exposure {
  const elsewhere = command.kind === "remote-exec" || command.kind === "file";
  return {
    severity: 2,
    text: `a deployment runs a command on ${elsewhere ? "another machine" : "the computer that deploys"}`,
    values: [cutText(withoutSecretParts(command.command)), command.address],
    key: identityOf(command),
  };
}
