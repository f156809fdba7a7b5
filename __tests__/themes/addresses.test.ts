import { GcsBackedContainerApp, GcsBackedContainerAppProps, MaintenancePolicy, NetworkTier, Protocol } from "../../lib";
import { addresses, ready, simplest, synthesize } from "../support/synthesize";

/**
 * Terraform knows a resource by its address and nothing else: with another address, the one that is deployed is destroyed,
 * a bucket or a static address among them, and a new one is created. So whoever upgrades this library must find every
 * address as it was. If this test fails, give the constructs their ids back; never update the snapshot of a resource that
 * has been released.
 */
const STACKS: { [name: string]: () => { [id: string]: GcsBackedContainerAppProps } } = {
  "the simplest app": () => ({ gallery: { ...simplest(), gcsfuse: undefined } }),
  "ready images, an existing bucket, no external address": () => ({
    gallery: {
      ...ready(),
      existingBucket: "files",
      network: { externalAddress: false, sourceRanges: ["10.0.0.0/8"], network: "own", subnetwork: "own-east" },
      enableApis: false,
    },
  }),
  "everything set": () => ({
    gallery: {
      ...simplest(),
      gcsfuse: { privileged: true },
      mounts: [{ path: "/srv/app/uploads" }, { path: "/srv/media", bucket: "media-library", readOnly: true }],
      ports: [
        { containerPort: 8080, hostPort: 80 },
        { containerPort: 53, protocol: Protocol.UDP },
      ],
      network: { iapSsh: true, networkTier: NetworkTier.PREMIUM, networkTags: ["web"] },
      machine: { maintenancePolicy: MaintenancePolicy.TERMINATE, metadata: { team: "web" } },
      bucketOptions: { location: "EU", deleteDataOnDestroy: true },
      labels: { team: "web" },
    },
  }),
  "HTTPS, with records in a zone": () => ({
    gallery: { ...ready(), https: { domains: ["photos.example.com", "www.example.com"], dnsZone: "example-com" } },
  }),
  "two apps": () => ({ gallery: { ...simplest(), gcsfuse: undefined }, shop: ready() }),
};

test.each(Object.entries(STACKS))(
  "the addresses of %s stay as they are, so that an upgrade replaces nothing",
  (_, apps) => {
    const stack = synthesize((scope) => {
      for (const [id, props] of Object.entries(apps())) {
        new GcsBackedContainerApp(scope, id, props);
      }
    });
    expect(addresses(stack)).toMatchSnapshot();
  },
);
