import { Finding } from "./findings";

/** How many files of a finding are listed. */
const SHOWN_FILES = 20;

export interface Verdict {
  readonly name: string;
  readonly findings: readonly Finding[];
  /** When the observation begins, in seconds since 1970. */
  readonly since: number;
  /** What limits the observation. */
  readonly limits: readonly string[];
}

export function renderVerdict({ name, findings, since, limits }: Verdict): string {
  const from = new Date(since * 1000).toISOString().replace("T", " ").slice(0, 19);
  const summary =
    findings.length === 0
      ? `${name}: nothing was seen that a bucket cannot do or does badly.`
      : `${name}: ${findings.length} ${findings.length === 1 ? "thing" : "things"} that a bucket cannot do or does badly.`;
  const paragraphs = findings.map(({ what, files, advice }) => {
    const more = files.length > SHOWN_FILES ? [`    and ${files.length - SHOWN_FILES} more`] : [];
    return [`- ${what}.`, ...files.slice(0, SHOWN_FILES).map((file) => `    ${file}`), ...more, `  ${advice}`].join(
      "\n",
    );
  });
  const scope = `Seen: what the app did since ${from} UTC. Only what it did is judged: use all of it first.`;
  return [summary, ...paragraphs, [scope, ...limits].join("\n")].join("\n\n") + "\n";
}
