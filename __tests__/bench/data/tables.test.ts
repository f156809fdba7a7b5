import { readFileSync } from "node:fs";
import { join } from "node:path";
import { COLUMNS } from "./columns";
import type { Measurement } from "./measurement";
import { isTooBusy } from "./others-load";
import type { Report } from "./report";
import { tables } from "./tables";

const one = (given: Partial<Measurement>): Measurement => ({
  ...{ row: "gallery", column: "ours", memoryMb: 2048, round: 1, seconds: 1 },
  ...{ requests: {}, refusedRequests: {}, receivedBytes: 0, sentBytes: 0 },
  ...given,
});

const report = (...measurements: Measurement[]): Report => ({
  ...{ date: "2026-11-26T00:00:00Z", command: "npm run bench:data", form: {}, link: {}, versions: {} },
  machine: { kernel: "6.12", processors: 2 },
  othersLoad: { before: 0, meanwhile: 0 },
  columns: [
    { name: "ours", what: "" },
    { name: "local disk", what: "" },
  ],
  measurements,
  usage: ["ours", "local disk"].map((column) => ({
    ...{ column, memoryMb: 2048, round: 1 },
    ...{ sidecarPeakBytes: 50e6, cacheBytes: 0, stagedBytes: 0 },
  })),
});

/** Without the frames. */
const cells = (text: string) => text.split("\n").map((line) => line.split("│").map((cell) => cell.trim()));

test("the median of the rounds is said, in each column", () => {
  const text = tables(
    report(...[3, 0.5, 1].map((seconds) => one({ seconds })), one({ column: "local disk", seconds: 0.0042 })),
  );
  expect(cells(text)).toContainEqual(["", "gallery", "1.00 s", "4.2 ms", ""]);
});

test("requests are said by class, with their cost and what came", () => {
  const text = tables(
    report(one({ requests: { list: 1, read: 10 }, refusedRequests: { stat: 2 }, receivedBytes: 2e6 })),
  );
  expect(cells(text)).toContainEqual(["", "gallery", "1 A, 10 B, 2 refused: $9.0; 2.0 MB", "", ""]);
});

test("that something was refused, or saved much later than it was acknowledged, is said", () => {
  const text = tables(
    report(
      one({ row: "rename", refused: "Too many open files" }),
      one({ row: "upload", seconds: 0.03, inBucketSeconds: 5.1 }),
    ),
  );
  expect(cells(text)).toContainEqual(["", "rename", "Too many open files", "", ""]);
  expect(cells(text)).toContainEqual(["", "upload", "30 ms (saved 5.10 s)", "", ""]);
});

test("a table has only what was measured with that much memory", () => {
  const text = tables(report(one({ seconds: 1 }), one({ memoryMb: 8192, seconds: 2 })));
  expect(text.match(/Within \d+ MB of memory/g)).toEqual(["Within 2048 MB of memory", "Within 8192 MB of memory"]);
  expect(cells(text)).toContainEqual(["", "gallery", "2.00 s", "", ""]);
});

test.each([
  { folder: "docs/speed", memoryMb: 2048, every: true },
  { folder: "docs/speed/memory-to-spare", memoryMb: 8192, every: false },
])(
  "the tables of $folder are those of its numbers, which are of today's columns and of a machine with nothing else to do",
  ({ folder, memoryMb, every }) => {
    const text = (name: string) => readFileSync(join(__dirname, "../../..", folder, name), "utf8");
    const numbers = JSON.parse(text("numbers.json")) as Report;
    expect(text("tables.txt")).toBe(`${tables(numbers)}\n`);
    const rendered = COLUMNS.map(({ name, mount }) => ({ name, config: mount?.("http://storage/storage/v1/").config }));
    const measured = numbers.columns.map(({ name, config }) => ({ name, config }));
    const today = rendered.filter(({ name }) => every || measured.some((column) => column.name === name));
    expect(measured).toEqual(JSON.parse(JSON.stringify(today)));
    expect(new Set(numbers.measurements.map((one) => one.memoryMb))).toEqual(new Set([memoryMb]));
    expect(isTooBusy(numbers.othersLoad)).toBe(false);
  },
);
