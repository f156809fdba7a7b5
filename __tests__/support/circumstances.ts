interface Circumstances {
  readonly now: Date;
  readonly pid: number;
  readonly random: number;
}

/** What `make` gives on two days, in two processes and with two series of random numbers, as far as Node shows them. */
export function underDifferentCircumstances<T>(make: () => T): [T, T] {
  return [
    under({ now: new Date("2026-01-31T12:00:00Z"), pid: 101, random: 0.1 }, make),
    under({ now: new Date("2031-07-04T12:00:00Z"), pid: 202, random: 0.9 }, make),
  ];
}

function under<T>({ now, pid, random }: Circumstances, make: () => T): T {
  const before = Object.getOwnPropertyDescriptor(process, "pid")!;
  const chance = jest.spyOn(Math, "random").mockReturnValue(random);
  Object.defineProperty(process, "pid", { value: pid, configurable: true });
  jest.useFakeTimers({ now });
  try {
    return make();
  } finally {
    jest.useRealTimers();
    Object.defineProperty(process, "pid", before);
    chance.mockRestore();
  }
}
