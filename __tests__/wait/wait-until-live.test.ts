import { CannotAsk, NoAnswer } from "../../lib/wait/errors";
import { Judgement } from "../../lib/wait/judge";
import { failingTwice, Look, waitUntilLive } from "../../lib/wait/wait-until-live";

const live: Judgement = { kind: "live", what: "it" };
const failed = (reason: string): Judgement => ({ kind: "failed", reason });
const waiting = (what: string): Judgement => ({ kind: "waiting", for: what });

/** A look that sees these, in order, and the last one again and again. */
function seeing(...seen: (Judgement | Error)[]): Look {
  return async () => {
    const one = seen.length > 1 ? seen.shift()! : seen[0];
    if (one instanceof Error) throw one;
    return one;
  };
}

/** Waits on a clock that goes on only while somebody waits. */
async function waits(look: Look, { timeout = 60, interval = 2 } = {}) {
  let now = 1_000_000;
  const progress: string[] = [];
  const clock = {
    now: () => now,
    pause: async (milliseconds: number) => void (now += milliseconds),
  };
  const start = now;
  const outcome = await waitUntilLive(look, {
    timeoutSeconds: timeout,
    intervalSeconds: interval,
    progress: (seconds, what) => void progress.push(`${seconds} ${what}`),
    clock,
  });
  return { outcome, progress, took: (now - start) / 1000 };
}

test("it says what it waits for, once each", async () => {
  const look = seeing(waiting("a"), waiting("a"), waiting("b"), waiting("b"), live);
  expect(await waits(look)).toEqual({ outcome: live, progress: ["0 a", "4 b"], took: 8 });
});

test("it does not say again and again what goes back and forth", async () => {
  const back = [waiting("the app ended"), waiting("the container starts")];
  const look = seeing(waiting("pulling"), ...back, ...back, ...back, waiting("pulling"), live);
  const { progress } = await waits(look);
  expect(progress).toEqual(["0 pulling", "2 the app ended", "4 the container starts", "14 pulling"]);
});

test("a failure ends it", async () => {
  expect(await waits(seeing(waiting("a"), failed("why")))).toMatchObject({ outcome: failed("why"), took: 2 });
});

test("what can pass is asked again", async () => {
  const look = seeing(new NoAnswer("refused"), new NoAnswer("refused"), waiting("a"), live);
  expect(await waits(look)).toMatchObject({ outcome: live, progress: ["0 refused", "4 a"] });
});

test.each([new CannotAsk("no access"), new TypeError("a defect")])("%s ends it", async (error) => {
  await expect(waits(seeing(waiting("a"), error))).rejects.toBe(error);
});

test("the deadline ends it, with what was seen last, and what was before that", async () => {
  const look = seeing(waiting("the app ended"), waiting("the container starts"));
  expect(await waits(look, { timeout: 5 })).toEqual({
    outcome: { kind: "late", lastSeen: "the container starts (before: the app ended)", log: undefined },
    progress: ["0 the app ended", "2 the container starts"],
    took: 5,
  });
});

test("it looks once more at the deadline, with time for an answer", async () => {
  const left: number[] = [];
  const look: Look = async ({ secondsLeft }) => {
    left.push(secondsLeft);
    return left.length === 3 ? live : waiting("a");
  };
  expect(await waits(look, { timeout: 20, interval: 18 })).toMatchObject({ outcome: live, took: 20 });
  expect(left).toEqual([20, 5, 5]);
});

test("a look that waits itself says what for", async () => {
  const look: Look = async ({ say }) => {
    say("mounting");
    say("mounting");
    return live;
  };
  expect((await waits(look)).progress).toEqual(["0 mounting"]);
});

describe("failing twice", () => {
  test("a failure that is seen once may be of the version before", async () => {
    const look = failingTwice(seeing(failed("an old one"), waiting("pulling"), failed("an old one"), live));
    expect(await waits(look)).toMatchObject({ outcome: live, progress: ["0 an old one", "2 pulling"] });
  });

  test("one that is seen again is believed, another one is not", async () => {
    const look = failingTwice(seeing(failed("an old one"), failed("a new one"), failed("a new one")));
    expect(await waits(look)).toMatchObject({ outcome: failed("a new one"), took: 4 });
  });
});

test("the real clock waits", async () => {
  const begin = Date.now();
  const options = { timeoutSeconds: 5, intervalSeconds: 0.05, progress: () => undefined };
  expect(await waitUntilLive(seeing(waiting("a"), waiting("a"), live), options)).toBe(live);
  expect(Date.now() - begin).toBeGreaterThanOrEqual(95);
});
