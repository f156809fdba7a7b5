import { Plan } from "../real/terraform";

/** What a plan touches: `google_compute_instance.instance: update metadata`. */
export function changes(plan: Plan): Record<string, string> {
  return Object.fromEntries(
    (plan.resource_changes ?? [])
      .filter(({ change }) => !["no-op", "read"].includes(change.actions.join()))
      .map(({ address, change }) => {
        const actions = change.actions.join(",");
        const what = actions === "update" ? `update ${changedKeys(change.before!, change.after!).join(", ")}` : actions;
        return [shortAddress(address), what];
      }),
  );
}

/** Without the app's own part and the hash that cdktf adds. */
function shortAddress(address: string): string {
  return address.replace(/_[0-9A-F]{8}$/, "").replace(/\.app_(?:[a-z]+_)?/, ".");
}

/** The arguments that differ, but for what the provider computes from them. */
function changedKeys(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  const keys = Object.keys({ ...before, ...after }).sort();
  return keys.filter(
    (key) => !/^(effective_labels|terraform_labels|.*fingerprint)$/.test(key) && differ(before[key], after[key]),
  );
}

function differ(before: unknown, after: unknown): boolean {
  return after !== undefined && JSON.stringify(before) !== JSON.stringify(after);
}
