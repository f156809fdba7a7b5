const { relative } = require("node:path");
const { appendFileSync, writeFileSync } = require("node:fs");

/** Says at the end of a run how long each suite took, and which tests did not run and why. */
module.exports = class SuiteReporter {
  onRunComplete(_contexts, { testResults }) {
    const suites = testResults.map(({ testFilePath, perfStats, testResults: tests }) => ({
      name: relative(process.cwd(), testFilePath),
      seconds: perfStats.runtime / 1000,
      skipped: tests.filter(({ status }) => status === "pending").map(({ fullName }) => fullName),
    }));
    const bySeconds = suites.sort((one, other) => one.seconds - other.seconds);
    const times = bySeconds.map(({ name, seconds }) => `${seconds.toFixed(1).padStart(8)} s  ${name}`);
    process.stdout.write(`\nseconds of each suite, the slowest last:\n${lines(times)}`);

    const all = suites.flatMap(({ name, skipped }) => skipped.map((test) => `${name}: ${test}`)).sort();
    if (process.env.E2E_NOT_RUN_FILE) writeFileSync(process.env.E2E_NOT_RUN_FILE, "");
    // Suites that say themselves why they do not run.
    const explained = all.filter((test) => test.includes("(not run: "));
    if (explained.length > 0) report(`${explained.length} tests did not run:\n${lines(explained.map(indented))}`);
    const skipped = all.filter((test) => !explained.includes(test));
    // Without a reason they are those that a developer has left out with -t.
    if (skipped.length === 0 || !process.env.E2E_MISSING_PROVIDERS) return;
    const text =
      `${skipped.length} tests did not run:\n${lines(skipped.map(indented))}` +
      "They need the real providers; where others need them, recorded answers or stand-ins took their part.\n" +
      `terraform init says:\n${process.env.E2E_MISSING_PROVIDERS}\n`;
    report(text);
    if (process.env.E2E_WITHOUT_PROVIDERS !== "1") {
      process.stdout.write("*** This run fails for that: set E2E_WITHOUT_PROVIDERS=1 to do without them.\n");
      this.error = new Error(`${skipped.length} tests did not run`);
    }
  }

  /** What makes jest end with an error. */
  getLastError() {
    return this.error;
  }
};

function report(text) {
  process.stdout.write(`\n*** ${text}`);
  if (process.env.E2E_NOT_RUN_FILE) appendFileSync(process.env.E2E_NOT_RUN_FILE, text);
}

function indented(test) {
  return `  ${test}`;
}

function lines(items) {
  return items.map((item) => `${item}\n`).join("");
}
