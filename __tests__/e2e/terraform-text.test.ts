import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fn, TerraformOutput, TerraformStack, TerraformVariable, Testing } from "cdktf";
import { regionOf } from "../../lib/checks/location";
import { isPlainText, PLAIN_PATH_TOKEN, PLAIN_TOKEN } from "../../lib/checks/plain-text";
import { tokenPreconditions } from "../../lib/terraform/preconditions";
import { encodeBase64, renderWithTokens } from "../../lib/terraform/template-text";
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

test("every text arrives, alone and beside a value that is an unresolved token", async () => {
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

test("encodeBase64 is of the same bytes, whoever encodes them", async () => {
  const decomposed = "cafe\u0301 ${x} %{y} $$ \u{1f600}\n";
  const outputs = await outputsOf((stack) => {
    const token = new TerraformVariable(stack, "variable", { default: "é" }).stringValue;
    return {
      literal: encodeBase64("a", decomposed),
      token: encodeBase64("a", token),
      both: encodeBase64("a", `${decomposed}${token}-${token}`),
    };
  });
  expect(Buffer.from(outputs.literal, "base64").toString()).toBe(decomposed);
  expect(Buffer.from(outputs.token, "base64").toString()).toBe("é");
  expect(Buffer.from(outputs.both, "base64").toString()).toBe(`${decomposed.normalize("NFC")}é-é`);
});

test("the region of a zone that is an unresolved token", async () => {
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

test("Terraform judges an unresolved token as synthesis judges a literal, and refuses quotes and backslashes too", async () => {
  const refused = ["\n", "\t", "\u0085", "\u009f", "\u2028", "\u2029", "\ufeff", "\uffff"].flatMap((c) => [
    `/a${c}b`,
    `/a${c}`,
  ]);
  const ends = [" /a", "/a ", ""];
  const accepted = ["/a", "/srv/photos/2026", "/with space", "/日本 ü", "/it's", "/$x", "/${x}", "/%{x}", "/\u{1f600}"];
  for (const value of accepted) expect([value, isPlainText(value)]).toEqual([value, true]);
  for (const value of [...refused, ...ends.slice(0, 2)]) expect([value, isPlainText(value)]).toEqual([value, false]);
  const values = [...refused, ...ends, '/a"b', "/a\\b", "/a,b", ...accepted];
  const judge = async (pattern: string) => {
    const outputs = await outputsOf((stack) =>
      numbered(
        values.map((value, index) => {
          const options = { default: value.replace(/([$%])\{/g, "$1$1{") };
          const { stringValue } = new TerraformVariable(stack, `value${index}`, options);
          const [{ condition }] = tokenPreconditions([{ what: "value", value: stringValue, pattern, allowed: "" }]);
          return Fn.tostring(condition);
        }),
      ),
    );
    return values.filter((_, index) => outputs[`v${index}`] === "true");
  };
  expect(await judge(PLAIN_TOKEN)).toEqual(["/a,b", ...accepted]);
  expect(await judge(PLAIN_PATH_TOKEN)).toEqual(accepted);
});
