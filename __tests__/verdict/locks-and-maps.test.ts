import { parseLocks, parseMaps } from "../../lib/verdict/locks-and-maps";

describe("/proc/locks", () => {
  test("has locks of every kind, each with its file system and its inode", () => {
    const text = [
      "1: POSIX  ADVISORY  WRITE 3568 00:2d:2531452 0 EOF",
      "2: FLOCK  ADVISORY  READ  3517 fd:101:18 0 EOF",
      "3: OFDLCK ADVISORY  WRITE -1 08:01:133 100 199",
      "",
    ].join("\n");
    expect(parseLocks(text)).toEqual([
      { kind: "lock", device: "0:45", inode: "2531452" },
      { kind: "lock", device: "253:257", inode: "18" },
      { kind: "lock", device: "8:1", inode: "133" },
    ]);
  });

  test.each([
    ["one that only waits for another", "1: -> POSIX  ADVISORY  WRITE 3568 00:2d:2531452 0 EOF\n"],
    ["a lease", "1: LEASE  ACTIVE    READ  3568 00:2d:2531452 0 EOF\n"],
  ])("%s is none", (_, text) => {
    expect(parseLocks(text)).toEqual([]);
  });
});

describe("/proc/PID/maps", () => {
  test("has maps that write to their file", () => {
    const text = "7f1c8a000000-7f1c8a021000 rw-s 00000000 00:2d 12                         /srv/files/a b.db\n";
    expect(parseMaps(text)).toEqual([{ kind: "map", device: "0:45", inode: "12" }]);
  });

  test.each([
    ["of a library", "7f1c8a000000-7f1c8a021000 rw-p 00000000 08:01 12                 /usr/lib/libc.so\n"],
    ["to read only", "7f1c8a000000-7f1c8a021000 r--s 00000000 00:2d 12                 /srv/files/a.db\n"],
    ["of memory", "7f1c8a000000-7f1c8a021000 rw-p 00000000 00:00 0\n"],
  ])("one %s is none", (_, text) => {
    expect(parseMaps(text)).toEqual([]);
  });
});
