/** The simulated Cloud Storage as a process of its own, which can be killed: DATA_DIR HOST PORT BUCKET... */
import { startGcs } from "./cloud-storage";

const [dataDir, listenHost, port, ...bucketNames] = process.argv.slice(2);

void startGcs({ bucketNames, anonymous: true, dataDir, listenHost, port: Number(port) });
