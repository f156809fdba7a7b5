import { Declaration, PublishedPort, SidecarDeclaration } from "../../boot/declaration";
import { App } from "../apps/apps";
import { passwordOf, proxyOf, publishedPortsOf } from "../apps/containers";
import { portInWords } from "../changes/declaration-changes";
import { Block, Span, Text, value, valuesOf } from "../format/document";
import { hasExternalAddress } from "../exposures/app-exposures";
import { IAP_RANGE, trafficInWords } from "../exposures/opening-exposures";
import { isAnywhere } from "../apps/ipv4-ranges";
import { textAt, textsAt } from "../read/json";
import { Opening, opensTcp, publishedBehind } from "../apps/openings";

/** What is open to whom. */
export function openSection(app: App): Block[] {
  const heading: Block = { kind: "heading", level: 3, text: ["What is open to whom"] };
  return [heading, ...(app.kind === "vm" ? vmBlocks(app) : localBlocks(app))];
}

function localBlocks({ declaration }: App): Block[] {
  const ports = publishedPortsOf(declaration);
  if (ports.length === 0) {
    return [
      {
        kind: "paragraph",
        text: [declaration === undefined ? "What it publishes cannot be read." : "Nothing: it publishes no port."],
      },
    ];
  }
  const rows = ports.map(({ hostAddress, hostPort, containerPort, protocol }): Text[] => [
    [whoReaches(hostAddress)],
    [value(`${hostAddress ?? "0.0.0.0"}:${hostPort}`)],
    [value(`${containerPort}/${protocol}`)],
  ]);
  return [{ kind: "table", head: ["who", "address", "port of the container"], rows }];
}

function whoReaches(hostAddress?: string): Span {
  return hostAddress !== undefined && /^127\./.test(hostAddress)
    ? "this computer only"
    : "whoever reaches this computer by its network";
}

function vmBlocks(app: App): Block[] {
  const rows = app.openings.map((opening): Text[] => [
    whoText(opening),
    [value(trafficInWords(opening))],
    portsBehind(app, opening),
    [value(opening.rule)],
  ]);
  const { deny } = app;
  return [
    ...(rows.length > 0
      ? [{ kind: "table", head: ["who", "traffic to the VM", "reaches", "firewall rule"], rows } as const]
      : [{ kind: "paragraph", text: ["No rule of this stack lets traffic in."] } as const]),
    {
      kind: "list",
      items: [
        denyText(deny && { address: deny.address, priority: textAt(deny.values, "priority") ?? "1000" }),
        addressText(app),
        ...recordsText(app),
        ...(app.openings.some(isInHalves) ? [HALVES] : []),
      ],
    },
  ];
}

const HALVES: Text = [
  "The rule for anybody names ",
  value("0.0.0.0/0"),
  " as its two halves, because the google provider would not take back the whole.",
];

function isInHalves({ sources }: Opening): boolean {
  return sources.includes("0.0.0.0/1") && sources.includes("128.0.0.0/1");
}

function whoText({ sources }: Opening): Text {
  if (isAnywhere(sources)) {
    return [{ strong: "anybody on the internet" }];
  }
  return sources.length === 1 && sources[0] === IAP_RANGE
    ? ["whom Google's Identity-Aware Proxy lets through (", value(IAP_RANGE), ")"]
    : valuesOf(sources);
}

function portsBehind({ declaration }: App, opening: Opening): Text {
  const published = [
    ...portsOf("the app", opening, declaration?.ports),
    ...(declaration?.sidecars ?? []).flatMap((sidecar) => portsOf(whoIs(sidecar, declaration), opening, sidecar.ports)),
  ];
  if (published.length > 0) {
    return published.flatMap((text, index) => (index === 0 ? text : [", ", ...text]));
  }
  if (opensTcp(opening, 22)) {
    return ["SSH of the VM"];
  }
  return declaration === undefined ? ["—"] : ["the VM; the app publishes nothing there"];
}

/** How a sidecar is called where it is said who is reached. */
function whoIs(sidecar: SidecarDeclaration, declaration: Declaration | undefined): string {
  if (sidecar !== proxyOf(declaration)) {
    return `sidecar ${sidecar.name}`;
  }
  const asks = passwordOf(declaration) === undefined ? "" : ", which asks for a password";
  return `the proxy in front of the app's port ${declaration?.httpCheck?.containerPort}${asks}`;
}

function portsOf(who: string, opening: Opening, ports: readonly PublishedPort[] = []): Text[] {
  const published = publishedBehind(opening, ports);
  return published.length === 0 ? [] : [[`${who} (`, ...valuesOf(published.map(portInWords)), ")"]];
}

function denyText(deny?: { address: string; priority: string }): Text {
  return deny === undefined
    ? ["No rule denies the rest: the network's own rules apply. In Google's default network they open SSH to anybody."]
    : [
        "All other traffic to the VM is denied by ",
        value(deny.address),
        ", with priority ",
        value(deny.priority),
        ". A rule of the network with a smaller number goes first: this stack cannot see those.",
      ];
}

function recordsText({ records }: App): Text[] {
  // Without the dot that ends a name, beside that of the sentence.
  const domains = records.map(({ values }) => (textAt(values, "name") ?? "?").replace(/\.$/, ""));
  return domains.length === 0 ? [] : [["DNS records of this stack point to it: ", ...valuesOf(domains), "."]];
}

function addressText({ machine, address }: App): Text {
  if (!hasExternalAddress(machine)) {
    return ["The VM has no external address: only its network reaches it."];
  }
  const tags = textsAt(machine.values, "tags");
  return [
    "The VM has an external address",
    ...(address === undefined ? ["."] : [", a static one: ", value(address.address), "."]),
    ...(tags.length > 0 ? [" Its network tags: ", ...valuesOf(tags), "."] : []),
  ];
}
