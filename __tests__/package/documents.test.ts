import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = join(__dirname, "../..");
const DOCUMENTS = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "docs/architecture.md",
  "docs/deploying.md",
  "docs/https.md",
  "docs/review.md",
  ...readdirSync(join(ROOT, "docs/changes")).map((name) => `docs/changes/${name}`),
];
const { scripts, version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const read = (name: string) => readFileSync(join(ROOT, name), "utf8");

/** What a group of a pattern matches in a text, each once. */
function matches(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, group]) => group))];
}

test.each(DOCUMENTS)("%s: what it links to is there", (document) => {
  const links = matches(read(document), /\]\((?!https?:)([^)#]+)/g);
  expect(links.filter((link) => !existsSync(join(ROOT, dirname(document), link)))).toEqual([]);
});

test.each(DOCUMENTS)("%s: the files of this repository that it names are there", (document) => {
  const files = matches(read(document), /`((?:lib|container|__tests__|docs|\.github)\/[\w./-]+)`/g);
  expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

test.each([...DOCUMENTS, "help"])("%s: the commands of npm that it names are there", (document) => {
  const commands = matches(read(document), /npm run ([a-z][\w:]*)/g);
  expect(commands.filter((command) => !(command in scripts))).toEqual([]);
});

test("help lists every npm script that people run by hand", () => {
  const others = ["prepare", "check", "types", "unit", "synth", "bundle", "dependencies", "prepack"];
  const named = ["test", ...matches(read("help"), /npm run ([a-z][\w:]*)/g)];
  expect(Object.keys(scripts).filter((name) => !others.includes(name) && !named.includes(name))).toEqual([]);
});

test("the changelog has what the next version brings, or this version", () => {
  expect(read("CHANGELOG.md")).toMatch(
    new RegExp(`^## \\[(Unreleased\\]|${version.replaceAll(".", "\\.")}\\] - )`, "m"),
  );
});
