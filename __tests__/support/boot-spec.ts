import { COS_LAYOUT } from "../../lib/boot/paths";
import { AppSpec, BootSpec, MountSpec } from "../../lib/boot/spec";

export const appSpec = (options: Partial<AppSpec> = {}): AppSpec => ({
  image: "app:1",
  ports: [{ containerPort: 8080, hostPort: 80, protocol: "tcp" }],
  environment: [],
  restartPolicy: "on-failure",
  stopTimeout: 30,
  metadataServerAccess: false,
  ...options,
});

export const mountSpec = (options: Partial<MountSpec> = {}): MountSpec => ({
  path: "/srv/app/uploads",
  bucket: "files",
  readOnly: false,
  config: { "implicit-dirs": true },
  ...options,
});

export const bootSpec = (options: Partial<BootSpec> = {}): BootSpec => ({
  app: appSpec(),
  mounts: [mountSpec()],
  gcsfuse: { image: "gcsfuse:1", privileged: false },
  registries: ["us-east1-docker.pkg.dev"],
  layout: COS_LAYOUT,
  ...options,
});
