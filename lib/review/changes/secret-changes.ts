import { ContainerDeclaration } from "../../boot/declaration";
import { Change } from "./change";
import { FORMS, nameOf, Secrets, secretsIn } from "../apps/declared-secrets";
import { own } from "../read/json";

export function secretChanges(before: ContainerDeclaration, after: ContainerDeclaration): Change[] {
  return FORMS.flatMap(([key, what]) => {
    const [old, wanted] = [secretsIn(before, key), secretsIn(after, key)];
    return [...new Set([...Object.keys(old), ...Object.keys(wanted)])]
      .sort()
      .map((name): Change => ({
        what,
        name,
        before: versionIn(old, name),
        after: versionIn(wanted, name),
        effect: "app restarts",
      }))
      .filter((change) => change.before !== change.after);
  });
}

function versionIn(secrets: Secrets, name: string): string | undefined {
  const secret = own(secrets, name);
  return secret && nameOf(secret);
}
