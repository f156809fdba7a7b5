import { Change } from "./changes";
import { Reviewed } from "./wiki-project";

/** A change and what the tools say of it. */
export interface ReviewedChange extends Reviewed {
  readonly change: Change;
  /** What git says of the edit. */
  readonly edit: string;
  /** What git says of the synthesized stack. */
  readonly diff: string;
}

/** Longer diffs are not shown. */
const LONGEST_DIFF = 4096;

/** The page of a change. */
export function changeDocument({ change, edit, diff, plan, review, exitCode }: ReviewedChange): string {
  const gated =
    exitCode === 0
      ? "With `--fail-on data-loss,exposure` the command ends with exit code 0: no gate is hit."
      : `With \`--fail-on data-loss,exposure\` the command ends with exit code ${exitCode}, which fails a CI job.`;
  const bytes = Buffer.byteLength(diff);
  const shown = withoutUnchangedLines(plan);
  return [
    `# ${change.title}`,
    change.text,
    "[All changes](README.md). This page is written by `npm run test:e2e:record`, and a test keeps it true.",
    "## The edit",
    fenced("diff", hunks(edit)),
    "## The synthesized stack",
    `\`git diff\` prints ${bytes} bytes for it:`,
    ...(bytes > LONGEST_DIFF ? [] : [fenced("diff", hunks(diff))]),
    "## The plan",
    shown === plan
      ? "`terraform plan` prints:"
      : "`terraform plan` prints the whole text; here are the lines that change, with three around them:",
    fenced("text", shown.trim()),
    "## The review",
    `\`terraform show -json\` on that plan, and \`review --plan plan.json --format markdown\`. ${gated}`,
    "---",
    review.trim(),
    "",
  ].join("\n\n");
}

/** The index of the pages. */
export function indexDocument(program: string, changes: readonly ReviewedChange[]): string {
  const rows = changes.map(({ change, review, diff, plan, exitCode }) => {
    const [, effect] = /^(?:> )?(Effect: .*)$/m.exec(review) ?? [];
    const [, counts] = /^Plan: (.*)\.$/m.exec(plan) ?? [];
    return `| [${change.title}](${change.id}.md) | ${effect} | ${counts} | ${Buffer.byteLength(diff)} bytes | ${exitCode} |`;
  });
  return [
    "# What a reviewer sees of a change",
    "One app, deployed, and the changes that somebody may propose: the edit, what `git diff` shows of the synthesized stack, what " +
      "`terraform plan` prints, and the page of [`review`](../review.md).",
    [
      "| change | the review says | Terraform counts | diff of the stack | `--fail-on data-loss,exposure` |",
      "| --- | --- | --- | --- | --- |",
      ...rows,
    ].join("\n"),
    "## The app",
    "Its images are ready, so that no plan builds any.",
    fenced("ts", program.trim()),
    "## How these pages come about",
    "Terraform, the google provider and git are real. Google's APIs are simulated: the app is deployed to the simulation, then each " +
      "change is planned against it. The end-to-end test `plan-documents` compares the pages with what the tools say today, byte for " +
      "byte; `npm run test:e2e:record` writes them anew. Ids by chance are written as zeros, hashes of files' contents as `context-1` and `context-2`.",
    "",
  ].join("\n\n");
}

/** A diff without its head, which has hashes of whole files. */
function hunks(diff: string): string {
  return diff.slice(diff.indexOf("\n@@") + 1);
}

const CONTEXT = 3;

/** The plan with those lines of a multi-line text that differ, and a few around them. Terraform prints all. */
function withoutUnchangedLines(plan: string): string {
  return plan.replace(
    /(^ *)(~ [^\n]* = <<-EOT\n)(.*?)(\n *EOT$)/gms,
    (_, indent: string, head: string, body: string, end: string) => {
      const lines = body.split("\n");
      const changed = new RegExp(`^${indent} {4}[-+] `);
      const near = lines.map((_, index) =>
        lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some((line) => changed.test(line)),
      );
      const left = lines.flatMap((line, index) =>
        near[index] ? [line] : near[index - 1] === false ? [] : [`${indent}      …`],
      );
      return `${indent}${head}${left.join("\n")}${end}`;
    },
  );
}

function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
