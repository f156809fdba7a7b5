import ignore from "@balena/dockerignore";

/** The rules of a `.dockerignore`. */
export interface DockerIgnore {
  /** Whether a path in the build context is sent to the builder. */
  isSent(name: string): boolean;
  /** Whether there are exceptions (`!file`). Then an excluded folder may have files that are sent. */
  readonly hasExceptions: boolean;
}

/** The rules if there is no `.dockerignore`. */
export const NOTHING_IGNORED: DockerIgnore = { isSent: () => true, hasExceptions: false };

/**
 * Reads a `.dockerignore`.
 *
 * @throws if a rule is not a valid pattern, which Docker refuses as well. The message is the rule
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
  // Docker is case-sensitive and takes these characters literally. The library would use them in its regular
  // expression.
  const literal = (rule: string) => rule.replace(/\\.|[+(){}|]/g, (match) => (match.length > 1 ? match : `\\${match}`));
  return ignore({ ignorecase: false }).add(rules.map(literal)).createFilter();
}
