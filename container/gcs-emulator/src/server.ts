/** The server as a program of its own, with anonymous access: `server DATA_DIR PORT BUCKET...` */
import { createApi } from "./api";
import { Buckets } from "./bucket";

const [dataDir, port, ...bucketNames] = process.argv.slice(2);

const buckets = new Buckets(dataDir);
bucketNames.forEach((name) => buckets.create(name));
const api = createApi(buckets);
// Does not wait for open connections: all that was acknowledged is on the disk already.
process.once("SIGTERM", () => process.exit(0));
void api.listen({ host: "0.0.0.0", port: Number(port) }).then((address) => process.stdout.write(`${address}\n`));
