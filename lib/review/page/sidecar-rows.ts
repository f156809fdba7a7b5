import { Declaration, SidecarDeclaration } from "../../boot/declaration";
import { App } from "../apps/apps";
import { mayBeSecret } from "../../checks/secret-names";
import { HIDDEN } from "../../checks/secret-values";
import { secretBlocks } from "./secrets-table";
import { Block, Text, value } from "../format/document";
import { shown } from "../format/shown-values";
import { containerRows, restartText, wordsOf } from "./container-rows";

/** The containers beside the app, for the page that says what runs. */
export function sidecarBlocks({ sidecars = [] }: Declaration, kind: App["kind"], sensitive: boolean): Block[] {
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
    ...sidecars.flatMap((sidecar): Block[] => [
      { kind: "table", head: [`sidecar ${sidecar.name}`, "value"], rows: rowsOf(sidecar, sensitive) },
      ...environmentBlock(sidecar, sensitive),
      ...secretBlocks(sidecar, kind, ` of sidecar ${sidecar.name}`),
    ]),
  ];
}

function rowsOf(sidecar: SidecarDeclaration, sensitive: boolean): Text[][] {
  const { healthCheck } = sidecar;
  return [
    ...containerRows(sidecar, sensitive),
    [["restarted"], restartText(sidecar)],
    [
      ["the app waits until it is"],
      healthCheck === undefined
        ? ["started"]
        : ["healthy, as ", ...(sensitive ? [HIDDEN] : wordsOf(healthCheck.command)), " says"],
    ],
  ];
}

function environmentBlock({ name, environment }: SidecarDeclaration, sensitive: boolean): Block[] {
  const rows = Object.keys(environment)
    .sort()
    .map((key): Text[] => [[value(key)], [shown(environment[key], sensitive || mayBeSecret(key))]]);
  const head = [`environment variable of sidecar ${name}`, "value"];
  return rows.length === 0 ? [] : [{ kind: "table", head, rows }];
}
