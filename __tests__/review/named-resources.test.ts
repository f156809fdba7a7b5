/** Which of several resources a row is about, and what of each of them is known. */
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { PubsubTopic } from "@cdktf/provider-google/lib/pubsub-topic";
import { ArtifactRegistryRepositoryIamMember } from "@cdktf/provider-google/lib/artifact-registry-repository-iam-member";
import { changePage } from "../../lib/review/page/change-page";
import { markdown } from "../../lib/review/format/markdown";
import { stackPage } from "../../lib/review/page/stack-page";
import { GCSFUSE_DEFAULTS } from "../../lib/boot/gcsfuse-config";
import { unusualSettings } from "../../lib/review/changes/mount-changes";
import { GcsBackedContainerApp, GcsBackedContainerAppProps } from "../../lib";
import { compareStacks } from "../../lib/review/changes/compare";
import { readStack } from "../../lib/review/read/read-stack";
import { Stack } from "../../lib/review/read/stack";
import { ready, synthesize } from "../support/synthesize";
import { change, CloudStack, cloudStack, declaration, resourceNamed, theOnly } from "../support/review";

const page = (options?: CloudStack) => markdown(stackPage(cloudStack(options), "cloud"));
const changed = (before: CloudStack, after: CloudStack) =>
  markdown(changePage(change(before, after), cloudStack(after), "cloud")).split("<details>")[0];
const [uploads] = declaration().mounts;

test("a change of a bucket says of which one, and that data could be lost as well", () => {
  const text = changed({}, { props: { bucketOptions: { deleteDataOnDestroy: true } } });
  expect(text).toContain("| bucket `demo-project-123-gallery`: `force_destroy` | `false` | `true` |");
  expect(text).toContain("- `gallery`: bucket `demo-project-123-gallery`: `force_destroy`: destroying the bucket now");
});

test("an app whose construct has another id is one app, with what Terraform does and what to do instead", () => {
  const stack = (id: string, props: Partial<GcsBackedContainerAppProps> = {}): Stack =>
    readStack(
      JSON.stringify(
        synthesize((scope) => new GcsBackedContainerApp(scope, id, { ...ready(), name: "gallery", ...props })),
      ),
      "cdk.tf.json",
    );
  const comparison = compareStacks(stack("gallery"), stack("b"));
  expect(comparison.apps).toMatchObject([{ name: "gallery", state: "readdressed" }]);
  expect([...comparison.effects].sort()).toEqual(["VM replaced", "address changes", "data could be lost", "nothing"]);
  const text = markdown(changePage(comparison, stack("b"), "cloud")).split("<details>")[0];
  expect(text.match(/^## App .*/gm)).toEqual(["## App `gallery`, the same under another id"]);
  expect(text).toContain("give the construct its id before (the prop `name` changes the name alone)");
  expect(text).toContain(
    "| `google_compute_instance.gallery_machine_instance_88FF9148` | `google_compute_instance.b_machine_instance_A42FE9B8` | **VM replaced**; destroyed, and created under the other address |",
  );
  expect(text).toContain("destroyed: the deployment fails if it has files");
  const deleting = stack("gallery", { bucketOptions: { deleteDataOnDestroy: true } });
  expect(markdown(changePage(compareStacks(deleting, stack("b")), stack("b"), "cloud"))).toContain(
    "destroyed: all files in it are deleted",
  );
  // Another name is another app.
  expect(compareStacks(stack("gallery"), stack("b", { name: "other" })).apps).toHaveLength(2);
});

test("a bucket whose name is not known is said by its address", () => {
  const edit: CloudStack["edit"] = (stack) => (theOnly(stack, "google_storage_bucket").name = "${var.bucket}");
  const after: CloudStack["edit"] = (stack) => {
    edit(stack);
    theOnly(stack, "google_storage_bucket").labels = { app: "gallery", team: "web" };
  };
  expect(changed({ edit }, { edit: after })).toMatch(
    /\| bucket `google_storage_bucket\.gallery_bucket_\w+`: `labels\.team` \|/,
  );
});

test("a change of a firewall rule or a grant says of which one, and a port that is closed by which rule", () => {
  const edit: CloudStack["edit"] = (stack) => {
    resourceNamed(stack, "google_compute_firewall", "allow").source_ranges = ["10.0.0.0/8"];
    theOnly(stack, "google_storage_bucket_iam_member").role = "roles/storage.objectViewer";
  };
  const text = changed({}, { edit });
  expect(text).toMatch(/\| firewall rule `gallery-allow[^`]*`: `source_ranges` \|/);
  expect(text).toMatch(
    /\| google&#95;storage&#95;bucket&#95;iam&#95;member `google_storage_bucket_iam_member\.[^`]*`: `role` \|/,
  );
  expect(text).toMatch(/\| reachable by rule `google_compute_firewall\.gallery_ingress_allow_\w+` \|/);
});

test("files that the app only reads are not said to be overwritten by it", () => {
  const readOnly = { declared: { mounts: [{ ...uploads, readOnly: true }] } };
  expect(page(readOnly)).toContain(
    "- Not the app, whose mounts of it are read-only: what others overwrite or delete is kept as an old version for `30` days.",
  );
  const both = {
    declared: {
      mounts: [
        { ...uploads, readOnly: true },
        { ...uploads, path: "/srv/other" },
      ],
    },
  };
  expect(page(both)).toContain(
    "- The app itself: what it overwrites or deletes is kept as an old version for `30` days.",
  );
});

test("a grant is on an image repository, an organization, a bucket", () => {
  const define: CloudStack["define"] = (scope) => {
    const member = "user:me@example.com";
    new ArtifactRegistryRepositoryIamMember(scope, "r", {
      repository: "r",
      role: "roles/artifactregistry.reader",
      member,
    });
    new ProjectIamMember(scope, "p", { project: "p", role: "roles/viewer", member });
  };
  const texts = change({}, { define }).exposures.map(({ text }) => text);
  expect(texts).toEqual(
    expect.arrayContaining([
      "somebody may pull images, on an image repository",
      "somebody may read nearly everything, on a project",
    ]),
  );
});

test("where a bucket is, the VM's network, and how long a start may take", () => {
  const props = {
    bucketOptions: { location: "EU" },
    network: { network: "own", subnetwork: "own-east" },
    startTimeoutSeconds: 90,
  };
  const text = page({ props, edit: (stack) => (theOnly(stack, "google_storage_bucket").storage_class = "NEARLINE") });
  expect(text).toContain("(in `EU`, storage class `NEARLINE`):");
  expect(text).toContain("| network | `own`, the subnetwork `own-east` |");
  expect(text).toContain("seconds to stop, and `90` to come to life |");
  expect(page()).toContain("(in `us-east1`, storage class `STANDARD`):");
});

describe("what gcsfuse is told beside the defaults", () => {
  test("is a column of the mounts, where there is any", () => {
    expect(page()).not.toContain("gcsfuse is told");
    const props = {
      mounts: [
        {
          path: "/srv/a",
          readOnly: true,
          prefix: "a",
          uid: 33,
          fileMode: "0640",
          customEndpoint: "https://storage.example.com",
          fileCacheMaxSizeMib: 100,
          gcsfuseConfig: { write: { "enable-streaming-writes": false } },
        },
        { path: "/srv/b", prefix: "b" },
      ],
    };
    const text = page({ props });
    expect(text).toMatch(
      /\| `\/srv\/a` \|.*\| `customEndpoint=https:\/\/storage\.example\.com`, `fileMode=0640`, `gcsfuseConfig\.write\.enable-streaming-writes=false` \|/,
    );
    expect(text).toMatch(/\| `\/srv\/b` \|.*\|  \|/);
  });

  test("the defaults are the library's", () => {
    const mount = { ...uploads, gcsfuseConfig: GCSFUSE_DEFAULTS };
    expect(unusualSettings(mount)).toEqual([]);
    expect(unusualSettings({ ...mount, gcsfuseConfig: {} })).toEqual([]);
    const other = { ...GCSFUSE_DEFAULTS, "implicit-dirs": false };
    expect(unusualSettings({ ...mount, gcsfuseConfig: other })).toEqual([["gcsfuseConfig.implicit-dirs", false]]);
  });
});

test("what a resource of another type does is not known, in its row and in the first line", () => {
  const define: CloudStack["define"] = (scope) => void new PubsubTopic(scope, "topic", { name: "topic" });
  const text = changed({}, { define });
  expect(text).toContain("Effect: nothing that runs is touched, and **not known of 1 resource**.");
  expect(text).toContain("| `google_pubsub_topic.topic` | created | — | not known |");
  expect(changed({}, {})).not.toContain("not known");
  const member: CloudStack["define"] = (scope) =>
    void new ProjectIamMember(scope, "p", { project: "p", role: "roles/viewer", member: "user:me@example.com" });
  expect(changed({}, { define: member })).toContain("Effect: nothing that runs is touched. New exposure");
});
