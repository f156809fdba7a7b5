import { Declaration, SidecarDeclaration } from "../../boot/declaration";
import { mayBeSecret } from "../../checks/secret-names";
import { HIDDEN } from "../../checks/secret-values";
import { portInWords } from "../changes/declaration-changes";
import { secretBlocks } from "./secrets-table";
import { Block, Text, value, valuesOf } from "../format/document";
import { shown, withoutSecrets } from "../format/shown-values";

/** The containers beside the app, for the page that says what runs. */
export function sidecarBlocks({ sidecars = [] }: Declaration, sensitive: boolean): Block[] {
  if (sidecars.length === 0) {
    return [];
  }
  return [
    {
      kind: "paragraph",
      text: [
        "Beside the app, in a network of their own with it, each found by its name and started before the app; the metadata server is as open or closed to them as it is to the app:",
      ],
    },
    {
      kind: "table",
      head: ["sidecar", "image", "user", "arguments", "published ports", "the app waits until it is"],
      rows: sidecars.map((sidecar) => rowOf(sidecar, sensitive)),
    },
    ...sidecars.flatMap((sidecar) => [
      ...environmentBlock(sidecar, sensitive),
      ...secretBlocks(sidecar, ` of sidecar ${sidecar.name}`),
    ]),
  ];
}

function rowOf({ name, image, user, entrypoint, args, ports, healthCheck }: SidecarDeclaration, sensitive: boolean) {
  const words = [...(entrypoint ?? []), ...(args ?? [])];
  const given = entrypoint !== undefined || args !== undefined;
  return [
    [value(name)],
    [value(image)],
    user === undefined ? ["as in the image"] : [value(user)],
    !given ? ["as in the image"] : sensitive ? [HIDDEN] : valuesOf(withoutSecrets(words)),
    ports.length === 0 ? ["none"] : valuesOf(ports.map(portInWords)),
    [healthCheck === undefined ? "started" : "healthy"],
  ] as Text[];
}

function environmentBlock({ name, environment }: SidecarDeclaration, sensitive: boolean): Block[] {
  const rows = Object.keys(environment)
    .sort()
    .map((key): Text[] => [[value(key)], [shown(environment[key], sensitive || mayBeSecret(key))]]);
  const head = [`environment variable of sidecar ${name}`, "value"];
  return rows.length === 0 ? [] : [{ kind: "table", head, rows }];
}
