import { mayBeSecret } from "./secret-names";

/** What is shown instead of a secret. */
export const HIDDEN = "(hidden)";

/** What comes before "@" in a URL, a password with characters in it that should have been escaped included. */
const USERINFO = /(:\/\/)([^\s"'<>/?#@:]*)(:(?!\d+[/?#])[^\s"'<>]*|(?:[^\s"'<>/?#]*))@/g;

/**
 * Beginnings by which services make their tokens known, such as GitHub, GitLab, Slack, Stripe, npm, PyPI, Google, AWS,
 * SendGrid, Vault and OpenAI, and JSON Web Tokens.
 *
 * @see https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
 */
const TOKENS =
  /(?<![A-Za-z0-9])(gh[opsur]_|github_pat_|glpat-|glptt-|xox[a-z]-|xapp-|[srp]k_(live|test)_|sk-|whsec_|npm_|pypi-|dop_v1_|AIza|ya29\.|GOCSPX-|AKIA|ASIA|SG\.|hv[sb]\.|shp(at|ss)_|AGE-SECRET-KEY-|eyJ[\w-]*\.eyJ)[\w./+=-]{8,}/g;

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const WEBHOOK = /(hooks\.slack\.com\/|discord(?:app)?\.com\/api\/webhooks\/)[^\s"']+/g;
const LOGIN = /\b(Bearer|Basic) [\w.~+/=-]{8,}/gi;

/** A setting in a text: `password=x`, `"password": "x"`, `password: x`. */
const SETTING = /(["']?)([A-Za-z][\w.-]*)\1(\s*=\s*|(?<=["'])\s*:\s*|:\s+)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'&;,]+)/g;

/** A text without what looks like a secret in it: `postgres://app:(hidden)@db/app`. */
export function withoutSecretParts(text: string): string {
  return text
    .replace(PRIVATE_KEY, HIDDEN)
    .replace(WEBHOOK, `$1${HIDDEN}`)
    .replace(USERINFO, (_, slashes: string, user: string, rest: string) =>
      rest.startsWith(":") ? `${slashes}${user}:${HIDDEN}@` : `${slashes}${HIDDEN}@`,
    )
    .replace(LOGIN, `$1 ${HIDDEN}`)
    .replace(TOKENS, HIDDEN)
    .replace(SETTING, (whole, quote: string, name: string, between: string) =>
      mayBeSecret(name) ? `${quote}${name}${quote}${between}${HIDDEN}` : whole,
    );
}
