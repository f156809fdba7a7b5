export interface StackOptions {
  readonly userData?: string;
  readonly machineType?: string;
  readonly labels?: Record<string, string>;
  readonly forceDestroy?: boolean;
  readonly image?: string;
  readonly sourceRanges?: string[];
  readonly networkTier?: string;
  readonly apis?: string[];
}

/** A stack like the construct's, by hand: what the simulation must be able to hold. */
export function stackOf(project: string, bucket: string, options: StackOptions = {}): object {
  const {
    userData = "#cloud-config 1",
    machineType = "e2-small",
    labels = { app: "gallery" },
    forceDestroy = false,
    image = "cos-cloud/cos-stable",
    // Not "0.0.0.0/0": the provider does not replace that by another single range.
    sourceRanges = ["0.0.0.0/1", "128.0.0.0/1"],
    networkTier = "STANDARD",
    apis = ["compute", "iam", "cloudresourcemanager", "artifactregistry", "storage", "logging", "monitoring", "iap"],
  } = options;
  const services = apis.map((name) => `google_project_service.${name}`);
  const member = "${google_service_account.app.member}";
  return {
    terraform: { required_providers: { google: { source: "hashicorp/google", version: "6.50.0" } } },
    provider: { google: [{ project, batching: { send_after: "1s" } }] },
    data: {
      google_client_config: { current: {} },
      google_project: { this: { project_id: project, depends_on: services } },
    },
    resource: {
      google_project_service: servicesOf(project, apis),
      google_service_account: {
        app: { project, account_id: "gallery", display_name: "gallery", depends_on: services },
      },
      google_project_iam_member: {
        logs: { project, role: "roles/logging.logWriter", member, depends_on: services },
        metrics: { project, role: "roles/monitoring.metricWriter", member, depends_on: services },
      },
      google_storage_bucket: {
        files: {
          project,
          name: bucket,
          location: "us-east1",
          storage_class: "STANDARD",
          uniform_bucket_level_access: true,
          public_access_prevention: "enforced",
          force_destroy: forceDestroy,
          labels,
          versioning: { enabled: true },
          soft_delete_policy: { retention_duration_seconds: 604800 },
          lifecycle_rule: [
            {
              action: { type: "Delete" },
              condition: { days_since_noncurrent_time: 30, with_state: "ARCHIVED" },
            },
            { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } },
          ],
          depends_on: services,
        },
      },
      google_storage_bucket_iam_member: {
        files: { bucket: "${google_storage_bucket.files.name}", role: "roles/storage.objectUser", member },
      },
      google_artifact_registry_repository: {
        images: {
          project,
          location: "us-east1",
          repository_id: "gallery",
          format: "DOCKER",
          description: "Images of gallery",
          labels,
          depends_on: services,
        },
      },
      google_artifact_registry_repository_iam_member: {
        pull: {
          project,
          location: "us-east1",
          repository: "${google_artifact_registry_repository.images.name}",
          role: "roles/artifactregistry.reader",
          member,
        },
      },
      google_compute_address: {
        app: { project, region: "us-east1", name: "gallery", network_tier: "STANDARD", labels, depends_on: services },
      },
      google_compute_firewall: {
        allow: {
          project,
          name: "gallery-allow",
          network: "default",
          allow: [{ protocol: "tcp", ports: ["80"] }],
          source_ranges: sourceRanges,
          target_tags: ["gallery"],
          priority: 1000,
          depends_on: services,
        },
        deny: {
          project,
          name: "gallery-deny",
          network: "default",
          deny: [{ protocol: "all" }],
          source_ranges: ["0.0.0.0/0"],
          target_tags: ["gallery"],
          priority: 65000,
          depends_on: services,
        },
      },
      google_compute_instance: {
        app: {
          project,
          zone: "us-east1-b",
          name: "gallery",
          machine_type: machineType,
          allow_stopping_for_update: true,
          tags: ["gallery"],
          labels,
          boot_disk: [
            {
              device_name: "boot",
              auto_delete: true,
              initialize_params: [{ image, size: 20, type: "pd-balanced" }],
            },
          ],
          network_interface: [
            {
              network: "default",
              access_config: [{ nat_ip: "${google_compute_address.app.address}", network_tier: networkTier }],
            },
          ],
          scheduling: [{ on_host_maintenance: "MIGRATE", automatic_restart: true }],
          service_account: [
            {
              email: "${google_service_account.app.email}",
              scopes: ["https://www.googleapis.com/auth/cloud-platform"],
            },
          ],
          shielded_instance_config: [
            { enable_secure_boot: true, enable_vtpm: true, enable_integrity_monitoring: true },
          ],
          metadata: {
            "user-data": userData,
            "enable-oslogin": "TRUE",
            "block-project-ssh-keys": "TRUE",
            "serial-port-enable": "FALSE",
            "enable-guest-attributes": "TRUE",
            "google-logging-enabled": "true",
            "google-monitoring-enabled": "true",
          },
          depends_on: [
            "google_storage_bucket_iam_member.files",
            "google_artifact_registry_repository_iam_member.pull",
            "google_project_iam_member.logs",
            "google_project_iam_member.metrics",
            "google_compute_firewall.allow",
            "google_compute_firewall.deny",
          ],
        },
      },
    },
    output: {
      address: { value: "${google_compute_address.app.address}" },
      number: { value: "${data.google_project.this.number}" },
    },
  };
}

/** Reading any google_project_service takes the Resource Manager API, so that one comes first. */
function servicesOf(project: string, apis: string[]): object {
  const first = "cloudresourcemanager";
  const service = (name: string) => ({
    project,
    service: `${name}.googleapis.com`,
    disable_on_destroy: false,
    ...(name === first ? {} : { depends_on: [`google_project_service.${first}`] }),
  });
  return Object.fromEntries(apis.map((name) => [name, service(name)]));
}

/** An address in a project whose APIs are switched on in the same apply, with or without a wait between. */
export function freshApiStack(project: string, apis: string[], waitMs?: number): object {
  const { terraform, provider } = stackOf(project, "") as Record<string, object>;
  const services = apis.map((name) => `google_project_service.${name}`);
  return {
    terraform,
    provider,
    resource: {
      google_project_service: servicesOf(project, apis),
      ...(waitMs
        ? {
            terraform_data: {
              apis_answer: {
                triggers_replace: apis,
                provisioner: [{ "local-exec": { command: `node -e "setTimeout(() => {}, ${waitMs})"` } }],
                depends_on: services,
              },
            },
          }
        : {}),
      google_compute_address: {
        app: {
          project,
          region: "us-east1",
          name: "gallery",
          depends_on: waitMs ? ["terraform_data.apis_answer"] : services,
        },
      },
    },
  };
}

/** One firewall rule. */
export function firewallStack(project: string, sourceRanges: string[]): object {
  const { terraform, provider } = stackOf(project, "") as Record<string, object>;
  const rule = { project, name: "gallery", network: "default", allow: [{ protocol: "tcp", ports: ["80"] }] };
  return {
    terraform,
    provider,
    resource: { google_compute_firewall: { app: { ...rule, source_ranges: sourceRanges } } },
  };
}
