const SECRET =
  /passw(or)?d|passphrase|secret|credential|(^|[_.-])token([_.-]|$)|(api|private|access|encryption|signing|jwt|auth|session)[_.-]?key|(^|[_.-])pass$|[_.-](pwd|pat|salt)$/i;
/** The same in names such as `authToken`. */
const CAMEL_SECRET = /[a-z](Token|Pass|Pwd|Salt)$/;
/** Names of variables that point to a secret, for example `PASSWORD_FILE`. */
const LOCATION = /[_.-](file|path|dir|name|id|url)$/i;

/** Whether a name, of an environment variable for example, looks like that of a secret. */
export function looksLikeSecret(name: string): boolean {
  return (SECRET.test(name) && !LOCATION.test(name)) || CAMEL_SECRET.test(name);
}
