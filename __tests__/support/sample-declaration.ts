import { Declaration, MountDeclaration, SidecarDeclaration } from "../../lib/boot/declaration";

export const mountOf = (options: Partial<MountDeclaration> = {}): MountDeclaration => ({
  path: "/srv/app/uploads",
  bucket: "files",
  readOnly: false,
  gcsfuseConfig: { "implicit-dirs": true },
  ...options,
});

/** A sidecar with nothing but what must be given. */
export const sidecarOf = (options: Partial<SidecarDeclaration> = {}): SidecarDeclaration => ({
  name: "db",
  image: "db:1",
  environment: {},
  restartPolicy: "always",
  stopTimeoutSeconds: 30,
  ports: [],
  mounts: [],
  ...options,
});

/** A declaration of one mount, with the given parts. */
export const sample = (options: Partial<Declaration> = {}): Declaration => ({
  schemaVersion: 1,
  image: "app:1",
  environment: {},
  restartPolicy: "on-failure",
  stopTimeoutSeconds: 30,
  startTimeoutSeconds: 300,
  ports: [{ containerPort: 8080, hostPort: 80, protocol: "tcp" }],
  mounts: [mountOf()],
  gcsfuse: { image: "gcsfuse:1", privileged: false },
  metadataServerAccess: false,
  registries: ["us-east1-docker.pkg.dev"],
  ...options,
});
