/** How much is done. */
export interface Form {
  readonly name: "short" | "long";
  readonly rounds: number;
  /** Limits of a machine's memory: that of the default machine first. */
  readonly memoriesMb: readonly number[];
  readonly pictures: { readonly count: number; readonly bytes: number };
  /** A gallery that does not fit into the memory of the default machine. */
  readonly largePictures?: { readonly count: number; readonly bytes: number };
  readonly folders: readonly number[];
  readonly videoBytes: number;
  readonly seeks: number;
  readonly smallFiles: number;
  /** Of which the content is wanted, too. */
  readonly smallFilesRead: number;
  readonly uploads: readonly number[];
  readonly renamed: number;
  readonly secondsToWait: number;
  /** Each has a connection of its own. */
  readonly people: number;
  readonly picturesOfEach: number;
  readonly uploadOfEach: number;
  readonly fioBytes: number;
}

const MB = 1e6;
const MIB = 1 << 20;

export const SHORT: Form = {
  name: "short",
  rounds: 3,
  memoriesMb: [2048],
  pictures: { count: 48, bytes: 100_000 },
  folders: [2000],
  videoBytes: 100 * MB,
  seeks: 6,
  smallFiles: 100,
  smallFilesRead: 20,
  uploads: [MB, 20 * MB],
  renamed: 20,
  secondsToWait: 8,
  people: 50,
  picturesOfEach: 10,
  uploadOfEach: 2 * MB,
  fioBytes: 32 * MIB,
};

export const LONG: Form = {
  name: "long",
  rounds: 3,
  memoriesMb: [2048, 8192],
  pictures: { count: 500, bytes: 100_000 },
  largePictures: { count: 450, bytes: 5 * MB },
  folders: [2000, 10_000],
  videoBytes: 500 * MB,
  seeks: 20,
  smallFiles: 500,
  smallFilesRead: 50,
  uploads: [MB, 100 * MB, 1000 * MB],
  renamed: 100,
  secondsToWait: 65,
  people: 50,
  picturesOfEach: 50,
  uploadOfEach: 20 * MB,
  fioBytes: 64 * MIB,
};
