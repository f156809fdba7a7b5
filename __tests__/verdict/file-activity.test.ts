import { FuseLog, START } from "../support/fuse-log";

test("a path is that of the mount in the app, whatever the folders", () => {
  const log = new FuseLog();
  const file = log.save("a, b.txt", 10, log.makeFolder("photos", log.lookUp("2026")));
  expect(log.activity("/srv/up loads").pathOf(String(file))).toBe("/srv/up loads/2026/photos/a, b.txt");
});

test("what is in a renamed folder goes with it, and nothing beside it does", () => {
  const log = new FuseLog();
  const folder = log.makeFolder("draft");
  const inside = log.save("a.txt", 10, folder);
  const beside = log.save("draft.txt", 10);
  log.rename("draft", "published");
  const activity = log.activity();
  expect([folder, inside, beside].map((inode) => activity.pathOf(String(inode)))).toEqual([
    "/srv/files/published",
    "/srv/files/published/a.txt",
    "/srv/files/draft.txt",
  ]);
});

test("requests whose answers cross are told apart", () => {
  const log = new FuseLog();
  const first = log.create("a.txt");
  log.write(first, 0, 10);
  log.refuse("WriteFile", `inode ${first}, PID 7, handle 1, offset 10, 10 bytes`, "no space left on device");
  const [asked, answered, refusedAsked, refused] = log.lines.splice(-4);
  log.lines.push(asked, refusedAsked, refused, answered);
  const { unsaved, failures } = log.wait(5).activity();
  expect(unsaved).toEqual([{ path: "/srv/files/a.txt", seconds: 5, bytes: 10, isOpen: true }]);
  expect(failures).toEqual([
    { operation: "WriteFile", path: "/srv/files/a.txt", error: "no space left on device", count: 1 },
  ]);
});

test("a flush that failed has saved nothing", () => {
  const log = new FuseLog();
  const file = log.create("a.txt");
  log.write(file, 0, 10).refuse("FlushFile", `inode ${file}, PID 7`, "input/output error");
  expect(log.activity().unsaved).toMatchObject([{ path: "/srv/files/a.txt", isOpen: true }]);
});

test("what began before the log is passed over", () => {
  const log = new FuseLog();
  log.save("a.txt", 10);
  log.lines.shift();
  log.write(77, 10, 10).close(77);
  const activity = log.activity();
  expect([activity.risks.size, activity.unsaved, activity.failures]).toEqual([0, [], []]);
});

test("lines of gcsfuse itself are passed over, and the times are those of the others", () => {
  const log = new FuseLog();
  log.save("a.txt", 10);
  log.wait(30).save("b.txt", 20);
  log.lines.unshift("Mounting file system", JSON.stringify({ timestamp: { seconds: 1, nanos: 0 }, message: "hello" }));
  const { firstTime, lastTime, created } = log.activity();
  expect([firstTime, lastTime, created]).toEqual([START, START + 30, [10, 20]]);
});

test("folders are not among the paths that may be files", () => {
  const log = new FuseLog();
  log.save("a.txt", 10, log.makeFolder("travel"));
  log.miss("travel-journal");
  expect([...log.activity().paths]).toEqual(["/srv/files/travel/a.txt", "/srv/files/travel-journal"]);
});
