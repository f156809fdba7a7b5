/** Which values must not be shown, by their names and by what they look like. */
import { looksLikeSecret, mayBeSecret } from "../../lib/checks/secret-names";
import { withoutSecretParts } from "../../lib/checks/secret-values";

test.each([
  ...["SENTRY_DSN", "SLACK_WEBHOOK", "SLACK_WEBHOOK_URL", "SMTP_PASS", "DB_PWD", "MYSQL_ROOT_PW", "AUTH_HEADER"],
  ...["AWS_KEY", "JWT", "SESSION_COOKIE", "SECRET_ID", "VAULT_SECRET_ID", "PGPASSWORD", "authHeader", "KEY1", "PASS2"],
])("the value of %s is hidden", (name) => {
  expect(mayBeSecret(name)).toBe(true);
});

test.each([
  ...["LOG_LEVEL", "KEYBOARD", "KEYCLOAK_HOST", "AUTHOR", "PASSENGER_PORT", "DB_PASSWORD_FILE", "SSH_KEY_PATH"],
  ...["AWS_ACCESS_KEY_ID", "PUBLIC_KEY", "block-project-ssh-keys", "enable-oslogin", "COMPASS", "kms_key_name"],
])("the value of %s is shown", (name) => {
  expect(mayBeSecret(name)).toBe(false);
});

test("a name that looks like a secret's for sure is told from one that may be one's", () => {
  expect(["SECRET_ID", "DB_PASSWORD"].map(looksLikeSecret)).toEqual([true, true]);
  expect(["KEY", "PWD", "AWS_ACCESS_KEY_ID"].map(looksLikeSecret)).toEqual([false, false, false]);
});

test.each([
  ["postgres://u:pw@h/db", "postgres://u:(hidden)@h/db"],
  ["redis://:pw@h", "redis://:(hidden)@h"],
  ["https://abc123@sentry.example/1", "https://(hidden)@sentry.example/1"],
  ["postgres://u:p@ss/w0rd@h/db", "postgres://u:(hidden)@h/db"],
  ["a postgres://u:x@h, and mysql://v:y@i", "a postgres://u:(hidden)@h, and mysql://v:(hidden)@i"],
  [`ghp_${"a".repeat(36)}`, "(hidden)"],
  [`x AKIA${"A".repeat(16)} y`, "x (hidden) y"],
  [`eyJ${"a".repeat(20)}.eyJ${"b".repeat(20)}.${"c".repeat(20)}`, "(hidden)"],
  ["https://hooks.slack.com/services/T0/B0/xyz", "https://hooks.slack.com/(hidden)"],
  ["-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", "(hidden)"],
  ["Bearer abcdefgh12345", "Bearer (hidden)"],
  ["host=db password=hunter2 user=app", "host=db password=(hidden) user=app"],
  ['{"password":"hunter2","user":"app"}', '{"password":(hidden),"user":"app"}'],
  ["https://h/?token=abc&x=1", "https://h/?token=(hidden)&x=1"],
  ["user: app\npassword: hunter2", "user: app\npassword: (hidden)"],
])("of %j, %j is shown", (text, shown) => {
  expect(withoutSecretParts(text)).toBe(shown);
});

test.each([
  ...["https://host:8080/path@x", "https://unpkg.com/@scope/x@1", "ghcr.io/me/auth:1.2", "gs://bucket/a@b"],
  ...["serviceAccount:x@p.iam.gserviceaccount.com", "ghcr.io/me/app@sha256:0123456789abcdef", "task-management"],
])("%s is shown as it is", (text) => {
  expect(withoutSecretParts(text)).toBe(text);
});
