import { App } from "../apps/apps";
import { passwordOf } from "../apps/containers";
import { stableText } from "../read/json";
import { Exposure } from "./exposure";

/** Who is let in by a password in front of the app that was not before. */
export function passwordExposures(before: App | undefined, after: App): Exposure[] {
  const [old, wanted] = [passwordOf(before?.declaration), passwordOf(after.declaration)];
  if (old === undefined) {
    return [];
  }
  if (wanted === undefined) {
    const text = "nobody is asked for a password in front of the app any longer; before, it was that of the user";
    return [{ severity: 2, app: after.name, text, values: [old.user] }];
  }
  return stableText({ ...old }) === stableText({ ...wanted })
    ? []
    : [{ severity: 1, app: after.name, text: "another user or password opens the app", values: [wanted.user] }];
}
