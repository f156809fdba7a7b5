#!/usr/bin/env node
import { text } from "node:stream/consumers";
import { isColorSupported } from "picocolors";
import { runProgram } from "./program";

const DEFAULT_WIDTH = 120;

// Who reads it may have read enough, as `head` does: the exit code is that of the whole.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

runProgram(process.argv.slice(2), {
  print: (output) => void process.stdout.write(output),
  printError: (output) => void process.stderr.write(output),
  readInput: () => text(process.stdin),
  environment: process.env,
  color: isColorSupported && process.stdout.isTTY === true,
  width: process.stdout.columns ?? DEFAULT_WIDTH,
}).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: Error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    process.exitCode = 3;
  },
);
