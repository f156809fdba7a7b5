const SECRET =
  /passw(or)?d|passphrase|secret|credential|(^|[_.-])token([_.-]|$)|(api|private|access|encryption|signing|jwt|auth|session)[_.-]?key|(^|[_.-])pass$|[_.-](pwd|pat|salt)$/i;
/** The same in names such as `authToken`. */
const CAMEL_SECRET = /[a-z](Token|Pass|Pwd|Salt)$/;
/** Names of variables that point to a secret, for example `PASSWORD_FILE`; a `SECRET_ID` is half of a login to Vault. */
const LOCATION = /(?<!secret)[_.-]id$|[_.-](file|path|dir|name|url)$/i;
/** Words of names whose values had better not be shown. */
const WORD =
  /^(pass|passwd|password|passcode|pwd|pw|pin|key|apikey|auth|authorization|bearer|cookie|jwt|dsn|webhook|secrets?|tokens?|creds?|credentials?|salt|pat|private|hmac|signature|requirepass|masterauth)$/;
/** The last word of a name that says where a secret is, or which one. */
const LAST_OF_PLACES = /^(file|path|dir|name|id|url)$/;
const PUBLIC = /^public[_.-]?key$/i;

/** Whether a name, of an environment variable for example, looks like that of a secret. */
export function looksLikeSecret(name: string): boolean {
  return (SECRET.test(name) && !LOCATION.test(name)) || CAMEL_SECRET.test(name);
}

/**
 * Whether the value of a name had better not be shown. It is wider than {@link looksLikeSecret}: to hide what is none does
 * no harm.
 */
export function mayBeSecret(name: string): boolean {
  if (looksLikeSecret(name)) {
    return true;
  }
  const words = wordsOf(name);
  const last = words[words.length - 1];
  const isPlace = LAST_OF_PLACES.test(last ?? "") && !words.some((word) => /^(dsn|webhook)$/.test(word));
  return !PUBLIC.test(name) && !isPlace && words.some((word) => WORD.test(word));
}

/** The words of `AUTH_HEADER`, `auth-header` or `authHeader`, in small letters. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/\d+$/, ""))
    .filter((word) => word !== "");
}
