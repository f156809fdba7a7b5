import { ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { buf as crc32c } from "crc-32/crc32c";
import { folderWith, textOf, write } from "./folder";
import { PYTHON } from "./rendered";
import { FakeVm } from "./vm";

/** What is answered, by the path in the URL; other paths are not found. What is asked is noted, a line each. */
const SERVER = `
import json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
folder = sys.argv[1]
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        with open(f"{folder}/asked", "a") as asked:
            print(self.path, self.headers["Metadata-Flavor"], self.headers["Authorization"], file=asked)
        with open(f"{folder}/answers.json") as file:
            status, body = json.load(file).get(self.path, [404, "nothing is here"])
        self.send_response(status)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())
    def log_message(self, *words):
        pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(f"{folder}/port.new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename(f"{folder}/port.new", f"{folder}/port")
server.serve_forever()
`;

export const TOKEN = "ya29.token-of-the-vm";

/** The answer of Secret Manager with a value, as it is laid out. */
export function accessed(name: string, value: string | Buffer, checksum?: string): [number, string] {
  const data = Buffer.from(value);
  const dataCrc32c = checksum ?? String(crc32c(data) >>> 0);
  return [200, JSON.stringify({ name, payload: { data: data.toString("base64"), dataCrc32c } }, null, 2)];
}

/** The answer of a Google API that refuses. */
export function refused(code: number, status: string, message: string): [number, string] {
  return [code, JSON.stringify({ error: { code, message, status } }, null, 2)];
}

/** Secret Manager and the metadata server's tokens, over HTTP on this machine; the scripts ask them with the real curl. */
export class SecretManager {
  private readonly folder = folderWith({ "server.py": SERVER, "answers.json": "{}", asked: "" });
  private readonly server: ChildProcess;
  private readonly answers: { [path: string]: [number, string] } = {};

  constructor() {
    this.server = spawn(PYTHON, ["-I", join(this.folder, "server.py"), this.folder], { stdio: "ignore" });
    const until = Date.now() + 30_000;
    while (!existsSync(join(this.folder, "port")) && Date.now() < until) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
    this.setToken(200, `{"access_token":"${TOKEN}","expires_in":3599,"token_type":"Bearer"}`);
  }

  /** What Secret Manager answers for a version. */
  set(version: string, answer: [number, string]): void {
    this.answer(`/v1/${version}:access`, answer);
  }

  setToken(status: number, body: string): void {
    this.answer("/computeMetadata/v1/instance/service-accounts/default/token", [status, body]);
  }

  /** Paths with the two headers that matter. */
  get asked(): string[] {
    return textOf(join(this.folder, "asked")).split("\n").slice(0, -1);
  }

  /** Has a machine ask here. */
  serve(vm: FakeVm): void {
    const address = `http://127.0.0.1:${textOf(join(this.folder, "port"))}`;
    vm.change("common.sh", "http://169.254.169.254", address);
    vm.change("secrets.sh", "https://secretmanager.googleapis.com", address);
  }

  stop(): void {
    this.server.kill("SIGKILL");
  }

  private answer(path: string, answer: [number, string]): void {
    this.answers[path] = answer;
    write(this.folder, "answers.json", JSON.stringify(this.answers));
  }
}
