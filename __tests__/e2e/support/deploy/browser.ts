/** What a person does on the demo's page. */
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 60_000;
const POLL_MS = 100;

/** Uploads a file through the page's form; throws unless the page says that it is saved. Returns the name it is saved as. */
export async function upload(url: string, name: string, content: string): Promise<string> {
  const form = new FormData();
  form.append("file", new Blob([content]), name);
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const response = await fetch(url, { method: "POST", body: form, redirect: "manual", signal });
  const saved = new URL(response.headers.get("location") ?? "/", url).searchParams.get("saved");
  if (response.status !== 303 || saved === null)
    throw new Error(`not saved: ${response.status} ${await response.text()}`);
  return saved;
}

/** The page's text; undefined while it does not answer with 200. */
export async function read(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    const text = await response.text();
    return response.status === 200 ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Polls until the page is as it should be; returns the seconds in which it did not answer at all. */
export async function secondsWithoutServiceUntil(
  url: string,
  what: string,
  isIt: (page: string) => boolean,
  seconds = 240,
): Promise<number> {
  const end = Date.now() + seconds * 1000;
  let silent = 0;
  for (let last = Date.now(); ;) {
    const page = await read(url);
    const now = Date.now();
    if (page === undefined) silent += now - last;
    last = now;
    if (page !== undefined && isIt(page)) return silent / 1000;
    if (now > end) throw new Error(`after ${seconds} seconds still not: ${what}`);
    await sleep(POLL_MS);
  }
}
