import { setTimeout as sleep } from "node:timers/promises";
import { NoAnswer } from "./errors";
import { Failed, Judgement, Live } from "./judge";

/** Time, in milliseconds. */
export interface Clock {
  now(): number;
  pause(milliseconds: number): Promise<unknown>;
}

const REAL_CLOCK: Clock = { now: () => Date.now(), pause: (milliseconds) => sleep(milliseconds) };

/** One look at an app. */
export interface Attempt {
  /** Until the deadline, at least a little. */
  readonly secondsLeft: number;
  /** Tells what is waited for, where the look itself waits. */
  readonly say: (what: string) => void;
}

/** @throws NoAnswer if it is to be asked again */
export type Look = (attempt: Attempt) => Promise<Judgement>;

export interface WaitOptions {
  readonly timeoutSeconds: number;
  readonly intervalSeconds: number;
  /** Told what is waited for whenever that changes, and after how many seconds. */
  readonly progress: (seconds: number, what: string) => void;
  readonly clock?: Clock;
}

/** The deadline has passed. */
export interface Late {
  readonly kind: "late";
  readonly lastSeen: string;
  readonly log?: readonly string[];
}

/** So that the last look, at the deadline, can have an answer. */
const SHORTEST_LOOK_SECONDS = 5;

/**
 * Looks until there is an answer, or the deadline has passed.
 *
 * @throws what `look` throws, but for a `NoAnswer`
 */
export async function waitUntilLive(
  look: Look,
  { timeoutSeconds, intervalSeconds, progress, clock = REAL_CLOCK }: WaitOptions,
): Promise<Live | Failed | Late> {
  const start = clock.now();
  const end = start + timeoutSeconds * 1000;
  const told: string[] = [];
  const say = (what: string) => {
    // An app that ends and is started again and again goes back and forth between two states.
    if (!told.slice(-2).includes(what)) {
      progress(Math.floor((clock.now() - start) / 1000), what);
      told.push(what);
    }
  };
  for (;;) {
    const secondsLeft = Math.max((end - clock.now()) / 1000, SHORTEST_LOOK_SECONDS);
    const judgement = await orAgain(look({ secondsLeft, say }));
    if (judgement.kind !== "waiting") {
      return judgement;
    }
    say(judgement.for);
    const left = end - clock.now();
    if (left <= 0) {
      return { kind: "late", lastSeen: lastSeen(judgement.for, told), log: judgement.log };
    }
    await clock.pause(Math.min(intervalSeconds * 1000, left));
  }
}

/**
 * A look that believes a failure only when it sees it twice in a row: while a VM takes up a new version, it may still
 * report what it said of the one before.
 */
export function failingTwice(look: Look): Look {
  let failure: string | undefined;
  return async (attempt) => {
    const judgement = await look(attempt);
    const before = failure;
    failure = judgement.kind === "failed" ? judgement.reason : undefined;
    return judgement.kind === "failed" && judgement.reason !== before
      ? { kind: "waiting", for: judgement.reason }
      : judgement;
  };
}

async function orAgain(look: Promise<Judgement>): Promise<Judgement> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof NoAnswer) {
      return { kind: "waiting", for: error.message };
    }
    throw error;
  }
}

function lastSeen(now: string, told: readonly string[]): string {
  const before = told.slice(-2).find((what) => what !== now);
  return before === undefined ? now : `${now} (before: ${before})`;
}
