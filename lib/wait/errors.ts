/** The question cannot be asked, and waiting does not help: wrong use, no access, no such VM. */
export class CannotAsk extends Error {}

/** The question had no answer this time; it is asked again. */
export class NoAnswer extends Error {}
