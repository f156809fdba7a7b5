import { Cloud } from "../../shared-by-apis";
import { ApiRequest, Method } from "../../api-routes";
import { Resource, State } from "../../google-state";
import { missing, selfLink } from "./catalog";

const features = ["VIRTIO_SCSI_MULTIQUEUE", "UEFI_COMPATIBLE", "GVNIC", "SEV_CAPABLE", "IDPF"];

/** Public images: no API needs to be enabled in their projects. */
export function imageMethods(cloud: Cloud): Method[] {
  return [
    {
      id: "compute.images.getFromFamily",
      verb: "GET",
      path: "/projects/:project/global/images/family/:family",
      handler: ({ params }: ApiRequest) =>
        newestOf(cloud.state, `projects/${params.project}/global/images/family/${params.family}`),
    },
    {
      id: "compute.images.get",
      verb: "GET",
      path: "/projects/:project/global/images/:image",
      handler: ({ params }: ApiRequest) =>
        imageAt(cloud.state, `projects/${params.project}/global/images/${params.image}`),
    },
  ];
}

/** The image that a disk's sourceImage means: an image, or the newest one of a family. */
export function imageAt(state: State, path: string): Resource {
  if (/\/images\/family\//.test(path)) return newestOf(state, path);
  const image = state.images[path];
  if (!image) throw missing(path);
  return image;
}

function newestOf(state: State, path: string): Resource {
  const [, project, family] = /^projects\/([^/]+)\/global\/images\/family\/([^/]+)$/.exec(path) ?? [];
  const [newest] = Object.entries(state.images)
    .filter(([at, image]) => at.startsWith(`projects/${project}/`) && image.family === family)
    .map(([, image]) => image)
    .sort((a, b) => b.creationTimestamp.localeCompare(a.creationTimestamp));
  if (!newest) throw missing(path);
  return newest;
}

/** Google publishes an image; it becomes its family's newest. */
export function publishImage(state: State, project: string, name: string, family: string): Resource {
  const path = `projects/${project}/global/images/${name}`;
  const published = Object.keys(state.images).length;
  const arm = /arm64/.test(name);
  return (state.images[path] = {
    kind: "compute#image",
    id: String(7_000_000_000_000_000_000n + BigInt(published) * 104_729n),
    creationTimestamp: new Date(Date.UTC(2026, 9, 1) + published * 7 * 24 * 3600 * 1000).toISOString(),
    name,
    description: "Google, Container-Optimized OS",
    family,
    selfLink: selfLink(path),
    sourceType: "RAW",
    status: "READY",
    diskSizeGb: "10",
    archiveSizeBytes: "1073741824",
    architecture: arm ? "ARM64" : "X86_64",
    licenses: [selfLink("projects/cos-cloud/global/licenses/cos")],
    guestOsFeatures: features.map((type) => ({ type })),
    labelFingerprint: "42WmSpB8rSM=",
  });
}

export function publishFirstImages(state: State): void {
  publishImage(state, "cos-cloud", "cos-stable-121-18867-199-38", "cos-stable");
  publishImage(state, "cos-cloud", "cos-stable-125-19216-104-25", "cos-stable");
  publishImage(state, "cos-cloud", "cos-arm64-stable-125-19216-104-25", "cos-arm64-stable");
  publishImage(state, "cos-cloud", "cos-121-18867-199-38", "cos-121-lts");
  publishImage(state, "cos-cloud", "cos-125-19216-104-25", "cos-125-lts");
}
