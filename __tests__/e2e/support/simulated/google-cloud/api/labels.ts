import { invalid } from "../google-error";

/** Labels are short, lower-case and few, in every API. */
export function checkLabels(labels: Record<string, string> | undefined): void {
  const entries = Object.entries(labels ?? {});
  if (entries.length > 64) throw invalid("At most 64 labels are allowed.");
  for (const [key, value] of entries) {
    if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key)) {
      throw invalid(`Invalid label key '${key}': it violates format constraints.`);
    }
    if (!/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value)) {
      throw invalid(
        `Label value '${value}' violates format constraints. The value can only contain lowercase letters, numeric ` +
          `characters, underscores and dashes. The value can be at most 63 characters long.`,
      );
    }
  }
}
