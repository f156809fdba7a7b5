import fc from "fast-check";
import { parseFuseLine } from "../../lib/verdict/fuse-log";

const line = (message: string) =>
  JSON.stringify({
    timestamp: { seconds: 1754207548, nanos: 733110719 },
    severity: "TRACE",
    message,
    "mount-id": "files-1a2b3c4d",
  });
const request = (text: string) => parseFuseLine(line(`fuse_debug: Op 0x0000004e        connection.go:486] <- ${text}`));
const answer = (text: string) => parseFuseLine(line(`fuse_debug: Op 0x0000004e        connection.go:585] -> ${text}`));

test("a request has its time, its number, its operation and its fields", () => {
  const parsed = request("WriteFile (inode 2, PID 564246, handle 0, offset 34603008, 1048576 bytes)");
  expect(parsed).toMatchObject({
    request: "0x0000004e",
    operation: "WriteFile",
    isAnswer: false,
    fields: { inode: "2", PID: "564246", handle: "0", offset: "34603008", bytes: "1048576" },
  });
  expect(parsed?.time).toBeCloseTo(1754207548.733, 3);
  expect(parsed?.error).toBeUndefined();
});

test("a request without fields", () => {
  expect(request("StatFS")).toMatchObject({ operation: "StatFS", fields: {} });
});

test("a rename has both names", () => {
  const parsed = request('Rename (PID 7, old_parent 1, old_name "a, b", new_parent 5, new_name "c (1).txt")');
  expect(parsed?.fields).toMatchObject({
    old_parent: "1",
    old_name: "a, b",
    new_parent: "5",
    new_name: "c (1).txt",
  });
});

test("an answer has what was found, or nothing", () => {
  expect(answer("LookUpInode (inode 5)")).toMatchObject({ isAnswer: true, fields: { inode: "5" } });
  expect(answer("WriteFile ()")).toMatchObject({ isAnswer: true, operation: "WriteFile", fields: {} });
});

test.each([
  ["expected by gcsfuse", 'fuse_debug: Op 0x00000008        connection.go:588] -> Error: "no such file or directory"'],
  ["logged as an error", 'fuse: Op 0x00000008 *fuseops.CreateLinkOp] -> Error: "no such file or directory"'],
])("a failure has its words: %s", (_, message) => {
  expect(parseFuseLine(line(message))).toMatchObject({
    request: "0x00000008",
    isAnswer: true,
    error: "no such file or directory",
    fields: {},
  });
});

test.each([
  ["no JSON", "Using mount point: /run/files"],
  ["no message", JSON.stringify({ timestamp: { seconds: 1, nanos: 0 } })],
  ["no time", JSON.stringify({ message: "fuse_debug: Op 0x00000008 connection.go:486] <- StatFS" })],
  ["of gcsfuse itself", line("File system has been successfully mounted.")],
  ["of Cloud Storage", line('gcs: Req             0x1: <- ListObjects("files", "a/")')],
  ["a file named like a line", line('gcs: CreateObject("fuse_debug: Op 0x00000008 c.go:1] <- StatFS")')],
])("not a line about a request of the kernel: %s", (_, text) => {
  expect(parseFuseLine(text)).toBeUndefined();
});

/** As Go's `%q` writes a string. */
function goQuote(text: string): string {
  const short: Record<string, string> = {
    '"': '\\"',
    "\\": "\\\\",
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\x07": "\\a",
  };
  const escape = (character: string) => {
    const code = character.codePointAt(0)!;
    const hex = (digits: number) => code.toString(16).padStart(digits, "0");
    return short[character] ?? (code < 0x80 ? `\\x${hex(2)}` : code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`);
  };
  return `"${text.replace(/["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escape)}"`;
}

test("a name arrives as it is, and none is taken for another field", () => {
  const name = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '"',
          "\\",
          ", inode 9",
          ") bytes",
          " (",
          "\n",
          "\t",
          "\x07",
          "\x01",
          "\u200b",
          "\u{e0001}",
          "é",
        ),
        fc.string({ unit: "grapheme" }),
      ),
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(name, (text) => {
      const { fields } = request(`CreateFile (parent 3, name ${goQuote(text)}, PID 7)`)!;
      expect(fields).toEqual({ parent: "3", name: text, PID: "7" });
    }),
  );
});
