import { Change } from "./change";

const WORDING = /^(description|display_name|labels\.app)$/;

/** Changes with a single one for all of what the library writes for readers only: descriptions, and labels of its own. */
export function withoutWording(changes: readonly Change[]): readonly Change[] {
  const isWording = ({ name = "", effect }: Change) => WORDING.test(name) && effect === "nothing";
  const count = changes.filter(isWording).length;
  return count === 0
    ? changes
    : [
        ...changes.filter((change) => !isWording(change)),
        { what: "descriptions and labels", note: `${count} that the library writes`, effect: "nothing" },
      ];
}
