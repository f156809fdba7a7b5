import { AppHost, WholeApp } from "./app-host";
import { onMachine } from "./on-machine";
import { onThisComputer } from "./on-this-computer";

/** For describe.each: where, and what starts an app there. */
export const hosts: readonly [string, (app: WholeApp) => Promise<AppHost>][] = [
  ["a VM", onMachine],
  ["this computer", onThisComputer],
];
