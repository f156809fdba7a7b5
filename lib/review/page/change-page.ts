import { Change, effectsOf } from "../changes/change";
import { AppComparison, Comparison, isChanged } from "../changes/comparison";
import { Block, Page, Span, Text, value, valuesOf } from "../format/document";
import { Effect, EFFECTS, gravestFirst, meaningOf, vmStaysUp } from "../changes/effects";
import { exposureText } from "./exposure-text";
import { shownPair, withoutSecrets } from "../format/shown-values";
import { OtherChange } from "../changes/other-changes";
import { PROXY } from "../apps/containers";
import { stackBlocks } from "./stack-page";
import { isObject, Json } from "../read/json";
import { Stack } from "../read/stack";

/** What a change does, the most serious first. The stack after it is in details. */
export function changePage(comparison: Comparison, after: Stack, name: string): Page {
  return [
    { kind: "heading", level: 1, text: ["Review of the change of ", value(name)] },
    ...summary(comparison),
    ...warnings(comparison),
    ...comparison.apps.flatMap(appBlocks),
    ...otherBlocks(comparison.others),
    { kind: "details", summary: "The stack after this change", blocks: stackBlocks(after) },
  ];
}

function summary(comparison: Comparison): Block[] {
  if (!isChanged(comparison)) {
    return [{ kind: "paragraph", text: ["Nothing changes."] }];
  }
  const effects = gravestFirst(comparison.effects);
  const words: Text = effects.length === 0 ? ["nothing that runs is touched"] : [{ strong: effects.join(", ") }];
  const unknown = comparison.others.filter(({ effectUnknown }) => effectUnknown).length;
  const unknownWords: Text =
    unknown === 0 ? [] : [", and ", { strong: `not known of ${unknown} ${unknown === 1 ? "resource" : "resources"}` }];
  const grows = comparison.exposures.length > 0;
  return [
    {
      kind: "paragraph",
      alarm: grows || effects.includes("data could be lost"),
      text: [
        "Effect: ",
        ...words,
        ...unknownWords,
        ". New exposure: ",
        grows ? { strong: `yes, ${comparison.exposures.length}` } : "none",
        ".",
      ],
    },
  ];
}

function warnings({ apps, others, exposures }: Comparison): Block[] {
  const lost = [
    ...apps.flatMap((app) =>
      app.changes.filter(({ effect }) => effect === "data could be lost").map((change) => lossText(change, app.name)),
    ),
    ...others
      .filter(({ effect }) => effect === "data could be lost")
      .map(({ address, action, note }): Text => [
        value(address),
        ` is ${action}`,
        ...(note === undefined ? [] : [": ", ...noteText(note)]),
      ]),
  ];
  return [
    ...(lost.length > 0
      ? [
          { kind: "heading", level: 2, text: ["Data could be lost"] } as const,
          { kind: "list", alarm: true, items: lost } as const,
        ]
      : []),
    ...(exposures.length > 0
      ? [
          { kind: "heading", level: 2, text: ["New exposure"] } as const,
          { kind: "list", alarm: exposures[0].severity > 1, items: exposures.map(exposureText) } as const,
        ]
      : []),
  ];
}

function lossText({ note, ...change }: Change, app: string): Text {
  return [value(app), ": ", ...subject(change), ...(note === undefined ? [" changes"] : [": ", ...noteText(note)])];
}

/** What changes, and of which resource. */
function subject({ what, of, name }: Change): Text {
  const words = [of, name].filter((word): word is string => word !== undefined);
  return [what, ...words.flatMap((word, index): Text => [index === 0 ? " " : ": ", value(word)])];
}

/** A note may have values of a bucket's rules in it. */
function noteText(note: string): Text {
  const [, words, json] = /^([^{]*)(\{.*\})$/.exec(note) ?? [];
  return json === undefined ? [note] : [words, value(json)];
}

/** What the VM does with a new declaration; the local stack creates the container anew. */
const TAKEN_BACK =
  " The app before serves until the new images are pulled, and comes back if the new one does not stay up.";
const BEHIND_PROXY = {
  replace: " Meanwhile requests wait in the proxy, up to 60 seconds.",
  overlap:
    " Where nothing changes but the app's own container, the next one starts beside the one before and gets the requests once it answers; otherwise requests wait in the proxy meanwhile, up to 60 seconds.",
};

const PROXY_RESTARTS = " The proxy itself restarts: for seconds nothing is reached through it.";

/** What an app that has another address is for Terraform, and what to do. */
const READDRESSED: Text = [
  "Its construct has another id, so its resources have other addresses: Terraform destroys those before and creates others of the same names, in no certain order, and stops where a name is still taken. What becomes of the data is said below. To keep all of it, give the construct its id before (the prop ",
  value("name"),
  " changes the name alone); or have every resource moved, with a ",
  value("moved"),
  " block (",
  value("moveFromId"),
  " in cdktf), or keep its address with ",
  value("overrideLogicalId"),
  ".",
];

function appBlocks({ name, kind, state, changes, behindProxy }: AppComparison): Block[] {
  if (changes.length === 0) {
    return [];
  }
  const effects = gravestFirst(effectsOf(changes));
  const isReaddressed = state === "readdressed";
  const heading: Block = {
    kind: "heading",
    level: 2,
    text: ["App ", value(name), ...(isReaddressed ? [", the same under another id"] : [])],
  };
  const restarts = effects.includes("app restarts") && vmStaysUp(effects);
  const proxyRestarts = behindProxy !== undefined && vmStaysUp(effects) && changes.some(isOfProxy);
  const line: Block = {
    kind: "paragraph",
    text: [
      "Effect: ",
      { strong: effects.join(", ") || "nothing" },
      ` (${meaningOf(effects)}).`,
      ...(kind === "vm" && restarts ? [TAKEN_BACK] : []),
      ...(proxyRestarts ? [PROXY_RESTARTS] : []),
      ...(behindProxy !== undefined && restarts && !proxyRestarts ? [BEHIND_PROXY[behindProxy]] : []),
    ],
  };
  const remark: Block[] = isReaddressed ? [{ kind: "paragraph", alarm: true, text: READDRESSED }] : [];
  const grave = changes.filter((change) => state === "kept" || change.effect !== "nothing" || change.what === "app");
  const rows = [...grave].sort((a, b) => rank(b.effect) - rank(a.effect)).map(changeRow);
  return [heading, line, ...remark, { kind: "table", head: ["what", "before", "after", "effect"], rows }];
}

function isOfProxy({ what, name, effect }: Change): boolean {
  const isItsOwn = what.startsWith(`sidecar ${PROXY}: `) || (what === "sidecar" && name === PROXY);
  return isItsOwn && effect === "sidecar changes";
}

function rank(effect: Effect): number {
  return EFFECTS.indexOf(effect);
}

function changeRow(change: Change): Text[] {
  const { before, after, secret, effect, also, note } = change;
  const [old, wanted] = shownPair(withoutSecretWords(before), withoutSecretWords(after), secret);
  const effects = [effect, ...(also ?? [])].join(", ");
  const words: Span = rank(effect) >= rank("VM replaced") ? { strong: effects } : effects;
  return [subject(change), [old], [wanted], [words, ...(note === undefined ? [] : ["; ", ...noteText(note)])]];
}

/** A value without the secret words of a command, such as arguments or that of a health check. */
function withoutSecretWords(side: Json | undefined): Json | undefined {
  if (Array.isArray(side)) {
    return side.every((word) => typeof word === "string") ? [...withoutSecrets(side)] : side;
  }
  return isObject(side)
    ? Object.fromEntries(Object.entries(side).map(([key, item]) => [key, withoutSecretWords(item) ?? null]))
    : side;
}

function otherBlocks(others: readonly OtherChange[]): Block[] {
  if (others.length === 0) {
    return [];
  }
  const left = others.filter(({ action }) => action === "no longer managed").map(({ address }) => address);
  const apis: Text[] = [valuesOf(left), ["no longer managed: the APIs stay enabled"], ["—"], ["nothing"]];
  const rows = others
    .filter(({ action }) => action !== "no longer managed")
    .sort((a, b) => rank(b.effect) - rank(a.effect))
    .map(({ address, action, attributes, effect, effectUnknown, also = [], note }): Text[] => [
      [value(address)],
      [action],
      attributes.length > 0 ? valuesOf(attributes) : ["—"],
      [
        [effect === "nothing" && effectUnknown ? "not known" : effect, ...also].join(", "),
        ...(note === undefined ? [] : ["; ", ...noteText(note)]),
      ],
    ]);
  return [
    { kind: "heading", level: 2, text: ["The rest of the stack"] },
    {
      kind: "table",
      head: ["resource", "is", "arguments that differ", "effect"],
      rows: left.length > 0 ? [...rows, apis] : rows,
    },
  ];
}
