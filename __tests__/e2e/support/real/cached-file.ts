import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { cachePath } from "./cache";
import { withLock } from "./file-lock";

/** A cached file. If it is missing, `create` must put it there in one step (write elsewhere, rename). */
export async function cachedFile(parts: string[], create: (path: string) => Promise<void>): Promise<string> {
  const path = cachePath(...parts);
  if (existsSync(path)) return path;
  await withLock(parts.join("-").replace(/[^\w.-]/g, "-"), async () => {
    if (existsSync(path)) return;
    mkdirSync(dirname(path), { recursive: true });
    await create(path);
  });
  return path;
}
