import { AppSpec, BootSpec, MachineLayout } from "./boot/spec";
import { ContainerAppProps, RestartPolicy } from "./props/container-app-props";
import { environmentVariables } from "./props/environment";
import { mountSpecs } from "./props/gcs-mount";
import { requireInteger, requireKnownList, requireMatch, requireOneOf } from "./checks/invalid-input";
import { publishedPorts } from "./props/port-mapping";
import { argument } from "./checks/process-argument";

/** Where the props meet the place that they are deployed to. */
export interface Deployment {
  readonly appImage: string;
  readonly gcsfuseImage: string;
  readonly bucket: string;
  readonly registries: readonly string[];
  readonly metadataServerAccess: boolean;
  readonly layout: MachineLayout;
}

/**
 * The one plain description of the app that every place is given.
 *
 * @throws if a prop is not valid
 */
export function bootSpec(props: ContainerAppProps, deployment: Deployment): BootSpec {
  return {
    app: appSpec(props, deployment),
    mounts: mountSpecs(props.mounts, deployment.bucket),
    gcsfuse: { image: deployment.gcsfuseImage, privileged: props.gcsfuse?.privileged ?? false },
    registries: deployment.registries,
    layout: deployment.layout,
  };
}

function appSpec(props: ContainerAppProps, deployment: Deployment): AppSpec {
  const { stopTimeout = 30, user, restartPolicy = RestartPolicy.ON_FAILURE } = props;
  requireInteger("stopTimeout", stopTimeout, 1, 80);
  requireOneOf("restartPolicy", restartPolicy, Object.values(RestartPolicy));
  if (user !== undefined) {
    requireMatch(
      "user",
      user,
      /^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/,
      'use a name or number such as "www-data" or "1000:1000"',
    );
  }
  const { entrypoint = [], args = [] } = props;
  requireKnownList("entrypoint", entrypoint);
  requireKnownList("args", args);
  return {
    image: deployment.appImage,
    ports: publishedPorts(props.ports),
    environment: environmentVariables(props.environment ?? {}),
    entrypoint: props.entrypoint?.map((value) => argument("entrypoint", value)),
    args: props.args?.map((value) => argument("args", value)),
    user,
    restartPolicy,
    stopTimeout,
    metadataServerAccess: deployment.metadataServerAccess,
  };
}
