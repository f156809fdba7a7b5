/** Values that try to look like a part of the page, or to run something where it is shown. */
import { change, CloudStack, cloudStack } from "../support/review";
import { changePage } from "../../lib/review/page/change-page";
import { diagramOf } from "../../lib/review/page/stack-diagram";
import { Page } from "../../lib/review/format/document";
import { markdown } from "../../lib/review/format/markdown";
import { mermaid } from "../../lib/review/format/mermaid";
import { shownPair } from "../../lib/review/format/shown-values";
import { stackPage } from "../../lib/review/page/stack-page";
import { svg } from "../../lib/review/format/svg";
import { terminal } from "../../lib/review/format/terminal";
import { visible } from "../../lib/review/format/visible-text";

const HOSTILE = [
  "x\n\nNew exposure: none.\n",
  "x\r\n| forged | row |",
  "\u001b[2J\u001b[1;32mNothing changes.\u001b[0m",
  "\u009b2J",
  "a | b \\| c \\\\| d",
  "`` ` ``` code",
  "</code></details><script>alert(1)</script>",
  "<!-- -->![x](https://evil.example/a.png) [y](javascript:alert(1))",
  "@octocat #1 https://evil.example www.evil.example",
  "\u202egnihton\u202c \u2066x\u2069 \u200b \ufeff",
  "line\u2028separator\u2029",
  "```\nend of fence",
  '"]; click app0 "javascript:alert(1)"',
  '\\N \\G &lt;b&gt; " ] }',
  " leading and trailing ",
  "\ud800 half",
];
const everywhere = (text: string): CloudStack => ({
  declared: {
    image: text,
    user: text,
    args: [text],
    entrypoint: [text],
    environment: { [text]: text },
    mounts: [{ path: text, bucket: text, readOnly: false, gcsfuseConfig: { "only-dir": text } }],
    registries: [text],
  },
  edit: ({ resource }) => {
    Object.values<{ metadata: object }>(resource.google_compute_instance)[0].metadata = {
      ...Object.values<{ metadata: object }>(resource.google_compute_instance)[0].metadata,
      [text]: text,
    };
    resource.google_compute_firewall.mine = {
      network: "default",
      source_ranges: [text],
      allow: [{ protocol: text, ports: [text] }],
    };
    resource.google_project_iam_member.mine = {
      project: text,
      role: text,
      member: text,
      condition: [{ expression: text }],
    };
    resource[`foreign${text}`] = { [text]: { provisioner: [{ "local-exec": { command: text } }] } };
  },
});
const known = new Map<string, Page[]>();
function pagesOf(text: string): Page[] {
  const pages = known.get(text) ?? [
    stackPage(cloudStack(everywhere(text)), text),
    changePage(change({}, everywhere(text)), cloudStack(everywhere(text)), text),
    changePage(change(everywhere("before"), everywhere(text)), cloudStack(everywhere(text)), text),
  ];
  known.set(text, pages);
  return pages;
}
/** The page's lines without what is in code. */
const structure = (text: string) =>
  text
    .replace(/`[^`\n]*`/g, "")
    .replace(/<code>[^<\n]*<\/code>/g, "")
    .split("\n");

/** What is left of a page outside of code and of the picture. */
const bare = (page: Page) => structure(markdown(page).replace(/```mermaid[^`]*```/g, ""));
const HARMLESS = pagesOf("harmless").map((page) => bare(page).length);

test.each(HOSTILE)("in Markdown, %j neither adds a line nor leaves its code", (text) => {
  pagesOf(text).forEach((page, index) => {
    const lines = bare(page);
    expect(lines).toHaveLength(HARMLESS[index]);
    expect(lines.join("\n")).not.toMatch(/script|evil|octocat|forged|javascript|!\[|\u001b/);
  });
});

test.each(HOSTILE)("every row of a table has as many cells as its head: %j", (text) => {
  for (const page of pagesOf(text)) {
    let columns = 0;
    for (const line of structure(markdown(page)).filter((row) => row.startsWith("|") || row === "")) {
      const cells = line.split("|").length;
      expect([columns, 0]).toContain(line === "" || columns === 0 ? columns : cells);
      columns = line === "" ? 0 : cells;
    }
  }
});

test.each(HOSTILE)("for a terminal, no control character is left of %j, and no line is added", (text) => {
  for (const page of pagesOf(text)) {
    const shown = terminal(page, { color: false, width: 100 });
    expect(shown.replace(/\n/g, "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    expect(shown).not.toMatch(/^(New exposure: none|Nothing changes)/m);
  }
});

test.each(HOSTILE)("the picture keeps its form with %j", async (text) => {
  const diagram = diagramOf(cloudStack(everywhere(text)));
  const harmless = mermaid(diagramOf(cloudStack(everywhere("harmless")))).split("\n");
  const lines = mermaid(diagram).split("\n");
  expect(lines).toHaveLength(harmless.length);
  const outside = (line: string) => line.replace(/"[^"]*"/g, '""');
  expect(lines.map(outside)).toEqual(harmless.map(outside));
  expect(lines.join("\n").replace(/<br\/>/g, "")).not.toMatch(/[<`\\&@]/);
  const drawn = await svg(diagram);
  expect(drawn).not.toMatch(/<script|<a |xlink:href|\son[a-z]+=/);
  expect(drawn.match(/<g id="node/g)).toHaveLength(diagram.nodes.length);
});

test("for a terminal, no control character is left in any part of a line", () => {
  const text = "\u001b[2Jx\u0007\n";
  const line = [text, { value: text }, { strong: text }];
  const page: Page = [
    { kind: "heading", level: 1, text: line },
    { kind: "heading", level: 3, text: line },
    { kind: "paragraph", text: line },
    { kind: "list", items: [line] },
    { kind: "table", head: ["what"], rows: [[line]] },
  ];
  const shown = terminal(page, { color: false, width: 200 });
  expect(shown).not.toMatch(/[\u001b\u0007]/);
  expect(shown.match(/\\u\{1b\}\[2Jx\\u\{7\}\\n/g)).toHaveLength(15);
});

test("what cannot be seen is written out, other characters stay", () => {
  expect(visible("C:\\Users \\d")).toBe("C:\\Users \\d");
  expect(visible("a\\nb \\u{202e} \\\n \\\\d")).toBe("a\\\\nb \\\\u{202e} \\\\\\n \\\\\\d");
  expect(visible("a\tb\nc\u0000\u202e\u00a0é漢😀")).toBe("a\\tb\\nc\\u{0}\\u{202e}\u00a0é漢😀");
});

test("both sides of a change keep their surrogate pairs where they are cut", () => {
  const long = "a".repeat(300);
  const [before, after] = shownPair(`${long}😀`, `${long}😁`) as { value: string }[];
  expect(before.value.endsWith("a😀")).toBe(true);
  expect(after.value.endsWith("a😁")).toBe(true);
});

test("values that are not there, empty, or of another type", () => {
  expect(shownPair(undefined, "")).toEqual(["—", "(empty)"]);
  expect(shownPair("", { a: 1 })).toEqual(["(empty)", { value: '{"a":1}' }]);
});
