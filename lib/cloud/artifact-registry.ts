import { DockerProviderConfig } from "@cdktf/provider-docker/lib/provider";
import { Construct } from "constructs";
import { clientConfig } from "./client-config";
import { checkZone, regionOf } from "../checks/location";

/** Helps the docker provider with Artifact Registry. */
export class ArtifactRegistry {
  /**
   * The docker provider's configuration for pushing to Artifact Registry in the region of a zone, with the identity of the
   * google provider. Spread it to add settings of your own.
   *
   * ```ts
   * new DockerProvider(this, "docker", ArtifactRegistry.dockerProviderConfig(this, "us-east1-b"));
   * ```
   *
   * @param scope a construct of the stack that has the provider
   * @param zone the app's zone
   * @throws if the zone is not valid
   * @see https://registry.terraform.io/providers/kreuzwerker/docker/3.6.2/docs#registry-credentials
   */
  public static dockerProviderConfig(scope: Construct, zone: string): DockerProviderConfig {
    checkZone(zone);
    return {
      registryAuth: [
        {
          address: `${regionOf(zone)}-docker.pkg.dev`,
          username: "oauth2accesstoken",
          password: clientConfig(scope).accessToken,
        },
      ],
    };
  }

  private constructor() {}
}
