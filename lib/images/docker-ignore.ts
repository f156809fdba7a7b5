import ignore from "@balena/dockerignore";

/**
 * Says of a path in a build context whether a `.dockerignore` lets it in.
 *
 * @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function dockerIgnoreFilter(content: string): (name: string) => boolean {
  const text = content.replace(/^\uFEFF/, "");
  // Docker minds the case, and takes these characters as they are; the library would hand them to its regular expression.
  const literal = text.replace(/\\.|[+(){}|]/g, (match) => (match.length > 1 ? match : `\\${match}`));
  return ignore({ ignorecase: false }).add(literal).createFilter();
}
