/** A new version of the library, as a plan has it: the whole text of the user-data on both sides. */
import { stringify } from "yaml";
import { userDataChanges } from "../../lib/review/changes/user-data-changes";
import { renderUserData } from "../../lib/boot/user-data";

const userData = (files: { [path: string]: string }) =>
  `#cloud-config\n${stringify({ write_files: Object.entries(files).map(([path, content]) => ({ path, content })) })}`;
const whole = { what: "user-data", effect: "VM reboots" };

test("each file that differs, comes or goes, with its lines that differ", () => {
  const changes = userDataChanges(
    userData({ "/a": "1\n", "/b": "1\n", "/c": "0\n1\n9\n" }),
    userData({ "/b": "1\n", "/c": "0\n2\n3\n9\n", "/d": "1\n" }),
  );
  const file = { what: "file of the user-data", effect: "VM reboots" };
  expect(changes).toMatchObject([
    whole,
    { ...file, name: "/a", before: "1", after: undefined },
    { ...file, name: "/c", before: "1", after: "2\n3" },
    { ...file, name: "/d", before: undefined, after: "1" },
  ]);
});

test("the user-data of this version, with another text in one script", () => {
  const before = renderUserData();
  expect(userDataChanges(before, before)).toMatchObject([whole]);
  const after = before.replace("# stop-container.sh NAME:", "$& another text:");
  expect(after).not.toBe(before);
  expect(userDataChanges(before, after)).toMatchObject([
    whole,
    { name: "/etc/gcs-backed-container-app/stop-container.sh" },
  ]);
});

test.each([
  ["a reference", '${file("assets/x/user-data.yaml")}'],
  ["a hidden value", "(sensitive value)"],
  ["nothing", undefined],
  ["another format", "#!/bin/sh\n"],
  ["no files", "#cloud-config\nruncmd: []\n"],
  ["an empty text", "#cloud-config\n"],
  ["text that is no YAML", "#cloud-config\na: [\n"],
])("%s: only that it changes", (_, before) => {
  expect(userDataChanges(before, userData({ "/a": "1" }))).toMatchObject([whole]);
  expect(userDataChanges(before, userData({ "/a": "1" }))).toHaveLength(1);
});

test("contents that are no text are compared as well", () => {
  const [before, after] = ["1", "2"].map(
    (content) => `#cloud-config\nwrite_files: [{ path: /a, content: ${content} }]\n`,
  );
  expect(userDataChanges(before, after)).toMatchObject([whole, { name: "/a", before: "1", after: "2" }]);
});

test("a line that is repeated counts once on each side", () => {
  const changes = userDataChanges(userData({ "/a": "x\nx\n" }), userData({ "/a": "x\nx\nx\n" }));
  expect(changes).toMatchObject([whole, { name: "/a", before: undefined, after: "x" }]);
});
