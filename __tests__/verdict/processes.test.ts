import { MountRights, parseProcesses, refusedUsers } from "../../lib/verdict/processes";

interface Given {
  readonly pid?: number;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly groups?: string;
  readonly capabilities?: string;
}

/** As sh prints a process: see /proc/self/status. */
function text({
  pid = 100,
  namespace = "pid:[4026532201]",
  name = "php-fpm8.2",
  uid = "33\t33\t33\t33",
  gid = "33\t33\t33\t33",
  groups = "33",
  capabilities = "0000000000000000",
}: Given): string {
  return [
    `process ${namespace}`,
    `Name:\t${name}`,
    "Umask:\t0022",
    "State:\tS (sleeping)",
    `Tgid:\t${pid}`,
    `Pid:\t${pid}`,
    "PPid:\t1",
    `Uid:\t${uid}`,
    `Gid:\t${gid}`,
    `Groups:\t${groups} `,
    `NSpid:\t${pid}\t7`,
    `CapInh:\t0000000000000000`,
    `CapEff:\t${capabilities}`,
    "",
  ].join("\n");
}

const DOCKERS_ROOT = "00000000a80425fb";
const master = {
  pid: 99,
  name: "php-fpm8.2",
  uid: "0\t0\t0\t0",
  gid: "0\t0\t0\t0",
  groups: "",
  capabilities: DOCKERS_ROOT,
};
const ROOTS: MountRights = { uid: 0, gid: 0, mode: "755", areChecked: true };

const refused = (rights: MountRights, ...workers: Given[]) =>
  refusedUsers(parseProcesses([master, ...workers].map(text).join("")), 99, rights);

test("processes are read with the ids that count for files, whatever is before them", () => {
  const locks = "1: POSIX  ADVISORY  WRITE 3568 00:2e:2 0 EOF\n\n7f00-7f01 rw-s 00000000 00:2d 5 /x\n";
  expect(parseProcesses(locks + text({ uid: "0\t0\t0\t33", groups: "33 1000" }) + text(master))).toEqual([
    {
      namespace: "pid:[4026532201]",
      pid: 100,
      name: "php-fpm8.2",
      uid: 33,
      groups: [33, 33, 1000],
      ignoresModes: false,
    },
    { namespace: "pid:[4026532201]", pid: 99, name: "php-fpm8.2", uid: 0, groups: [0], ignoresModes: true },
  ]);
});

test("a process that ends while it is looked at is none", () => {
  expect(parseProcesses("process \nprocess pid:[1]\nprocess pid:[1]\nName:\tx\nPid:\t5\n")).toEqual([]);
});

describe("who may not write to a mount", () => {
  test("another user than the owner, with its programs", () => {
    expect(
      refused(ROOTS, {}, { pid: 101 }, { pid: 102, name: "cron" }, { pid: 103, uid: "7\t7\t7\t7", name: "a" }),
    ).toEqual([
      { uid: 7, programs: ["a"] },
      { uid: 33, programs: ["cron", "php-fpm8.2"] },
    ]);
  });

  test("root whose rights on files were taken away", () => {
    expect(refused({ ...ROOTS, uid: 33 }, { ...master, pid: 100, capabilities: "0000000000000000" })).toEqual([
      { uid: 0, programs: ["php-fpm8.2"] },
    ]);
  });

  test("an owner who may not write either", () => {
    expect(refused({ ...ROOTS, uid: 33, mode: "577" }, {})).toEqual([{ uid: 33, programs: ["php-fpm8.2"] }]);
  });
});

describe("who may write", () => {
  test.each<[string, MountRights, Given]>([
    ["root", { ...ROOTS, uid: 33 }, { ...master, pid: 100 }],
    ["the owner", { ...ROOTS, uid: 33 }, {}],
    ["the group, where the mode says so", { ...ROOTS, gid: 33, mode: "775" }, {}],
    ["one of a user's other groups", { ...ROOTS, gid: 1000, mode: "775" }, { groups: "33 1000" }],
    ["everybody, where the mode says so", { ...ROOTS, mode: "777" }, {}],
    ["everybody, where the kernel does not compare users", { ...ROOTS, areChecked: false }, {}],
    ["processes of other containers, which do not have the mount", ROOTS, { namespace: "pid:[1]" }],
  ])("%s", (_, rights, worker) => {
    expect(refused(rights, worker)).toEqual([]);
  });

  test("nobody is refused by a container that does not run", () => {
    expect(refusedUsers(parseProcesses(text({})), 0, ROOTS)).toEqual([]);
  });
});
