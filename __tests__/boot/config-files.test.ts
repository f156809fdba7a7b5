import { configFiles } from "../../lib/boot/config-files";
import { appSpec, bootSpec, mountSpec } from "../support/boot-spec";

test("each value is a file of its own", () => {
  const files = configFiles(
    bootSpec({
      app: appSpec({
        restartPolicy: "no",
        stopTimeout: 7,
        metadataServerAccess: true,
        ports: [
          { containerPort: 80, hostPort: 80, protocol: "tcp" },
          { containerPort: 80, hostPort: 8080, protocol: "tcp" },
          { containerPort: 53, hostPort: 53, protocol: "udp" },
          { containerPort: 443, hostPort: 443, protocol: "tcp" },
        ],
      }),
      mounts: [mountSpec({ uid: 0 }), mountSpec({ path: "/b", gid: 5 })],
    }),
  );
  expect(files).toMatchObject({
    "app/restart-policy": "no\n",
    "app/stop-timeout": "7\n",
    "app/metadata-server-access": "true\n",
    "app/tcp-ports": "80\n443\n",
    "gcsfuse-0/uid": "0\n",
    "gcsfuse-0/stop-timeout": "60\n",
    "gcsfuse-1/gid": "5\n",
  });
  expect(Object.keys(files)).not.toEqual(expect.arrayContaining(["gcsfuse-0/gid"]));
  expect(Object.keys(files)).not.toEqual(expect.arrayContaining(["gcsfuse-1/uid"]));
});

test("the metadata server is closed unless it was opened", () => {
  expect(configFiles(bootSpec())["app/metadata-server-access"]).toBe("false\n");
});

test("what is mounted, for whoever looks from outside", () => {
  const mounts = [
    mountSpec(),
    mountSpec({ path: '/b "c" \\', bucket: "media", config: { "only-dir": "photos/2026" } }),
  ];
  const files = configFiles(bootSpec({ mounts }));
  expect(JSON.parse(files["gcsfuse-0/mount.json"])).toEqual({ path: "/srv/app/uploads", bucket: "files", prefix: "" });
  expect(JSON.parse(files["gcsfuse-1/mount.json"])).toEqual({
    path: '/b "c" \\',
    bucket: "media",
    prefix: "photos/2026",
  });
});
