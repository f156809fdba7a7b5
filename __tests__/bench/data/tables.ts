import Table from "cli-table3";
import type { Measurement } from "./measurement";
import { median } from "./median";
import type { Report } from "./report";
import { classCounts, dollarsPerMillion } from "./request-costs";

type Cell = (measurements: readonly Measurement[]) => string;

const of = (measurements: readonly Measurement[], value: (one: Measurement) => number | undefined) => {
  const values = measurements.map(value).filter((one) => one !== undefined);
  return values.length > 0 ? median(values) : undefined;
};

const time: Cell = (measurements) => {
  const refused = measurements.find((one) => one.refused)?.refused;
  if (refused) return refused;
  const bucket = of(measurements, ({ inBucketSeconds }) => inBucketSeconds);
  const later = bucket !== undefined && bucket > 1.5 * of(measurements, ({ seconds }) => seconds)! + 0.05;
  return seconds(of(measurements, (one) => one.seconds)!) + (later ? ` (saved ${seconds(bucket)})` : "");
};

const requests: Cell = (measurements) => {
  const counts = (kind: "A" | "B" | "free") => of(measurements, (one) => classCounts(one.requests)[kind])!;
  const refused = of(measurements, ({ refusedRequests }) => sum(Object.values(refusedRequests)))!;
  const received = of(measurements, ({ receivedBytes }) => receivedBytes)!;
  const parts = [
    ...(["A", "B", "free"] as const).filter((kind) => counts(kind) > 0).map((kind) => `${counts(kind)} ${kind}`),
    ...(refused > 0 ? [`${refused} refused`] : []),
  ];
  if (parts.length === 0) return "0";
  const dollars = of(measurements, (one) => dollarsPerMillion(one.requests))!;
  return `${parts.join(", ")}: $${dollars.toFixed(1)}${received >= 1e5 ? `; ${megabytes(received)}` : ""}`;
};

/** What a person waits for, and what it asks of Cloud Storage, a table for each size of memory. */
export function tables(report: Report): string {
  const memories = [...new Set(report.measurements.map(({ memoryMb }) => memoryMb))];
  return memories
    .flatMap((memoryMb) => [
      `Within ${memoryMb} MB of memory, medians:`,
      table(report, memoryMb, time),
      "Requests to Cloud Storage by class, what they cost in dollars for a million such views, and what came:",
      table(report, memoryMb, requests),
      "Memory of what mounts at its highest, its cache, and what is left in folders for temporary files:",
      usageTable(report, memoryMb),
    ])
    .join("\n");
}

function table(report: Report, memoryMb: number, cell: Cell): string {
  const columns = report.columns.map(({ name }) => name);
  const measurements = report.measurements.filter((one) => one.memoryMb === memoryMb);
  const result = new Table({ head: ["", ...columns], style: { head: [], border: [] } });
  for (const row of new Set(measurements.map((one) => one.row))) {
    const cells = columns.map((column) => {
      const found = measurements.filter((one) => one.row === row && one.column === column);
      return found.length > 0 ? cell(found) : "";
    });
    result.push([row, ...cells]);
  }
  return result.toString();
}

function usageTable({ columns, usage }: Report, memoryMb: number): string {
  const result = new Table({ head: ["", "memory", "cache", "temporary"], style: { head: [], border: [] } });
  for (const { name } of columns) {
    const found = usage.filter((one) => one.column === name && one.memoryMb === memoryMb);
    const most = (bytes: (one: Report["usage"][number]) => number) => megabytes(Math.max(...found.map(bytes)));
    result.push([
      name,
      most((one) => one.sidecarPeakBytes),
      most((one) => one.cacheBytes),
      most((one) => one.stagedBytes),
    ]);
  }
  return result.toString();
}

export function seconds(value: number): string {
  return value < 0.1 ? `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} ms` : `${value.toFixed(2)} s`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
