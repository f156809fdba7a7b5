import { DeployGuard, GcsBackedContainerApp } from "../../lib";
import { newStack, ready, synthesized } from "../support/synthesize";

function guarded() {
  const stack = newStack();
  new GcsBackedContainerApp(stack, "gallery", ready());
  DeployGuard.refuseToDeploy(stack, "no project is set");
  return synthesized(stack).resource;
}

test("the refusal is a precondition that no plan can judge, and that never holds", () => {
  expect(guarded().terraform_data["refuse-to-deploy"].lifecycle).toEqual({
    precondition: [{ condition: "${terraform.workspace == timestamp()}", error_message: "no project is set" }],
  });
});

test("the message is a text, not a template", () => {
  const stack = newStack();
  DeployGuard.refuseToDeploy(stack, "set ${PROJECT}");
  const { precondition } = synthesized(stack).resource.terraform_data["refuse-to-deploy"].lifecycle;
  expect(precondition[0].error_message).toBe("set $${PROJECT}");
});

test("every other resource waits for it, so that nothing is created before", () => {
  const others = Object.entries(guarded())
    .flatMap(([type, resources]) => Object.entries(resources).map(([name, resource]) => ({ type, name, resource })))
    .filter(({ name }) => name !== "refuse-to-deploy");
  expect(others.length).toBeGreaterThan(10);
  for (const { resource } of others) {
    expect(resource.depends_on).toContain("terraform_data.refuse-to-deploy");
  }
});

test("a stack without it has no such resource", () => {
  const stack = newStack();
  new GcsBackedContainerApp(stack, "gallery", ready());
  expect(JSON.stringify(synthesized(stack))).not.toContain("refuse-to-deploy");
});
