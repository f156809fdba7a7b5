import { setTimeout as sleep } from "node:timers/promises";
import { takeLock, withLock } from "../e2e/support/real/file-lock";
import { folderWith } from "../support/folder";

beforeAll(() => {
  process.env.XDG_CACHE_HOME = folderWith({});
});

test("a lock is had by one at a time", async () => {
  const events: string[] = [];
  const work = (name: string) => async () => {
    events.push(`${name} begins`);
    await sleep(50);
    events.push(`${name} ends`);
  };
  await Promise.all([withLock("one", work("a")), withLock("one", work("b"))]);
  const [first, second] = events[0] === "a begins" ? ["a", "b"] : ["b", "a"];
  expect(events).toEqual([`${first} begins`, `${first} ends`, `${second} begins`, `${second} ends`]);
});

test("a shared one is had by several, and who wants it alone waits for all of them", async () => {
  const users = [await takeLock("users", "shared"), await takeLock("users", "shared")];
  let ended = false;
  const end = withLock("users", async () => {
    ended = true;
  });
  for (const release of users) {
    await sleep(50);
    expect(ended).toBe(false);
    await release();
  }
  await end;
  expect(ended).toBe(true);
});
