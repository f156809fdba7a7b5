#!/usr/bin/env node
import { findingsOf } from "./findings";
import { LocalApp } from "./local-app";
import { renderVerdict } from "./report";

/** `verdict [NAME]`: reports what a local app did that a bucket does not support or does slowly. */
async function main(): Promise<void> {
  const name = process.argv[2] || process.env.APP_NAME || "gallery";
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

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
