import { Command } from "commander";
import { writeFileSync } from "node:fs";
import { changePage } from "../review/page/change-page";
import { comparePlan, compareStacks } from "../review/changes/compare";
import { Comparison } from "../review/changes/comparison";
import { diagramOf } from "../review/page/stack-diagram";
import { Block, Page, value } from "../review/format/document";
import { GATES, gatesHit, parseGates } from "../review/changes/gates";
import { markdown } from "../review/format/markdown";
import { readPlan } from "../review/changes/read-plan";
import { Plan } from "../review/changes/plan";
import { ReviewInputError, Stack } from "../review/read/stack";
import { stackPage } from "../review/page/stack-page";
import { svg } from "../review/format/svg";
import { terminal } from "../review/format/terminal";
import { Surroundings } from "./surroundings";
import { SynthesisWarning, warningsOf } from "./synthesis-warnings";
import { PATH_HELP, STACK_OPTION, readText, stackFile, stackName, stackOfFile, stackOfRevision } from "./stack-files";

const NARROWEST = 60;

interface Options {
  readonly stack?: string;
  readonly against?: string;
  readonly plan?: string;
  readonly format: string;
  readonly svg?: string;
  readonly failOn?: string;
}

/** A gate of `--fail-on` that was hit. */
export class GateHit extends Error {}

/** `review`: one page that says what a synthesized stack is, or what a change of it does. */
export function reviewCommand(around: Surroundings): Command {
  const gates = Object.entries(GATES).map(([gate, meaning]) => `  ${gate.padEnd(10)} ${meaning}`);
  return new Command("review")
    .description("say on one page what a synthesized stack is, or what a change of it does")
    .argument("[before]", PATH_HELP)
    .argument("[after]", "the same after the change")
    .option(...STACK_OPTION)
    .option("--against <revision>", "compare with the same file of a revision of git, HEAD for example")
    .option("--plan <file>", 'review a plan: what "terraform show -json PLAN" printed; "-" for standard input')
    .option("--format <format>", "text or markdown", "text")
    .option("--svg <file>", "write a picture of the architecture as well")
    .option("--fail-on <gates>", "end with exit code 1 if the change hits one of these gates, separated by commas")
    .addHelpText("after", ["", "Gates:", ...gates, "", "Exit codes: 0 fine, 1 a gate was hit, 2 wrong use"].join("\n"))
    .action((before: string | undefined, after: string | undefined, options: Options) =>
      review([before, after], options, around),
    );
}

async function review(paths: readonly (string | undefined)[], options: Options, around: Surroundings): Promise<void> {
  const gates = checkOptions(paths, options);
  const { page, stack, comparison } = await subject(paths, options, around);
  if (options.svg !== undefined) {
    write(options.svg, await svg(diagramOf(stack)));
  }
  const { color, width } = around;
  around.print(
    options.format === "markdown" ? markdown(page) : terminal(page, { color, width: Math.max(width, NARROWEST) }),
  );
  const hit = comparison === undefined ? [] : gatesHit(gates, comparison);
  if (hit.length > 0) {
    const gates = hit.map((gate) => `gate ${gate} was hit: ${GATES[gate]}`);
    throw new GateHit(`failed: ${gates.join("; ")}`);
  }
}

function checkOptions([before, after]: readonly (string | undefined)[], options: Options): readonly string[] {
  const { plan, against, format, failOn } = options;
  const compared = [after, against, plan].filter((given) => given !== undefined).length;
  if (compared > 1 || (plan !== undefined && (before !== undefined || options.stack !== undefined))) {
    throw new ReviewInputError("give either two stacks, one stack and --against, or --plan alone");
  }
  if (!["text", "markdown"].includes(format)) {
    throw new ReviewInputError(`format "${format}" is not valid: use "text" or "markdown"`);
  }
  if (failOn === undefined) {
    return [];
  }
  if (compared === 0) {
    throw new ReviewInputError("--fail-on judges a change: give two stacks, --against or --plan");
  }
  const gates = parseGates(failOn);
  if (gates === undefined) {
    throw new ReviewInputError(`--fail-on "${failOn}" is not valid: use some of ${Object.keys(GATES).join(",")}`);
  }
  return gates;
}

interface Subject {
  readonly page: Page;
  /** The stack that the picture is of: after the change, where there is one. */
  readonly stack: Stack;
  readonly comparison?: Comparison;
}

async function subject(
  [first, second]: readonly (string | undefined)[],
  { plan, stack, against }: Options,
  around: Surroundings,
): Promise<Subject> {
  if (plan !== undefined) {
    const name = plan === "-" ? "standard input" : plan;
    const read: Plan = readPlan(plan === "-" ? await around.readInput() : readText(plan), name);
    return changed(comparePlan(read), read.after, name);
  }
  const file = stackFile(second ?? first, stack);
  const after = stackOfFile(file);
  const name = stackName(file);
  const warned = (found: Subject) => ({ ...found, page: withWarnings(found.page, warningsOf(file)) });
  if (second !== undefined) {
    return warned(changed(compareStacks(stackOfFile(stackFile(first!, stack)), after), after, name));
  }
  if (against !== undefined) {
    return warned(changed(compareStacks(stackOfRevision(file, against), after), after, name));
  }
  return warned({ page: stackPage(after, name), stack: after });
}

/** After the title, and of a change after what it does. */
function withWarnings(page: Page, warnings: readonly SynthesisWarning[]): Page {
  if (warnings.length === 0) {
    return page;
  }
  const place = page[1]?.kind === "paragraph" ? 2 : 1;
  const blocks: Block[] = [
    { kind: "heading", level: 2, text: ["Warnings of the synthesis"] },
    { kind: "list", alarm: true, items: warnings.map(({ of, message }) => [value(of), ": ", message]) },
  ];
  return [...page.slice(0, place), ...blocks, ...page.slice(place)];
}

function changed(comparison: Comparison, stack: Stack, name: string): Subject {
  return { page: changePage(comparison, stack, name), stack, comparison };
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new ReviewInputError(`"${file}" cannot be written: ${(error as Error).message}`);
  }
}
