import { instance } from "@viz-js/viz";
import { Diagram } from "./diagram";
import { dot } from "./dot";

/** A diagram as an SVG file, drawn by Graphviz. */
export async function svg(diagram: Diagram): Promise<string> {
  const graphviz = await instance();
  return graphviz.renderString(dot(diagram), { format: "svg" });
}
