/** A process of the machine, as the kernel sees its rights on files. */
export interface Process {
  /** Of the container that it is in, such as `pid:[4026531836]`. */
  readonly namespace: string;
  readonly pid: number;
  readonly name: string;
  readonly uid: number;
  readonly groups: readonly number[];
  /** CAP_DAC_OVERRIDE: it may write whatever the modes say, as root may in Docker's containers. */
  readonly ignoresModes: boolean;
}

/** Who may write to a mount: gcsfuse has one owner and one mode for all folders. */
export interface MountRights {
  readonly uid: number;
  readonly gid: number;
  /** Octal, for example `755`. */
  readonly mode: string;
  /** Whether the kernel compares users and modes at all (the mount's `default_permissions`). */
  readonly areChecked: boolean;
}

/** A user of the app that may not write to a mount, and the names of its programs. */
export interface RefusedUser {
  readonly uid: number;
  readonly programs: readonly string[];
}

const CAP_DAC_OVERRIDE = 1n << 1n;

/**
 * Reads for each process a line with its PID namespace and /proc/PID/status.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */
export function parseProcesses(text: string): Process[] {
  return text
    .split(/^(?=process )/m)
    .map((part) => ({
      namespace: /^process (\S+)$/m.exec(part)?.[1],
      field: (name: string) => new RegExp(`^${name}:\t(.*)$`, "m").exec(part)?.[1],
    }))
    .flatMap(({ namespace, field }) => {
      const [pid, uids, gids, capabilities] = ["Pid", "Uid", "Gid", "CapEff"].map(field);
      // A process that has ended meanwhile has none of them.
      if (namespace === undefined || !pid || !uids || !gids || !capabilities) {
        return [];
      }
      // The fourth is the one that counts for files.
      const [uid, gid] = [uids, gids].map((ids) => Number(ids.split("\t")[3]));
      const others = (field("Groups") ?? "").split(" ").filter(Boolean).map(Number);
      const ignoresModes = (BigInt(`0x${capabilities}`) & CAP_DAC_OVERRIDE) !== 0n;
      return [{ namespace, pid: Number(pid), name: field("Name") ?? "?", uid, groups: [gid, ...others], ignoresModes }];
    });
}

/** The users of the container whose first process is given that may not write to a mount, each once. */
export function refusedUsers(processes: readonly Process[], firstPid: number, rights: MountRights): RefusedUser[] {
  const namespace = processes.find(({ pid }) => pid === firstPid)?.namespace;
  const programs = new Map<number, Set<string>>();
  for (const process of processes) {
    if (process.namespace === namespace && !mayWrite(process, rights)) {
      programs.set(process.uid, (programs.get(process.uid) ?? new Set()).add(process.name));
    }
  }
  return [...programs].map(([uid, names]) => ({ uid, programs: [...names].sort() })).sort((a, b) => a.uid - b.uid);
}

function mayWrite({ uid, groups, ignoresModes }: Process, rights: MountRights): boolean {
  const mode = parseInt(rights.mode, 8);
  const bit = uid === rights.uid ? 0o200 : groups.includes(rights.gid) ? 0o020 : 0o002;
  return !rights.areChecked || ignoresModes || (mode & bit) !== 0;
}
