import { Diagram, DiagramNode } from "./diagram";
import { visible } from "./visible-text";

const SHAPES = { person: "oval", box: "box", storage: "cylinder" } as const;

/**
 * A diagram in Graphviz's language.
 *
 * @see https://graphviz.org/doc/info/lang.html
 */
export function dot({ groups, nodes, edges }: Diagram): string {
  const within = (group?: string) => nodes.filter((node) => node.group === group).map(nodeText);
  return [
    "digraph {",
    "  rankdir=LR;",
    '  node [fontname="Helvetica", fontsize=11];',
    '  edge [fontname="Helvetica", fontsize=10];',
    ...within(undefined).map((line) => `  ${line}`),
    ...groups.flatMap(({ id, label }) => [
      `  subgraph cluster_${id} {`,
      `    label=${quoted([label])};`,
      '    fontname="Helvetica";',
      ...within(id).map((line) => `    ${line}`),
      "  }",
    ]),
    ...edges.map(({ from, to, label }) => `  ${from} -> ${to} [label=${quoted([label])}];`),
    "}",
  ].join("\n");
}

function nodeText({ id, label, shape }: DiagramNode): string {
  return `${id} [shape=${SHAPES[shape]}, label=${quoted(label)}];`;
}

/** Graphviz reads backslashes and HTML's entities in labels. */
function quoted(lines: readonly string[]): string {
  const escape = (line: string) => visible(line).replace(/&/g, "&amp;").replace(/[\\"]/g, "\\$&");
  return `"${lines.map(escape).join("\\n")}"`;
}
