/** Lists a bucket of the server in this container: `list-objects BUCKET [--json]`. With --json also the first bytes. */
const [bucket, format] = process.argv.slice(2);
const server = "http://127.0.0.1:4443";

interface Listed {
  readonly name: string;
  readonly size: string;
  readonly updated: string;
}

async function* objects(): AsyncGenerator<Listed> {
  let pageToken: string | undefined = "";
  while (pageToken !== undefined) {
    const response = await fetch(`${server}/storage/v1/b/${bucket}/o?pageToken=${pageToken}`);
    if (!response.ok) throw new Error(await response.text());
    const page = (await response.json()) as { items?: Listed[]; nextPageToken?: string };
    yield* page.items ?? [];
    pageToken = page.nextPageToken;
  }
}

async function head(name: string): Promise<string> {
  const path = name.split("/").map(encodeURIComponent).join("/");
  const response = await fetch(`${server}/${bucket}/${path}`, { headers: { range: "bytes=0-63" } });
  return Buffer.from(await response.arrayBuffer()).toString("base64");
}

async function list(): Promise<void> {
  for await (const { name, size, updated } of objects()) {
    const line =
      format === "--json"
        ? JSON.stringify({ name, size: Number(size), head: size === "0" ? "" : await head(name) })
        : `${size.padStart(12)}  ${updated}  ${name}`;
    process.stdout.write(`${line}\n`);
  }
}

list().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
