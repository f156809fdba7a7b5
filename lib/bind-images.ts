import { Construct } from "constructs";
import { ContainerImage } from "./images/container-image";
import { ImageStore } from "./images/image-store";
import { ResolvedApp } from "./props/container-app-props";

/** The references of an app's images. */
export interface HostedImages {
  readonly app: string;
  /** Of the image that runs gcsfuse. */
  readonly gcsfuse: string;
  /** Of the sidecars, by their names. */
  readonly sidecars: { readonly [name: string]: string };
}

/** Makes the images of an app available on its host. What several containers run is one object, and is built once. */
export function bindImages(scope: Construct, app: ResolvedApp, store: ImageStore): HostedImages {
  const references = new Map<ContainerImage, string>();
  const bind = (id: string, image: ContainerImage, prop: string): string => {
    const reference = references.get(image) ?? image._bind(scope, id, store, prop);
    references.set(image, reference);
    return reference;
  };
  return {
    app: bind("app", app.image, "image"),
    gcsfuse: bind("gcsfuse", app.gcsfuseImage, "gcsfuse.image"),
    sidecars: Object.fromEntries(
      app.sidecars.map(({ name, image }, index) => [name, bind(`sidecar-${name}`, image, `sidecars[${index}].image`)]),
    ),
  };
}
