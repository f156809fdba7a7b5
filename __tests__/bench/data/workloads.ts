import { setTimeout as sleep } from "node:timers/promises";
import { randomBytes } from "node:crypto";
import type { Pool } from "undici";
import { fetchFile, status, upload, view } from "./browser";
import type { Form } from "./form";
import type { Lane } from "./lane";
import { median } from "./median";
import type { Result } from "./measurement";
import type { Seed } from "./storage";

/** What a person causes, in one lane. */
export type Workload = (lane: Lane, form: Form) => Promise<void>;

const SEEK_BYTES = 256 * 1024;
const DOCUMENT_BYTES = 1_000_000;
const LATE = "late";
/** Each size is asked for on its own. */
const MOST_SIZES = 10_000;
const FIO_THREADS = 4;
const FIO_BLOCK = 256 * 1024;

/** What is there before anything is done: for all lanes, and for each. */
export function seeds(form: Form, memoryMb: number, lanes: readonly Lane[]): Seed[] {
  const large = memoryMb === form.memoriesMb[0] ? form.largePictures : undefined;
  return [
    { folder: "gallery", count: form.pictures.count, size: form.pictures.bytes },
    ...(large ? [{ folder: "large", count: large.count, size: large.bytes }] : []),
    ...form.folders.map((count) => ({ folder: `list-${count}`, count, size: 10 })),
    { folder: "video", count: 2, size: form.videoBytes },
    { folder: "small", count: form.smallFiles, size: 4000 },
    { folder: "small-to-read", count: form.smallFilesRead, size: 4000 },
    { folder: "fio", count: FIO_THREADS, size: form.fioBytes },
    { folder: LATE, count: 0, size: 0 },
    ...lanes.flatMap(({ own }) => [
      { folder: `${own}/renamed-0`, count: form.renamed, size: 4000 },
      { folder: `${own}/documents`, count: 1, size: DOCUMENT_BYTES },
    ]),
  ];
}

const named = (folder: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${folder}/${String(index).padStart(5, "0")}`);

/** For the first time, again as long as the kernel has the pages, and again when it has lost them. */
async function threeTimes(lane: Lane, row: string, folder: string, work: () => Promise<Result>): Promise<void> {
  await lane.measure(`${row}, first`, work, true);
  await lane.measure(`${row}, again`, work, true);
  await lane.machine.does("forget", { folders: [folder] });
  await lane.measure(`${row}, again, page cache lost`, work, true);
}

const gallery: Workload = async (lane, { pictures: { count } }) => {
  await threeTimes(lane, `gallery of ${count}`, "gallery", () => view(lane.http, named("gallery", count)));
};

const largeGallery: Workload = async (lane, { largePictures, memoriesMb }) => {
  if (!largePictures || lane.memoryMb !== memoriesMb[0]) return;
  const names = named("large", largePictures.count);
  await lane.measure("gallery larger than memory, first", () => view(lane.http, names), true);
  await lane.measure("gallery larger than memory, again", () => view(lane.http, names), true);
};

const lists: Workload = async (lane, { folders }) => {
  for (const count of folders) {
    const folder = { folder: `list-${count}` };
    const list = async () => {
      const found = await lane.machine.does<number>("names", folder);
      if (found !== count) throw new Error(`${lane.column.name} lists ${found} of ${count}`);
    };
    await lane.measure(`list of ${count}, first`, list);
    await lane.measure(`list of ${count}, again`, list);
    if (count <= MOST_SIZES)
      await lane.measure(`list of ${count} with sizes`, () => lane.app("names_and_sizes", folder));
  }
};

/** One after another, over all of it, as a person who looks for a scene. The time is that of one. */
const seeks: Workload = async (lane, { seeks: count, videoBytes }) => {
  const seek = async () => {
    const times: number[] = [];
    const firstBytes: number[] = [];
    for (let index = 1; index <= count; index++) {
      const start = Math.floor(((index * 0.618) % 1) * (videoBytes - SEEK_BYTES));
      const begin = performance.now();
      const { firstByteMs } = await fetchFile(lane.http, "video/00000", { start, bytes: SEEK_BYTES });
      times.push((performance.now() - begin) / 1000);
      firstBytes.push(firstByteMs);
    }
    return { seconds: median(times), firstByteMs: median(firstBytes), bytes: count * SEEK_BYTES };
  };
  await threeTimes(lane, `seek in a video, one of ${count}`, "video", seek);
};

const wholeVideo: Workload = async (lane) => {
  await lane.measure("video in one go", () => fetchFile(lane.http, "video/00001"), true);
};

const smallFiles: Workload = async (lane, { smallFiles: count, smallFilesRead }) => {
  const open = () => lane.app("stat_and_open", { folder: "small", count });
  await lane.measure(`stat and open ${count} small files, first`, open);
  await lane.measure(`stat and open ${count} small files, again`, open);
  const read = () => lane.app("read", { folder: "small-to-read", count: smallFilesRead });
  await lane.measure(`read ${smallFilesRead} small files, first`, read);
  await lane.measure(`read ${smallFilesRead} small files, again`, read);
};

const uploads: Workload = async (lane, { uploads: sizes }) => {
  for (const size of sizes) {
    const name = `${lane.own}/upload-${size}-${lane.round}`;
    const content = randomBytes(size);
    await lane.measure(`upload of ${size / 1e6} MB`, () => saved(lane, name, () => upload(lane.http, name, content)));
    // Or what all columns upload in all rounds fills this machine's disk.
    await lane.app("remove", { names: [name] });
  }
};

/** The kernel may have what this has read from before; what is sent is all the same. */
const crowd: Workload = async (lane, { people, picturesOfEach, uploadOfEach, pictures }) => {
  const everybody = (work: (http: Pool, person: number) => Promise<unknown>) =>
    lane.machine.withPeople(people, async (http, person) => {
      await work(http, person);
    });
  const names = named("gallery", pictures.count);
  const chosen = (person: number) =>
    Array.from({ length: picturesOfEach }, (_, index) => names[(person * picturesOfEach + index) % names.length]);
  await lane.measure(
    `${people} people view ${picturesOfEach} known pictures each`,
    async () => everybody((http, person) => view(http, chosen(person))),
    true,
  );
  const content = randomBytes(uploadOfEach);
  const nameOf = (person: number) => `${lane.own}/person-${person}`;
  await lane.measure(
    `${people} people upload ${uploadOfEach / 1e6} MB each`,
    async () => everybody((http, person) => upload(http, nameOf(person), content)),
    true,
  );
  await lane.app("remove", { names: Array.from({ length: people }, (_, person) => nameOf(person)) });
};

/** As mountpoint-s3 measures: files whose pages the kernel does not have. A cache may have them from the rows before. */
const fio: Workload = async (lane, { fioBytes }) => {
  const run = async (row: string, given: { threads: number; pattern: "read" | "randread"; bytes: number }) => {
    await lane.machine.does("forget", { folders: ["fio"] });
    await lane.measure(`fio, ${row}`, async () => {
      await lane.app("fio", { ...given, block: FIO_BLOCK });
      return { bytes: given.bytes * given.threads };
    });
  };
  const some = Math.min(fioBytes, 100 * FIO_BLOCK);
  await run("random, 1 thread", { threads: 1, pattern: "randread", bytes: some });
  await run(`random, ${FIO_THREADS} threads`, { threads: FIO_THREADS, pattern: "randread", bytes: some });
  await run("sequential, 1 thread", { threads: 1, pattern: "read", bytes: fioBytes });
  await run(`sequential, ${FIO_THREADS} threads`, { threads: FIO_THREADS, pattern: "read", bytes: fioBytes });
};

const rewrite: Workload = async (lane) => {
  const name = `${lane.own}/documents/00000`;
  await lane.measure(`rewrite of ${DOCUMENT_BYTES / 1e6} MB`, () =>
    saved(lane, name, () => lane.app("rewrite", { name })),
  );
};

/** Until the app has been told that it is saved, and until it is. */
async function saved(lane: Lane, name: string, save: () => Promise<unknown>): Promise<Result> {
  const before = await lane.storage.generation(name);
  const begin = performance.now();
  await save();
  const seconds = (performance.now() - begin) / 1000;
  if (!lane.column.mount) return { seconds };
  while ((await lane.storage.generation(name)) === before) {
    if (performance.now() - begin > 60_000) throw new Error(`${name} is not in the bucket`);
    await sleep(10);
  }
  return { seconds, inBucketSeconds: (performance.now() - begin) / 1000 };
}

const renamedFolder: Workload = async (lane, { renamed }) => {
  const at = (count: number) => `${lane.own}/renamed-${count}`;
  await lane.measure(`rename of a folder of ${renamed}`, async () => {
    const given = { old: at(lane.renamed), new: at(lane.renamed + 1) };
    const refused = (await lane.machine.does<string | null>("rename", given)) ?? undefined;
    if (!refused) lane.renamed += 1;
    return { refused };
  });
};

/** In turns: a busy moment of this machine meets all lanes. */
export const WORKLOADS: readonly Workload[] = [
  gallery,
  seeks,
  wholeVideo,
  lists,
  smallFiles,
  rewrite,
  renamedFolder,
  uploads,
  fio,
  crowd,
  largeGallery,
];

const POLLS = 10;
const POLL_MS = 200;
let lateFiles = 0;

/** A page asks for a file that another machine has not made yet. In all lanes at once: it is mostly waiting. */
export const lateFile: Workload = async (lane, { secondsToWait }) => {
  if (!lane.column.mount) return;
  const first = lateFiles++;
  const [name] = named(LATE, first + 1).slice(-1);
  await lane.measure(`${POLLS} looks for a file that is not there`, async () => {
    for (let poll = 0; poll < POLLS; poll++) {
      if ((await status(lane.http, name)) !== 404) throw new Error(`${lane.column.name} shows ${name} too early`);
      await sleep(POLL_MS);
    }
  });
  await lane.storage.seed({ folder: LATE, first, count: 1, size: 10 });
  await lane.measure("a file of another writer is seen", async () => {
    const begin = performance.now();
    while ((await status(lane.http, name)) === 404) {
      if (performance.now() - begin > secondsToWait * 1000) return { refused: `not within ${secondsToWait} s` };
      await sleep(POLL_MS);
    }
    return {};
  });
};
