import { randomBytes } from "node:crypto";

export interface AccessToken {
  readonly value: string;
  readonly issued: number;
  readonly expires: number;
}

/** The access tokens of the machine's service account, as the metadata server hands them out. */
export class AccessTokens {
  private readonly issuedTokens: AccessToken[] = [];

  /** The real lifetime is an hour; a shorter one makes clients renew it within a test. */
  public constructor(private readonly lifetimeSeconds = 3599) {}

  /** All that were ever handed out, the newest last. */
  public get issued(): readonly AccessToken[] {
    return this.issuedTokens;
  }

  /** The one in force: the same until shortly before it expires. */
  public current(): AccessToken {
    const last = this.issuedTokens[this.issuedTokens.length - 1];
    const renewBefore = Math.min(300_000, this.lifetimeSeconds * 500);
    return last && last.expires - Date.now() > renewBefore ? last : this.rotate();
  }

  /** From now on another one; those before stay valid until they expire. */
  public rotate(): AccessToken {
    const token = {
      value: `ya29.${randomBytes(48).toString("base64url")}`,
      issued: Date.now(),
      expires: Date.now() + this.lifetimeSeconds * 1000,
    };
    this.issuedTokens.push(token);
    return token;
  }

  public isValid(value: string): boolean {
    return this.issuedTokens.some((token) => token.value === value && token.expires > Date.now());
  }
}
