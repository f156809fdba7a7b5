import { App } from "../apps/apps";
import { Block, Text, value, valuesOf } from "../format/document";
import { Grant, grantsOf } from "../apps/grants";
import { textAt, textsAt } from "../read/json";
import { namedIn } from "../read/references";
import { roleInWords } from "../apps/roles";
import { Stack } from "../read/stack";

const ALL_SCOPES = /cloud-platform$/;

/** Which identity may do what, and where. */
export function identitySection(app: App, stack: Stack): Block[] {
  if (app.kind === "local") {
    const text = ["None: the emulated Cloud Storage asks for no credentials, and no account is used."];
    return [
      { kind: "heading", level: 3, text: ["Which identity may do what"] },
      { kind: "paragraph", text },
    ];
  }
  const account = app.serviceAccount;
  const email = textAt(app.machine.values, "service_account", "email");
  const id = account && textAt(account.values, "account_id");
  return [
    { kind: "heading", level: 3, text: ["Which identity may do what"] },
    {
      kind: "paragraph",
      text: [
        "The VM acts as the service account ",
        value(id ?? email ?? "of the project's default"),
        ...(account === undefined
          ? [", which is not in this stack: what else it may do is granted elsewhere."]
          : ["."]),
      ],
    },
    ...(app.grants.length > 0
      ? [
          {
            kind: "table",
            head: ["may", "on", "role"],
            rows: app.grants.map((grant) => grantRow(grant, stack)),
          } as const,
        ]
      : []),
    { kind: "paragraph", text: scopeText(textsAt(app.machine.values, "service_account", "scopes")) },
  ];
}

function grantRow(grant: Grant, stack: Stack): Text[] {
  return [
    [roleInWords(grant.role) ?? "what the role says"],
    [`${grant.kind} `, value(namedIn(grant.on ?? "", stack.resources))],
    [value(grant.role), ...(grant.condition === undefined ? [] : [", if ", value(grant.condition)])],
  ];
}

function scopeText(scopes: readonly string[]): Text {
  return scopes.some((scope) => ALL_SCOPES.test(scope))
    ? [
        "The scope ",
        value("cloud-platform"),
        " grants nothing by itself: it leaves the roles above as the only limit, as Google recommends. A scope only ever narrows what an account may do.",
      ]
    : ["The VM's scopes narrow what the roles allow: ", ...valuesOf(scopes), "."];
}

/** Rights that the stack grants to others than its apps. */
export function otherGrants(apps: readonly App[], stack: Stack): Block[] {
  const own = new Set(apps.flatMap((app) => app.grants));
  const isOwn = (grant: Grant) =>
    [...own].some(({ address, member }) => address === grant.address && member === grant.member);
  const rows = grantsOf(stack.resources)
    .filter((grant) => !isOwn(grant))
    .map((grant) => [[value(grant.member)], ...grantRow(grant, stack), [value(grant.address)]]);
  return rows.length === 0
    ? []
    : [
        { kind: "heading", level: 3, text: ["What others may do"] },
        { kind: "table", head: ["who", "may", "on", "role", "granted by"], rows },
      ];
}
