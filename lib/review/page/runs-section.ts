import { Declaration } from "../../boot/declaration";
import { mayBeSecret } from "../../checks/secret-names";
import { App } from "../apps/apps";
import { secretBlocks } from "./secrets-table";
import { Block, Text, value } from "../format/document";
import { at, isTrue, JsonObject, own, textAt } from "../read/json";
import { sidecarBlocks } from "./sidecar-rows";
import { shown } from "../format/shown-values";
import { containerRows, restartText } from "./container-rows";

const SIDECAR = ": a container beside the app's, which shows the buckets as folders";

/** What runs, and as whom. */
export function runsSection(app: App): Block[] {
  const { declaration, machine } = app;
  const heading: Block = { kind: "heading", level: 3, text: ["What runs"] };
  const rows = [
    ...(declaration === undefined ? [] : declared(declaration, machine.sensitiveDeclaration === true)),
    ...(app.kind === "vm" ? vmRows(app) : []),
  ];
  return [
    heading,
    ...(declaration === undefined
      ? [
          {
            kind: "paragraph",
            text: [
              "The app's declaration cannot be read: it was synthesized by a version of the library that has none, or Terraform knows it only later.",
            ],
          } as const,
        ]
      : []),
    ...(rows.length > 0 ? [{ kind: "table", head: ["what", "value"], rows } as const] : []),
    ...(declaration === undefined ? [] : environmentBlocks(declaration, machine.sensitiveDeclaration === true)),
    ...(declaration === undefined ? [] : secretBlocks(declaration, app.kind)),
    ...(declaration === undefined ? [] : sidecarBlocks(declaration, app.kind, machine.sensitiveDeclaration === true)),
  ];
}

function declared(declaration: Declaration, sensitive: boolean): Text[][] {
  const { startTimeoutSeconds, metadataServerAccess, gcsfuse } = declaration;
  return [
    ...containerRows(declaration, sensitive),
    [["restarted"], [...restartText(declaration), ", and ", value(String(startTimeoutSeconds)), " to come to life"]],
    ...behindProxyRows(declaration),
    [
      ["metadata server"],
      [
        metadataServerAccess
          ? "open to the app, which may so act as the machine"
          : "closed to the app: it is where a VM's programs get the credentials of the service account",
      ],
    ],
    [
      ["gcsfuse's sidecar"],
      [
        shown(gcsfuse.image),
        gcsfuse.privileged
          ? `${SIDECAR}; it is privileged`
          : `${SIDECAR}; the app's own container may not mount anything`,
      ],
    ],
  ];
}

function behindProxyRows({ httpCheck, updates }: Declaration): Text[][] {
  if (httpCheck === undefined) {
    return [];
  }
  const { containerPort, path, expectedStatus } = httpCheck;
  const status = expectedStatus === undefined ? " by any status" : [" by the status ", value(String(expectedStatus))];
  return [
    [
      ["it has come to life"],
      ["when ", value(String(path)), " is answered on its port ", value(String(containerPort)), ...status],
    ],
    [
      ["its next version"],
      [
        updates === "overlap"
          ? "starts beside it and gets the requests once it answers: for a while two run at once"
          : "replaces it; requests wait meanwhile",
      ],
    ],
  ];
}

function vmRows({ machine: { values } }: App): Text[][] {
  const disk = at(values, "boot_disk", "initialize_params");
  const secure = isTrue(at(values, "shielded_instance_config", "enable_secure_boot"));
  return [
    [
      ["VM"],
      [
        shown(textAt(values, "machine_type")),
        " in ",
        shown(textAt(values, "zone")),
        ", project ",
        shown(textAt(values, "project")),
      ],
    ],
    [
      ["boot disk"],
      [
        shown(textAt(disk, "image")),
        ", ",
        shown(textAt(disk, "size")),
        " GB, deleted with the VM: no file of the app's folders is on it alone",
      ],
    ],
    [["network"], networkText(values)],
    [["Secure Boot"], [secure ? "on" : "off"]],
    [
      ["updates of its system"],
      [
        textAt(values, "metadata", "cos-update-strategy") === "update_disabled"
          ? "by a VM with another boot image only: the running one does not update itself"
          : "by itself, at its next boot",
      ],
    ],
    [
      ["who may log in"],
      [
        isTrue(at(values, "metadata", "enable-oslogin"))
          ? "whoever IAM allows it, by OS Login; keys in the metadata are ignored"
          : "whoever has an SSH key in the metadata of the VM or of the project",
      ],
    ],
  ];
}

function networkText(values: JsonObject): Text {
  const [network, subnetwork] = ["network", "subnetwork"].map((key) => textAt(values, "network_interface", key));
  return [
    ...(network === undefined ? [] : [value(network)]),
    ...(network === undefined || subnetwork === undefined ? [] : [", "]),
    ...(subnetwork === undefined ? [] : ["the subnetwork ", value(subnetwork)]),
  ];
}

function environmentBlocks({ environment }: Declaration, sensitive: boolean): Block[] {
  const names = Object.keys(environment).sort();
  const rows = names.map((name): Text[] => [
    [value(name)],
    [shown(own(environment, name), sensitive || mayBeSecret(name))],
  ]);
  return rows.length === 0
    ? [{ kind: "paragraph", text: ["Environment variables: none but those of the image."] }]
    : [{ kind: "table", head: ["environment variable", "value"], rows }];
}
