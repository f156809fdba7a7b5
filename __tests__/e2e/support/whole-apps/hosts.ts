import { AppHost, LocalAppHost, WholeApp } from "./app-host";
import { onMachine } from "./on-machine";
import { onThisComputer } from "./on-this-computer";

const THIS_COMPUTER = "this computer";

/** For describe.each: where, and what starts an app there. */
export const hosts: readonly [string, (app: WholeApp) => Promise<AppHost>][] = [
  ["a VM", onMachine],
  [THIS_COMPUTER, onThisComputer],
];

/** Where there is a verdict, it is printed, and has to be this; a name stands before it. */
export function testVerdict(where: string, host: () => AppHost, expected: RegExp): void {
  if (where !== THIS_COMPUTER) return;
  test("the verdict says what it is like on a bucket", async () => {
    const verdict = await (host() as LocalAppHost).verdict();
    process.stdout.write(`\n${verdict}\n`);
    expect(verdict).toMatch(expected);
  });
}

export const NOTHING_SEEN = /: nothing was seen that a bucket cannot do or does badly\./;
