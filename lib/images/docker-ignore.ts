import ignore from "@balena/dockerignore";

/** What a `.dockerignore` says. */
export interface DockerIgnore {
  /** Whether a path in the build context is sent to the builder. */
  isSent(name: string): boolean;
  /** Whether a rule lets in again what another one excludes: then an excluded folder may have files that are sent. */
  readonly hasExceptions: boolean;
}

/** Where there is no `.dockerignore`. */
export const NOTHING_IGNORED: DockerIgnore = { isSent: () => true, hasExceptions: false };

/**
 * Reads a `.dockerignore`.
 *
 * @throws if a rule is no pattern, which Docker refuses as well; the message is the rule
 * @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function parseDockerIgnore(content: string): DockerIgnore {
  const rules = content
    .replace(/^\uFEFF/, "")
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.trim())
    .filter((line) => line !== "");
  for (const rule of rules) {
    try {
      filterOf([rule])("a");
    } catch {
      throw new Error(rule);
    }
  }
  return { isSent: filterOf(rules), hasExceptions: rules.some((rule) => rule.startsWith("!")) };
}

function filterOf(rules: readonly string[]): (name: string) => boolean {
  // Docker minds the case, and takes these characters as they are; the library would hand them to its regular expression.
  const literal = (rule: string) => rule.replace(/\\.|[+(){}|]/g, (match) => (match.length > 1 ? match : `\\${match}`));
  return ignore({ ignorecase: false }).add(rules.map(literal)).createFilter();
}
