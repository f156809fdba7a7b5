import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TerraformOutput, TerraformStack, TerraformVariable, Testing } from "cdktf";
import { regionOf } from "../../lib/checks/location";
import { base64, renderWithTokens } from "../../lib/terraform/template-text";
import { TEMPLATE_TEXT } from "../support/terraform-template";
import { terraform } from "./support/real/terraform";

/** What Terraform itself makes of a stack's outputs. */
async function outputsOf(
  fill: (stack: TerraformStack) => { [name: string]: string },
): Promise<{ [name: string]: string }> {
  const stack = new TerraformStack(Testing.app(), "stack");
  for (const [name, value] of Object.entries(fill(stack))) {
    new TerraformOutput(stack, name, { value, staticId: true });
  }
  const folder = mkdtempSync(join(tmpdir(), "terraform-text-"));
  writeFileSync(join(folder, "cdk.tf.json"), Testing.synth(stack));
  await terraform(folder, ["init", "-no-color"]);
  await terraform(folder, ["apply", "-no-color", "-auto-approve"]);
  const { stdout } = await terraform(folder, ["output", "-json"]);
  rmSync(folder, { recursive: true });
  return Object.fromEntries(
    Object.entries<{ value: string }>(JSON.parse(stdout)).map(([name, { value }]) => [name, value]),
  );
}

const numbered = (values: string[]) => Object.fromEntries(values.map((value, index) => [`v${index}`, value]));

test("every text arrives, alone and beside a value that only Terraform knows", async () => {
  // Terraform normalizes Unicode, which is why what must be kept byte for byte travels as base64.
  const texts = fc.sample(TEMPLATE_TEXT, 200).map((text) => text.normalize("NFC").replace(/\0/g, ""));
  const outputs = await outputsOf((stack) => {
    const token = new TerraformVariable(stack, "variable", { default: "<${token}>" }).stringValue;
    return numbered([
      ...texts.map((text) => renderWithTokens({ text }, (spec) => spec.text)),
      ...texts.map((text) => renderWithTokens({ text, token }, (spec) => `${spec.text}${spec.token}${spec.text}`)),
    ]);
  });
  expect(outputs).toEqual(numbered([...texts, ...texts.map((text) => `${text}<\${token}>${text}`)]));
});

test("base64 is of the same bytes, whoever encodes them", async () => {
  const decomposed = "cafe\u0301 ${x} %{y} $$ \u{1f600}\n";
  const outputs = await outputsOf((stack) => {
    const token = new TerraformVariable(stack, "variable", { default: "é" }).stringValue;
    return {
      literal: base64("a", decomposed),
      token: base64("a", token),
      both: base64("a", `${decomposed}${token}-${token}`),
    };
  });
  expect(Buffer.from(outputs.literal, "base64").toString()).toBe(decomposed);
  expect(Buffer.from(outputs.token, "base64").toString()).toBe("é");
  expect(Buffer.from(outputs.both, "base64").toString()).toBe(`${decomposed.normalize("NFC")}é-é`);
});

test("the region of a zone that only Terraform knows", async () => {
  const zones = ["us-east1-b", "europe-west4-a", "northamerica-northeast1-a", "me-central2-c", "europe-west12-b"];
  const outputs = await outputsOf((stack) =>
    numbered(
      zones.map((zone, index) => regionOf(new TerraformVariable(stack, `zone${index}`, { default: zone }).stringValue)),
    ),
  );
  expect(outputs).toEqual(
    numbered(["us-east1", "europe-west4", "northamerica-northeast1", "me-central2", "europe-west12"]),
  );
});
