import { parseDockerIgnore } from "../../lib/images/docker-ignore";

/** Docker's rules: https://docs.docker.com/build/concepts/context/#dockerignore-files */
const ROWS: [rule: string, file: string, sent: string[], excluded: string[]][] = [
  ["a name is at the root only", "temp", ["src/temp", "temp.txt"], ["temp", "temp/a/b"]],
  ["a leading slash means the same", "/temp", ["src/temp"], ["temp", "temp/a"]],
  ["a trailing slash means the same", "temp/", ["src/temp"], ["temp", "temp/a"]],
  ["a leading ./ means the same", "./temp", ["src/temp"], ["temp/a"]],
  [".. is resolved", "src/../temp", ["src/a"], ["temp/a"]],
  ["* stays within a folder", "*/temp*", ["temp1", "a/b/temp1"], ["a/temp1", "a/temporary/b"]],
  ["? is one character", "temp?", ["temp", "temp12"], ["temp1", "tempa/b"]],
  ["** is any number of folders", "**/*.log", ["a.logs", "log"], ["a.log", "a/b/c.log"]],
  ["** in the middle", "a/**/c", ["a/b", "c"], ["a/c", "a/b/c", "a/b/b/c/d"]],
  ["** at the end", "a/**", ["a", "b/a"], ["a/b", "a/b/c"]],
  ["! lets in again", "*.md\n!README.md", ["README.md", "a/b.md"], ["b.md"]],
  ["the last match decides", "!README.md\n*.md", [], ["README.md"]],
  ["! in a folder that is excluded", "node_modules\n!node_modules/keep", ["node_modules/keep"], ["node_modules/a"]],
  ["everything but", "*\n!src\n!package.json", ["src/a/b", "package.json"], ["README.md", "srcs"]],
  ["comments and empty lines", "# *.md\n\n  \n*.txt", ["a.md", "# a.md"], ["a.txt"]],
  ["# not at the beginning", "a#b", ["a"], ["a#b"]],
  ["spaces around", "  temp  ", ["src/temp"], ["temp"]],
  ["line ends of Windows", "*.log\r\n!keep.log\r\n", ["keep.log", "a.txt"], ["a.log"]],
  ["a byte order mark", "\uFEFFtemp", ["src/temp"], ["temp"]],
  ["no line end at the end", "a\nb", ["c"], ["a", "b"]],
  ["case counts", "README.md", ["readme.md"], ["README.md"]],
  ["dots are dots", "a.b", ["axb"], ["a.b"]],
  ["characters of regular expressions", "c++ (1){2}|$", ["c", "ccc"], ["c++ (1){2}|$"]],
  ["sets of characters", "[a-c].txt", ["d.txt"], ["a.txt", "c.txt"]],
  ["sets of other characters", "[^a-c].txt", ["a.txt"], ["d.txt"]],
  ["an escaped character", "\\*.txt", ["a.txt"], ["*.txt"]],
  ["hidden files are files", "*", [], [".env", ".git/config"]],
  ["an empty file", "", ["a", ".dockerignore"], []],
];

test.each(ROWS)("%s", (_, file, sent, excluded) => {
  const { isSent } = parseDockerIgnore(file);
  expect(sent.filter((name) => !isSent(name))).toEqual([]);
  expect(excluded.filter((name) => isSent(name))).toEqual([]);
});

test.each([
  ["a.txt\n[a", "[a"],
  ["a/[b/c", "a/[b/c"],
  ["!x[", "!x["],
  ["[c-a]", "[c-a]"],
])("%j has a rule that is no pattern, which the error names", (file, rule) => {
  expect(() => parseDockerIgnore(file)).toThrow(new Error(rule));
});

test("a rule that is no pattern may be a comment", () => {
  expect(parseDockerIgnore("# [a\n").isSent("a")).toBe(true);
});

test.each([
  ["a\nb", false],
  ["a\n  !a/b", true],
  ["# !a", false],
])("whether %j lets something in again: %s", (file, expected) => {
  expect(parseDockerIgnore(file).hasExceptions).toBe(expected);
});
