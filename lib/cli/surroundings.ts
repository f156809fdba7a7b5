/** What a command reads from and writes to. */
export interface Surroundings {
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  readonly readInput: () => Promise<string>;
  readonly environment: { readonly [name: string]: string | undefined };
  /** Whether what is printed may have colours. */
  readonly color: boolean;
  /** Of the terminal, in characters. */
  readonly width: number;
}
