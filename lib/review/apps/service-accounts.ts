import { textAt } from "../read/json";
import { isReference } from "../read/references";
import { Resource } from "../read/stack";

/**
 * Whether an address is that of a service account, which follows from its ID and project. Where the stack does not say
 * the project, the ID alone decides.
 *
 * @see https://cloud.google.com/iam/docs/service-account-overview#identifying-service-accounts
 */
export function isAccount(email: string, { values }: Resource): boolean {
  const id = textAt(values, "account_id");
  const project = textAt(values, "project");
  const [, name, domain] = /^([^@]+)@(.+)\.iam\.gserviceaccount\.com$/.exec(email) ?? [];
  if (id === undefined || name === undefined || name !== id) {
    return false;
  }
  // The domain of a project such as example.com:web comes last: web.example.com.
  return project === undefined || isReference(project) || project.split(":").reverse().join(".") === domain;
}
