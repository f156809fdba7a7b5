import { Pool } from "undici";
import { buildImage } from "../../e2e/support/real/docker-build";
import type { DockerEngine } from "../../e2e/support/real/docker-engine";
import { ownerLabelArgs } from "../../e2e/support/real/docker-leftovers";
import { gcsfuseBinary } from "../../e2e/support/real/go-tools";
import { join } from "node:path";
import type { TestNetwork } from "../../e2e/support/simulated/test-network";
import { CONNECTIONS } from "./browser";

/** What a machine has used. */
export interface Usage {
  /** Of the process that mounts, at its highest. */
  readonly sidecarPeakBytes: number;
  readonly cacheBytes: number;
  /** In the folders for temporary files. */
  readonly stagedBytes: number;
}

/** A container with nginx, an app, and what mounts the bucket: the memory of all, page cache included, has a limit. */
export class Machine {
  private constructor(
    private readonly engine: DockerEngine,
    private readonly container: string,
    private readonly address: string,
    /** What nginx serves, with as many connections as a browser has. */
    readonly http: Pool,
  ) {}

  static async start(engine: DockerEngine, network: TestNetwork, memoryMb: number): Promise<Machine> {
    const image = await buildImage(join(__dirname, "machine"), "gcs-backed-container-app-bench");
    const address = network.nextAddress();
    const { stdout: container } = await engine.docker([
      ...["run", "--detach", "--init", "--network", network.name, "--ip", address, ...ownerLabelArgs()],
      ...[`--memory=${memoryMb}m`, `--memory-swap=${memoryMb}m`, "--shm-size=1g"],
      ...["--cap-add=SYS_ADMIN", "--device=/dev/fuse", "--security-opt=apparmor=unconfined"],
      ...["--volume", `${await gcsfuseBinary()}:/usr/local/bin/gcsfuse:ro`],
      // Otherwise gcsfuse looks for the metadata server of the machine that this runs on.
      ...["--env", "GCE_METADATA_HOST=127.0.0.1:1", image],
    ]);
    const http = new Pool(`http://${address}`, { connections: CONNECTIONS, headersTimeout: 0, bodyTimeout: 0 });
    const machine = new Machine(engine, container, address, http);
    await machine.untilItAnswers();
    return machine;
  }

  /** Lets the app do something; fails with what it says. */
  async does<T>(action: string, given: object = {}): Promise<T> {
    const { statusCode, body } = await this.http.request({
      method: "POST",
      path: `/do/${action}`,
      body: JSON.stringify(given),
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${action} is answered with ${statusCode}: ${text}`);
    return JSON.parse(text) as T;
  }

  /** All at once, each with a connection of its own. */
  async withPeople(people: number, work: (http: Pool, person: number) => Promise<void>): Promise<void> {
    const each = async (_: unknown, person: number) => {
      const http = new Pool(`http://${this.address}`, { connections: 1, headersTimeout: 0, bodyTimeout: 0 });
      try {
        await work(http, person);
      } finally {
        await http.destroy();
      }
    };
    await Promise.all(Array.from({ length: people }, each));
  }

  /** Does nothing if it has been stopped. */
  async stop(): Promise<void> {
    if (this.http.destroyed) return;
    await this.http.destroy();
    await this.engine.docker(["rm", "--force", "--volumes", this.container]);
  }

  private async untilItAnswers(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        await this.does("cpu_seconds");
        return;
      } catch (error) {
        if (tries > 300) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }
}
