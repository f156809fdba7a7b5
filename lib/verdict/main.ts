#!/usr/bin/env node
import { Command } from "commander";
import { findingsOf } from "./findings";
import { LocalApp } from "./local-app";
import { renderVerdict } from "./report";

async function report(name: string): Promise<void> {
  const app = new LocalApp(name);
  const mounts = await app.observe();
  const lost = app.lostMounts();
  const limits = [
    "Locks and memory maps are seen only while they are held, and locks also by the names of the files that were opened. A write that is refused is not in gcsfuse's log: the users are those that the app's processes have now.",
    ...(lost > 0 ? [`A mount was lost and came back ${lost} times; its log begins there.`] : []),
  ];
  const since = Math.min(...mounts.map(({ activity }) => activity.firstTime));
  process.stdout.write(renderVerdict({ name, findings: mounts.flatMap(findingsOf), since, limits }));
}

new Command("verdict")
  .description(
    "report what a local app has done that a bucket does not support or does slowly; it must be deployed, and its Docker Engine must run",
  )
  .argument("[name]", "the app's name; default: that of APP_NAME, or gallery")
  .action((name: string | undefined) => report(name || process.env.APP_NAME || "gallery"))
  .parseAsync()
  .catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
