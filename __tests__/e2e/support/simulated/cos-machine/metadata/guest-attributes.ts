export interface GuestAttributeChange {
  readonly time: number;
  readonly namespace: string;
  readonly key: string;
  /** undefined: deleted. */
  readonly value: string | undefined;
}

/** The guest attributes of the machine, with all of their changes. */
export class GuestAttributes {
  private readonly changes: GuestAttributeChange[] = [];
  private readonly values = new Map<string, string>();

  public get history(): readonly GuestAttributeChange[] {
    return this.changes;
  }

  /** The values as they are now, by "NAMESPACE/KEY". */
  public get current(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.values);
  }

  public get(path: string): string | undefined {
    return this.values.get(path);
  }

  public set(path: string, value: string | undefined): void {
    const [namespace, key] = path.split("/");
    this.changes.push({ time: Date.now(), namespace, key, value });
    if (value === undefined) this.values.delete(path);
    else this.values.set(path, value);
  }
}
