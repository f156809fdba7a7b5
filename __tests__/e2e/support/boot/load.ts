/** What many clients see at once, and how long each waits. */
export class Load {
  public requests = 0;
  /** What was not answered as it should be. */
  public readonly failures: string[] = [];
  /** Seconds. */
  public longest = 0;
  private readonly clients: Promise<void>[];
  private over = false;

  /** @param ask returns nothing, or what is wrong with the answer */
  public constructor(count: number, ask: (client: number, number: number) => Promise<string | undefined>) {
    this.clients = Array.from({ length: count }, (_, client) => this.run((number) => ask(client, number)));
  }

  /** Once each has its last answer. */
  public async stop(): Promise<void> {
    this.over = true;
    await Promise.all(this.clients);
  }

  private async run(ask: (number: number) => Promise<string | undefined>): Promise<void> {
    for (let number = 0; !this.over; number++) {
      const began = Date.now();
      const wrong = await ask(number).catch((error: Error) => `${error.message} ${String(error.cause ?? "")}`);
      this.requests += 1;
      this.longest = Math.max(this.longest, (Date.now() - began) / 1000);
      if (wrong !== undefined) this.failures.push(wrong);
    }
  }
}
