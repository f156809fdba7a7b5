/**
 * Draws the charts of docs/speed, and writes its tables, from the raw numbers of a run: `npm run bench:data:draw -- NUMBERS.json
 * FOLDER`. Numbers of a machine that was busy with other things are not drawn.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parse, View } from "vega";
import { compile } from "vega-lite";

const MOST_LOAD = 1;
const OURS = "ours";

/** Each row of the report in one file's charts. */
const CHARTS = {
  pictures: /^gallery/,
  videos: /video/,
  folders: /^list|^stat|^read|^rename/,
  writes: /^upload|^rewrite/,
  crowds: /people/,
  fio: /^fio/,
};

const [numbers, folder] = process.argv.slice(2);
if (!numbers || !folder) {
  throw new Error("name the raw numbers and a folder: npm run bench:data:draw -- NUMBERS.json FOLDER");
}
const report = JSON.parse(readFileSync(numbers, "utf8"));
const { before, meanwhile } = report.othersLoad;
if (before > MOST_LOAD || meanwhile > MOST_LOAD) {
  throw new Error(
    `${numbers} is of a machine that was busy (load ${before.toFixed(1)} before, ${meanwhile.toFixed(1)} processors meanwhile): ` +
      `measure again where both are at most ${MOST_LOAD}`,
  );
}

mkdirSync(folder, { recursive: true });
const { tables } = createRequire(import.meta.url)("./tables.ts");
writeFileSync(join(folder, "tables.txt"), `${tables(report)}\n`);
const [memoryMb] = report.form.memoriesMb;
for (const [name, rows] of Object.entries(CHARTS)) {
  const values = report.measurements.filter(
    (one) => one.memoryMb === memoryMb && rows.test(one.row) && one.refused === undefined,
  );
  const svg = await new View(parse(compile(chart(values)).spec), { renderer: "none" }).toSVG();
  writeFileSync(join(folder, `${name}.svg`), `${svg}\n`);
}

/** Medians, and every round as a small point, since a median alone hides how far apart they are. */
function chart(values) {
  const rows = [...new Set(values.map(({ row }) => row))];
  const x = { type: "quantitative", title: "seconds", scale: { type: "log" } };
  const y = { field: "column", type: "nominal", title: null, sort: report.columns.map((column) => column.name) };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "white",
    title: `${report.date.slice(0, 10)}, ${memoryMb} MB of memory: medians, and each round`,
    data: { values },
    facet: {
      row: { field: "row", type: "nominal", title: null, sort: rows, header: { labelAngle: 0, labelAlign: "left" } },
    },
    spec: {
      width: 420,
      layer: [
        {
          mark: { type: "point", filled: true, size: 90, opacity: 1 },
          encoding: {
            x: { ...x, aggregate: "median", field: "seconds" },
            y,
            color: {
              condition: { test: `indexof(datum.column, '${OURS}') === 0`, value: "#d6541e" },
              value: "#8c9bab",
            },
          },
        },
        {
          mark: { type: "point", filled: true, color: "black", size: 10 },
          encoding: { x: { ...x, field: "seconds" }, y },
        },
      ],
    },
    resolve: { scale: { x: "independent" } },
  };
}
