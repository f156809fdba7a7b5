import { HttpCheckDeclaration } from "../boot/declaration";
import { requireInteger, requireMatch } from "../checks/invalid-input";
import { checkShape, Shape } from "../checks/shape";

/** What the app must answer for it to be live. It is asked inside the VM, with the first domain as the host. */
export interface HttpHealthCheck {
  /**
   * What is asked for with GET: a path that begins with "/", with or without a query.
   *
   * @default "/"
   * @throws if it does not begin with "/", or has a character that is not printable ASCII, or one of `"#\`
   */
  readonly path?: string;

  /**
   * The status that the answer must have, 200 to 599.
   *
   * @default - any answer will do
   * @throws if it is out of range
   */
  readonly expectedStatus?: number;

  /**
   * Seconds from one question to the next, until the app is live, 1 to 60.
   *
   * @default 1
   * @throws if it is out of range
   */
  readonly intervalSeconds?: number;
}

const SHAPE: Shape<HttpHealthCheck> = {
  path: 'string? such as "/healthz"',
  expectedStatus: "number?",
  intervalSeconds: "number?",
};

/** No lookahead, so that Terraform can check unresolved tokens by it, too. */
export const HTTP_PATH_PATTERN = "^/[!$-\\[\\]-~]*$";

/** @throws if one of its props is not valid */
export function resolveHttpHealthCheck(given: HttpHealthCheck): Omit<HttpCheckDeclaration, "containerPort" | "host"> {
  const what = "https.healthCheck";
  checkShape(what, given, SHAPE, { example: '{ path: "/healthz", expectedStatus: 200 }' });
  const { path = "/", expectedStatus, intervalSeconds = 1 } = given;
  requireMatch(
    `${what}.path`,
    path,
    new RegExp(HTTP_PATH_PATTERN),
    'use a path that begins with "/", of printable ASCII without spaces, #, backslashes and double quotes',
  );
  if (expectedStatus !== undefined) {
    requireInteger(`${what}.expectedStatus`, expectedStatus, 200, 599);
  }
  requireInteger(`${what}.intervalSeconds`, intervalSeconds, 1, 60);
  return { path, intervalSeconds, ...(expectedStatus !== undefined && { expectedStatus }) };
}
