import { Finding } from "../../lib/verdict/findings";
import { renderVerdict } from "../../lib/verdict/report";

const finding = (files: string[], what = "Files were edited in place"): Finding => ({
  what,
  files,
  advice: "Let the app write a new file.",
});
const since = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;
const verdict = (findings: Finding[], limits: string[] = []) =>
  renderVerdict({ name: "gallery", findings, since, limits });

test("nothing found", () => {
  expect(verdict([], ["Locks are seen only while they are held."])).toBe(
    [
      "gallery: nothing was seen that a bucket cannot do or does badly.",
      "",
      "Seen: what the app did since 2026-01-02 03:04:05 UTC. Only what it did is judged: use all of it first.",
      "Locks are seen only while they are held.",
      "",
    ].join("\n"),
  );
});

test("one thing, with its files and what to do about it", () => {
  const text = verdict([finding(["/srv/a.txt", "/srv/b.txt"])]);
  expect(text).toContain("gallery: 1 thing that a bucket cannot do or does badly.\n");
  expect(text).toContain(
    "\n- Files were edited in place.\n    /srv/a.txt\n    /srv/b.txt\n  Let the app write a new file.\n",
  );
});

test("several things are counted", () => {
  const text = verdict([finding(["/srv/a.txt"]), finding(["/srv/b.txt"], "Folders were renamed")]);
  expect(text).toContain("gallery: 2 things that");
  expect(text.match(/^- /gm)).toHaveLength(2);
});

test("of a long list the beginning is shown, and how many follow", () => {
  const files = Array.from({ length: 23 }, (_, index) => `/srv/${index}.txt`);
  expect(verdict([finding(files)])).toContain("    /srv/19.txt\n    and 3 more\n");
  expect(verdict([finding(files)])).not.toContain("/srv/20.txt");
  expect(verdict([finding(files.slice(0, 20))])).not.toContain("more");
});
