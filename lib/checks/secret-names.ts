const SECRET =
  /passw(or)?d|passphrase|secret|credential|(^|[_.-])token([_.-]|$)|(api|private|access|encryption)[_.-]?key/i;
/** Names of variables that point to a secret, for example `PASSWORD_FILE`. */
const LOCATION = /[_.-](file|path|dir|name|id|url)$/i;

/** Whether a name, of an environment variable for example, looks like that of a secret. */
export function looksLikeSecret(name: string): boolean {
  return SECRET.test(name) && !LOCATION.test(name);
}
