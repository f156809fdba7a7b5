export interface DiagramNode {
  readonly id: string;
  /** The lines of its label. */
  readonly label: readonly string[];
  readonly shape: "person" | "box" | "storage";
  /** The group that it is in. */
  readonly group?: string;
}

export interface DiagramEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** A picture of what a stack consists of, before it is Mermaid or DOT. */
export interface Diagram {
  readonly groups: readonly { readonly id: string; readonly label: string }[];
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly DiagramEdge[];
}
