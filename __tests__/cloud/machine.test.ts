import { MaintenancePolicy, NetworkTier } from "../../lib";
import { only, synthesizeApp } from "../support/synthesize";

type Props = Parameters<typeof synthesizeApp>[0];
const instance = (props: Props = {}) => only(synthesizeApp(props), "google_compute_instance");

test("the VM is a small, shielded one with Container-Optimized OS, at a static address", () => {
  expect(instance()).toMatchObject({
    zone: "us-east1-b",
    machine_type: "e2-small",
    allow_stopping_for_update: true,
    boot_disk: {
      device_name: "gallery",
      initialize_params: { image: "cos-cloud/cos-stable", size: 20, type: "pd-balanced" },
    },
    network_interface: [
      {
        network: "default",
        access_config: [
          { nat_ip: expect.stringMatching(/^\$\{google_compute_address\..*\.address\}$/), network_tier: "STANDARD" },
        ],
      },
    ],
    scheduling: { automatic_restart: true, on_host_maintenance: "MIGRATE" },
    service_account: { scopes: ["cloud-platform"] },
    shielded_instance_config: { enable_secure_boot: true, enable_vtpm: true, enable_integrity_monitoring: true },
  });
});

test("its metadata closes what is not needed", () => {
  const { "user-data": userData, "gcs-backed-container-app": declaration, ...settings } = instance().metadata;
  expect(userData).toMatch(/^\$\{file\(.*\)\}$/);
  expect(declaration).toMatch(/^\$\{jsonencode\(.*\)\}$/);
  expect(settings).toEqual({
    "google-logging-enabled": "true",
    "google-monitoring-enabled": "true",
    "cos-update-strategy": "update_disabled",
    "enable-oslogin": "TRUE",
    "block-project-ssh-keys": "TRUE",
    "serial-port-enable": "FALSE",
    "enable-guest-attributes": "TRUE",
  });
});

test("every option reaches the VM", () => {
  const machine = {
    machineType: "n2d-standard-2",
    bootImage: "cos-cloud/cos-125-19216-104-1",
    bootDiskSizeGb: 50,
    bootDiskType: "pd-ssd",
    secureBoot: false,
    maintenancePolicy: MaintenancePolicy.TERMINATE,
    logging: false,
    monitoring: false,
    metadata: { team: "web" },
  };
  expect(instance({ machine })).toMatchObject({
    machine_type: "n2d-standard-2",
    boot_disk: { initialize_params: { image: "cos-cloud/cos-125-19216-104-1", size: 50, type: "pd-ssd" } },
    shielded_instance_config: { enable_secure_boot: false },
    scheduling: { on_host_maintenance: "TERMINATE" },
    metadata: { "google-logging-enabled": "false", "google-monitoring-enabled": "false", team: "web" },
  });
});

test.each(["c4-standard-2", "n4-standard-2", "c4d-standard-2"])("%s takes a Hyperdisk only", (machineType) => {
  expect(instance({ machine: { machineType } }).boot_disk.initialize_params.type).toBe("hyperdisk-balanced");
});

test("a VM with GPUs, which cannot migrate, is stopped for maintenance of its host", () => {
  expect(instance({ machine: { machineType: "g2-standard-4" } }).scheduling.on_host_maintenance).toBe("TERMINATE");
});

test("a VM without external address has none, and no static one is created", () => {
  const stack = synthesizeApp({ network: { externalAddress: false, sourceRanges: ["10.0.0.0/8"] } });
  expect(stack.resource.google_compute_address).toBeUndefined();
  const [card] = only(stack, "google_compute_instance").network_interface;
  expect(card.access_config ?? []).toEqual([]);
});

test("address and VM are of one tier", () => {
  const stack = synthesizeApp({ network: { networkTier: NetworkTier.PREMIUM } });
  expect(only(stack, "google_compute_address").network_tier).toBe("PREMIUM");
  expect(only(stack, "google_compute_instance").network_interface[0].access_config[0].network_tier).toBe("PREMIUM");
});

test("a subnetwork comes with its network, both of the project that has them, so that another network's is refused", () => {
  const network = { network: "shared", subnetwork: "shared-east", networkProject: "host-project" };
  const [card] = instance({ network }).network_interface;
  expect(card).toMatchObject({
    network: "projects/host-project/global/networks/shared",
    subnetwork: "shared-east",
    subnetwork_project: "host-project",
  });
});

test("the VM has the network tags that are given, and in a Shared VPC the one that the rules are for", () => {
  expect(instance().tags).toBeUndefined();
  expect(instance({ network: { networkTags: ["web"] } }).tags).toEqual(["web"]);
  const network = {
    network: "shared",
    subnetwork: "shared-east",
    networkProject: "host-project",
    networkTags: ["web"],
  };
  expect(instance({ network }).tags).toEqual(["gallery", "web"]);
});

test("its description, and the address's, depend on the name alone", () => {
  const texts = (props: Props) => {
    const stack = synthesizeApp(props);
    return ["google_compute_instance", "google_compute_address"].map((type) => only(stack, type).description);
  };
  const plain = texts({});
  expect(plain).toEqual([
    "Runs the container of gallery, with its folders in Cloud Storage. The scope cloud-platform grants nothing: what the service account may do is limited by its roles.",
    "The static address of gallery",
  ]);
  expect(texts({ machine: { machineType: "n4-standard-2" }, mounts: [{ path: "/a", readOnly: true }] })).toEqual(plain);
});

test("it waits for its grants", () => {
  expect(instance().depends_on.join()).toMatch(/google_storage_bucket_iam_member\..*google_project_iam_member\./);
});
