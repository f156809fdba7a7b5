import { Diagram, DiagramNode } from "./diagram";
import { visible } from "./visible-text";

/**
 * A diagram as Mermaid's flowchart.
 *
 * @see https://mermaid.js.org/syntax/flowchart.html
 */
export function mermaid({ groups, nodes, edges }: Diagram): string {
  const within = (group?: string) => nodes.filter((node) => node.group === group).map(nodeText);
  return [
    "flowchart LR",
    ...within(undefined).map((line) => `  ${line}`),
    ...groups.flatMap(({ id, label }) => [
      `  subgraph ${id}["${escape(label)}"]`,
      ...within(id).map((line) => `    ${line}`),
      "  end",
    ]),
    ...edges.map(({ from, to, label }) => `  ${from} -- "${escape(label)}" --> ${to}`),
  ].join("\n");
}

function nodeText({ id, label, shape }: DiagramNode): string {
  const text = `"${label.map(escape).join("<br/>")}"`;
  return { person: `${id}([${text}])`, box: `${id}[${text}]`, storage: `${id}[(${text})]` }[shape];
}

/** Whatever could be syntax of Mermaid, HTML or Markdown becomes an entity: `#35;`. */
function escape(text: string): string {
  return visible(text).replace(/[^\p{L}\p{N} ./:,-]/gu, (character) => `#${character.codePointAt(0)};`);
}
