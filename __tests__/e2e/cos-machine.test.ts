import execa from "execa";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CosMachine, startCosMachine } from "./support/simulated/cos-machine/cos-machine";
import { eventually } from "./support/eventually";
import { buildImage } from "./support/real/docker-build";
import { PersistentDisk } from "./support/simulated/cos-machine/persistent-disk";
import { AccessTokens } from "./support/simulated/cos-machine/metadata/access-tokens";
import { Registry, startRegistry } from "./support/simulated/image-registry";
import { createTestNetwork, TestNetwork } from "./support/simulated/test-network";

const registryHost = "us-east1-docker.pkg.dev";
const image = `${registryHost}/test-project/e2e/web:1`;
const metadataUrl = "http://169.254.169.254/computeMetadata/v1";

const userData = `#cloud-config
write_files:
- path: /etc/systemd/system/web.service
  content: |
    [Unit]
    Wants=gcr-online.target docker.service
    After=gcr-online.target docker.service
    [Service]
    Environment=HOME=/home/web
    ExecStartPre=/bin/mkdir -p /home/web
    ExecStartPre=/usr/bin/docker-credential-gcr configure-docker --registries ${registryHost}
    ExecStartPre=-/usr/bin/docker rm --force web
    ExecStart=/usr/bin/docker run --name web --publish 80:8080 ${image}
    ExecStop=/usr/bin/docker stop --time 1 web
    Restart=always
    RestartSec=1
runcmd:
- systemctl daemon-reload
- systemctl start --no-block web
`;

let network: TestNetwork;
let registry: Registry;
let machine: CosMachine;
const tokens = new AccessTokens();

async function page(): Promise<string> {
  return (await fetch(machine.httpAddress, { signal: AbortSignal.timeout(2000) })).text();
}

function inContainer(script: string): Promise<string> {
  return machine.shell(`docker exec -i web sh 2>&1`, { input: script, reject: false });
}

beforeAll(async () => {
  network = await createTestNetwork();
  registry = await startRegistry({
    network,
    hosts: [registryHost],
    acceptsToken: (token) => tokens.isValid(token),
  });
  await registry.push(await webImage(), image);
  machine = await startCosMachine({
    network,
    registry,
    tokens,
    metadata: { "user-data": userData, "enable-guest-attributes": "TRUE" },
  });
});

afterAll(async () => {
  await machine?.destroy();
  await registry?.close();
  await network?.close();
});

/** A web server that says hello, and a client. */
async function webImage(): Promise<string> {
  const context = mkdtempSync(join(tmpdir(), "web-image-"));
  try {
    writeFileSync(
      join(context, "Dockerfile"),
      `FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends busybox curl && rm -rf /var/lib/apt/lists/*
RUN mkdir /web && echo hello > /web/index.html
CMD ["busybox", "httpd", "-f", "-p", "8080", "-h", "/web"]
`,
    );
    return await buildImage(context, "gcs-backed-container-app-e2e/web:1");
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

test("boots user-data, pulls with the machine's token and serves, in seconds", async () => {
  expect(await eventually(page)).toBe("hello\n");
  expect(Date.now() - machine.boots[0].started).toBeLessThan(60_000);
  await machine.cloudInitDone();
  expect(await machine.shell("cloud-init status --long")).toContain("DataSourceGCE");
  expect(await machine.shell("systemctl is-system-running --wait", { reject: false })).toBe("running");
  expect(registry.requests.find(({ url, status }) => url.includes("/manifests/1") && status === 200)).toBeDefined();
  expect(tokens.issued.length).toBeGreaterThan(0);
  expect(machine.metadataRequests.map(({ userAgent }) => userAgent).join()).toContain("Cloud-Init");
});

test("the cgroups of its units are no other machine's", async () => {
  // On a host with a v2 hierarchy beside v1, every machine that sees its root sees all others, and its own.
  const tree = "/sys/fs/cgroup/unified";
  expect(await machine.shell(`[[ ! -d ${tree} ]] || ls ${tree}`)).not.toContain("e2e-machine-");
  expect(await machine.shell("journalctl --no-pager --output cat")).not.toMatch(/Failed to (kill|attach).*cgroup/);
});

test("the registry refuses who has no token, or a wrong one", async () => {
  const status = (...options: string[]) =>
    machine.shell(
      `curl -s -o /dev/null -w '%{http_code}' ${options.join(" ")} https://${registryHost}/v2/test-project/e2e/web/manifests/1`,
    );
  expect(await status()).toBe("401");
  expect(await status("-u", "oauth2accesstoken:wrong")).toBe("401");
  expect(await status("-u", `oauth2accesstoken:${tokens.current().value}`)).toBe("200");
  registry.setFault("denied");
  expect(await status("-u", `oauth2accesstoken:${tokens.current().value}`)).toBe("403");
  registry.setFault("unreachable");
  await expect(status()).rejects.toThrow();
  registry.setFault(undefined);
});

test("only what Docker publishes comes in", async () => {
  await machine.shell("systemd-run --unit own-port python3 -m http.server 8000");
  await eventually(() => machine.shell("curl -sf http://127.0.0.1:8000/"));
  await expect(fetch(`${machine.httpAddress}:8000`, { signal: AbortSignal.timeout(1000) })).rejects.toThrow();
  expect(await page()).toBe("hello\n");
});

test("file systems are read-only, noexec and in memory where COS has them so", async () => {
  const runs = (folder: string) =>
    machine
      .shell(`cp /bin/true ${folder}/program && ${folder}/program && echo runs`, { reject: false })
      .then((output) => output === "runs");
  for (const folder of ["/var", "/home", "/tmp", "/var/log"])
    expect([folder, await runs(folder)]).toEqual([folder, false]);
  for (const folder of ["/var/lib/docker", "/var/lib/google", "/mnt/disks", "/var/lib/cloud", "/etc"]) {
    expect([folder, await runs(folder)]).toEqual([folder, true]);
  }
  for (const folder of ["/", "/usr", "/mnt", "/root", "/opt"]) {
    await expect(machine.shell(`touch ${folder}/file`)).rejects.toThrow("Read-only file system");
  }
});

test("containers have DNS and the metadata server, until the machine's firewall takes the latter away", async () => {
  const url = `${metadataUrl}/instance/service-accounts/default/token`;
  const token = `curl -s -m 2 -H 'Metadata-Flavor: Google' ${url}`;
  const dns = "getent hosts metadata.google.internal";
  expect(await inContainer(token)).toContain(tokens.current().value);
  expect(await inContainer(dns)).toContain("169.254.169.254");
  await machine.shell("iptables -I DOCKER-USER -i docker0 -d 169.254.169.254 -p tcp --dport 80 -j REJECT");
  expect(await inContainer(token)).not.toContain("access_token");
  expect(await inContainer(dns)).toContain("169.254.169.254");
  await machine.shell("iptables -D DOCKER-USER 1");
  expect(await inContainer(token)).toContain("access_token");
});

test("the metadata server's address never leaves the machine", async () => {
  await machine.shell("ip link set metadata0 down");
  await expect(machine.shell("curl -s -m 2 http://169.254.169.254/")).rejects.toThrow();
  expect(await machine.shell("ip route get 169.254.169.254 2>&1", { reject: false })).not.toContain("eth0");
  await machine.shell("ip link set metadata0 up && ip route add 169.254.169.254 dev metadata0");
  await machine.shell("curl -sf http://169.254.169.254/");
});

test("guest attributes and changed metadata cross the border", async () => {
  const curl = `curl -sf -H 'Metadata-Flavor: Google'`;
  await machine.shell(`${curl} -X PUT --data ready ${metadataUrl}/instance/guest-attributes/test/state`);
  expect(machine.guestAttributes.current).toEqual({ "test/state": "ready" });
  const colour = `${metadataUrl}/instance/attributes/colour`;
  machine.setMetadata({ ...machine.getMetadata(), colour: "red" });
  expect(await machine.shell(`${curl} '${colour}?wait_for_change=true&last_etag=0'`)).toBe("red");
  expect(await machine.shell(`${curl} '${colour}?wait_for_change=true&timeout_sec=1'`)).toBe("red");
  const changed = machine.shell(`${curl} '${colour}?wait_for_change=true'`);
  setTimeout(() => machine.setMetadata({ ...machine.getMetadata(), colour: "blue" }), 500);
  expect(await changed).toBe("blue");
});

test("a reboot from inside keeps the disk and resets all else", async () => {
  await machine.shell("touch /etc/kept /var/kept /home/kept /tmp/kept /mnt/disks/kept");
  const bootId = await machine.shell("cat /proc/sys/kernel/random/boot_id");
  const pulls = () => registry.requests.filter(({ url }) => url.includes("/blobs/")).length;
  const pulled = pulls();
  const begun = Date.now();
  await machine.reboot();
  expect(await eventually(page)).toBe("hello\n");
  expect(Date.now() - begun).toBeLessThan(60_000);
  expect(machine.bootCount).toBe(2);
  expect(machine.boots[0].ended?.kind).toBe("reboot");
  expect(await machine.shell("ls -d /{etc,var,home,tmp,mnt/disks}/kept", { reject: false })).toBe(
    "/home/kept\n/var/kept",
  );
  expect(await machine.shell("cat /proc/sys/kernel/random/boot_id")).not.toBe(bootId);
  expect(pulls()).toBe(pulled);
  expect(await machine.journal("web")).toContain("Started web.service");
});

test("pulling the plug, and a clean shutdown", async () => {
  await machine.powerOff();
  expect(machine.isRunning).toBe(false);
  await machine.powerOn();
  expect(await eventually(page)).toBe("hello\n");
  await machine.shutDown();
  expect(machine.boots.map(({ ended }) => ended?.kind)).toEqual(["reboot", "killed", "power-off"]);
  await machine.powerOn();
  expect(await eventually(page)).toBe("hello\n");
});

test("a disk of a given size can be full", async () => {
  const small = await startCosMachine({ network, metadata: {}, diskSizeGb: 1 });
  try {
    await small.cloudInitDone();
    const filled = await small.exec(["fallocate", "--length", "2G", "/var/large"], { reject: false });
    expect(filled.stderr).toContain("No space left on device");
    await small.shell("rm /var/large");
    await small.reboot();
    await small.shell("touch /var/small");
  } finally {
    await small.destroy();
  }
});

test("a disk that is removed again leaves the one that has its device now", async () => {
  const first = await PersistentDisk.create(1);
  await first.remove();
  const others = [await PersistentDisk.create(1), await PersistentDisk.create(1)];
  await first.remove();
  const size = ({ device }: PersistentDisk) => execa("blockdev", ["--getsize64", device]).then(({ stdout }) => stdout);
  try {
    for (const other of others) expect(await size(other)).toBe(String(2 ** 30));
  } finally {
    for (const other of others) await other.remove();
  }
});
