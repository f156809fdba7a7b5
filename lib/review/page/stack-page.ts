import { App, appsOf } from "../apps/apps";
import { diagramOf } from "./stack-diagram";
import { Block, Page } from "../format/document";
import { disksSection } from "./disks-section";
import { exposureText } from "./exposure-text";
import { notableExposures } from "../exposures/exposures";
import { filesSection } from "./files-section";
import { identitySection } from "./identity-section";
import { openSection } from "./open-section";
import { remainderSection } from "./remainder-section";
import { runsSection } from "./runs-section";
import { Stack } from "../read/stack";

/** What a stack will be once it is deployed, for somebody who knows neither gcsfuse nor cloud-init. */
export function stackPage(stack: Stack, name: string): Page {
  return [{ kind: "heading", level: 1, text: ["Review of ", { value: name }] }, ...stackBlocks(stack)];
}

/** The page without its title. */
export function stackBlocks(stack: Stack): Page {
  const apps = appsOf(stack);
  const notable = notableExposures(stack);
  return [
    ...(notable.length > 0
      ? [
          { kind: "heading", level: 2, text: ["Look at this first"] } as const,
          { kind: "list", alarm: true, items: notable.map(exposureText) } as const,
        ]
      : []),
    ...(apps.length > 0 ? [{ kind: "diagram", diagram: diagramOf(stack) } as const] : []),
    ...(apps.length === 0
      ? [{ kind: "paragraph", text: ["No app of gcs-backed-container-app is in this stack."] } as const]
      : []),
    ...apps.flatMap((app) => appBlocks(app, stack)),
    ...remainderSection(apps, stack),
  ];
}

function appBlocks(app: App, stack: Stack): Block[] {
  return [
    { kind: "heading", level: 2, text: [app.kind === "vm" ? "App " : "Local app ", { value: app.name }] },
    ...openSection(app),
    ...runsSection(app),
    ...filesSection(app, stack),
    ...disksSection(app, stack),
    ...identitySection(app, stack),
  ];
}
