import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { CONTAINER_LABEL } from "../boot/paths";
import { Environment } from "./access-token";
import { CannotAsk, NoAnswer } from "./errors";
import { Judgement } from "./judge";
import { Attempt } from "./wait-until-live";

interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** Beyond the time that `wait-until-live` is given, in which it prints the app's log. */
const GRACE_SECONDS = 5;

/** What `wait-until-live` says if it gives up, before the app's log. It has no other way to say what it gave up for. */
const NOT_LIVE = /^The app is not live: (after \d+ seconds: )?(.*)\.$/;

/** A local app, asked through the docker client: the VM's stand-in waits, as it does at a deployment. */
export class LocalApp {
  private readonly host: string;
  private readonly machine: string;

  constructor(
    private readonly name: string,
    private readonly environment: Environment,
  ) {
    this.host = environment.DOCKER_HOST || "unix:///var/run/docker.sock";
    this.machine = `${name}-machine`;
  }

  /**
   * @throws NoAnswer if the container does not run, or ends meanwhile, or if docker does not answer in time
   * @throws CannotAsk if there is no docker, or no such app
   */
  public async look({ secondsLeft, say }: Attempt): Promise<Judgement> {
    const end = Date.now() + secondsLeft * 1000;
    await this.checkMachine(secondsLeft);
    const seconds = Math.max(Math.ceil((end - Date.now()) / 1000), 1);
    const { code, lines, stderr } = await this.docker(
      ["exec", this.machine, "wait-until-live", String(seconds)],
      seconds + GRACE_SECONDS,
      say,
    );
    if (code === 0) {
      return { kind: "live" };
    }
    const last = lines.findIndex((line) => NOT_LIVE.test(line));
    if (last === -1) {
      throw new NoAnswer(`the container ${this.machine} does not answer: ${stderr.trim() || `exit code ${code}`}`);
    }
    const [, late, reason] = NOT_LIVE.exec(lines[last])!;
    const log = lines.slice(last + 1);
    return late ? { kind: "waiting", for: `the app is starting: ${reason}`, log } : { kind: "failed", reason, log };
  }

  private async checkMachine(limitSeconds: number): Promise<void> {
    const format = `{{.State.Running}} {{index .Config.Labels "${CONTAINER_LABEL}"}}`;
    const { code, lines, stderr } = await this.docker(
      ["inspect", "--type=container", `--format=${format}`, this.machine],
      limitSeconds,
    );
    if (code !== 0 && !/no such (container|object)/i.test(stderr)) {
      throw new CannotAsk(
        `docker does not answer at ${this.host}: start it, or set DOCKER_HOST to where it is (${stderr.trim()})`,
      );
    }
    const [, running, label] = /^(\S+) (.*)$/.exec(lines[0] ?? "") ?? [];
    if (label !== this.name) {
      throw new CannotAsk(
        `there is no local app "${this.name}": deploy it first ("npx cdktf deploy local"), or give another name`,
      );
    }
    if (running !== "true") {
      throw new NoAnswer(`the container ${this.machine} does not run`);
    }
  }

  private async docker(args: readonly string[], limitSeconds: number, say?: (what: string) => void): Promise<Ended> {
    const client = spawn("docker", ["--host", this.host, ...args], {
      env: { ...this.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const lines: string[] = [];
    let stderr = "";
    client.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    createInterface({ input: client.stdout }).on("line", (line) => {
      lines.push(line);
      const state = /^(starting) (.*)$/.exec(line);
      if (state !== null) {
        say?.(`the app is ${state[1]}: ${state[2]}`);
      }
    });
    return new Promise<Ended>((resolve, reject) => {
      // The client may have started others, which keep its output open.
      const timer = setTimeout(() => {
        client.kill("SIGKILL");
        client.stdout.destroy();
        client.stderr.destroy();
        reject(new NoAnswer(`docker does not answer at ${this.host}`));
      }, limitSeconds * 1000);
      client.on("error", ({ message }) => {
        clearTimeout(timer);
        reject(new CannotAsk(`docker cannot be run: install Docker Engine, or have docker on PATH (${message})`));
      });
      client.on("close", (code) => {
        clearTimeout(timer);
        resolve({ code, lines, stderr });
      });
    });
  }
}
