import { Token } from "cdktf";
import { isIPv4 } from "net";
import { invalidInput, requireMatch } from "../checks/invalid-input";
import { checkAppName, checkBucketName } from "../checks/naming";
import { checkShape, Shape } from "../checks/shape";
import {
  CONTAINER_APP_EXAMPLE,
  CONTAINER_APP_SHAPE,
  ContainerAppProps,
  resolveApp,
  ResolvedApp,
} from "./container-app-props";
import { LOCAL_CACHE_HOST } from "./mount-caching";
import { LocalHttps, requireNoHttpsPorts, resolveLocalHttps } from "./local-https";

/** A containerized app on the Docker Engine of your computer, with an emulated Cloud Storage. */
export interface LocalGcsBackedContainerAppProps extends ContainerAppProps {
  /**
   * The name of the containers, network and volumes, or its beginning, 3 to 27 lower-case letters, digits and hyphens.
   *
   * @default - the construct's id
   * @throws if it does not have that form, or if another local app of the stack has it
   */
  readonly name?: string;

  /**
   * The name of the emulated bucket of the mounts that name none.
   *
   * @default - the name
   * @throws if it is not a valid bucket name
   */
  readonly bucketName?: string;

  /**
   * Whether `destroy` deletes the files and the disks' data, too. Otherwise their Docker volumes stay, and a later
   * `deploy` uses them again.
   *
   * @default false
   */
  readonly deleteDataOnDestroy?: boolean;

  /**
   * The image that the images of the emulated Cloud Storage and of the VM's stand-in are built on, for example the same
   * one in a mirror of your own. It must be a Debian with apt. The sidecar's is `gcsfuse.baseImage`.
   *
   * @default - debian:bookworm-slim from Docker Hub, by its digest
   * @throws if it is not an image reference, or is an unresolved token
   */
  readonly baseImage?: string;

  /**
   * The file with the values of `secrets` and `secretFiles`, for what the environment of who deploys does not have: lines
   * such as `DB_PASSWORD=…`, which is the variable of the secret `db-password` whatever it is called in the app. Absolute,
   * or relative to the working directory. git must ignore it; it need not exist.
   *
   * The deployment gives the values to the VM's stand-in, which keeps them in memory: neither Terraform nor Docker has
   * them. After a restart of the computer or of Docker the app waits for them again:
   * `npx gcs-backed-container-app secrets NAME`, which also changes them.
   *
   * @default "secrets.env"
   * @throws if it is an unresolved token
   * @see https://nodejs.org/docs/latest/api/util.html#utilparseenvcontent
   */
  readonly secretsFile?: string;

  /**
   * The IPv4 address of your computer that the ports are published on, `0.0.0.0` for all.
   *
   * @default "127.0.0.1"
   * @throws if it is not an IPv4 address
   */
  readonly hostAddress?: string;

  /**
   * The port of your computer on which `https` serves, for HTTP/3 by UDP too, 1 to 65535 but 80. Where another program has
   * 443, use one such as 8443.
   *
   * @default 443
   * @throws if it is out of range, is 80, or is given without `https`
   */
  readonly httpsPort?: number;

  /**
   * The port of your computer on which the proxy of `https` sends clients to HTTPS, 1 to 65535.
   *
   * @default 80
   * @throws if it is out of range, is that of `httpsPort`, or is given without `https`
   */
  readonly httpPort?: number;

  /**
   * The path of the Docker engine's socket on the host of the engine.
   *
   * @default "/var/run/docker.sock"
   * @throws if it is not an absolute path
   */
  readonly dockerSocket?: string;
}

const SHAPE: Shape<LocalGcsBackedContainerAppProps> = {
  ...CONTAINER_APP_SHAPE,
  name: "string?",
  bucketName: "string?",
  deleteDataOnDestroy: "boolean?",
  baseImage: "string?",
  secretsFile: "string?",
  hostAddress: "string?",
  httpsPort: "number?",
  httpPort: "number?",
  dockerSocket: "string?",
};

/** The local app, checked and complete. */
export interface LocalAppSpec {
  readonly name: string;
  readonly bucketName: string;
  readonly deleteDataOnDestroy: boolean;
  readonly baseImage?: string;
  readonly secretsFile: string;
  readonly hostAddress: string;
  readonly dockerSocket: string;
  /** Where HTTPS is served, if the app has any. */
  readonly https?: LocalHttps;
  readonly app: ResolvedApp;
}

/**
 * @param id the construct's id
 * @param props the props as they were given
 * @throws if a prop is not valid
 */
export function resolveLocalApp(id: string, props: LocalGcsBackedContainerAppProps): LocalAppSpec {
  checkShape("props", props, SHAPE, { prefix: "", example: CONTAINER_APP_EXAMPLE });
  const name = checkAppName(id, props.name);
  const { bucketName = name, hostAddress = "127.0.0.1", dockerSocket = "/var/run/docker.sock" } = props;
  checkBucketName(props.bucketName === undefined ? "bucket" : "bucketName", bucketName);
  if (!Token.isUnresolved(hostAddress) && !isIPv4(hostAddress)) {
    throw invalidInput(
      "hostAddress",
      hostAddress,
      'use an IPv4 address of your computer such as "127.0.0.1", or "0.0.0.0" for all of them',
    );
  }
  requireMatch(
    "dockerSocket",
    dockerSocket,
    /^\/[\w.,:@+/-]+$/,
    "use the socket's absolute path such as /var/run/docker.sock",
  );
  const https = props.https && resolveLocalHttps(props, hostAddress);
  if (https === undefined) {
    requireNoHttpsPorts(props);
  }
  return {
    name,
    bucketName,
    deleteDataOnDestroy: props.deleteDataOnDestroy ?? false,
    baseImage: props.baseImage,
    secretsFile: checkedSecretsFile(props.secretsFile ?? "secrets.env"),
    hostAddress,
    dockerSocket,
    https,
    app: resolveApp(props, { cacheHost: () => LOCAL_CACHE_HOST, local: https }),
  };
}

function checkedSecretsFile(file: string): string {
  if (Token.isUnresolved(file) || file === "") {
    throw invalidInput("secretsFile", file, "use the path of a file, known before Terraform runs");
  }
  return file;
}
