/**
 * Leaves out, until what is returned is called, the stack trace that cdktf keeps of the making of every token and block.
 * Together they are most of the memory that a stack with many apps takes, and a fifth of its time; they would lead into
 * this library, never to a mistake in its use. Errors keep theirs: those are not captured in this way.
 */
export function pauseCreationStacks(): () => void {
  const { captureStackTrace } = Error;
  Error.captureStackTrace = () => undefined;
  return () => {
    Error.captureStackTrace = captureStackTrace;
  };
}
