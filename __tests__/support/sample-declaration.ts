import { Declaration, MountDeclaration } from "../../lib/boot/declaration";

export const mountOf = (options: Partial<MountDeclaration> = {}): MountDeclaration => ({
  path: "/srv/app/uploads",
  bucket: "files",
  readOnly: false,
  gcsfuseConfig: { "implicit-dirs": true },
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
