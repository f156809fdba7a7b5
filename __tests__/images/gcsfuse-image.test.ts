import { only, simplest, synthesizeApp } from "../support/synthesize";

const sidecar = (gcsfuse = {}) => only(synthesizeApp({ gcsfuse }), "docker_image");

test("gcsfuse's image is built from this package's own folder", () => {
  expect(sidecar().name).toMatch(/^us-east1-docker\.pkg\.dev\/demo-project-123\/gallery\/gcsfuse:[0-9a-f]{32}$/);
  expect(sidecar().build.build_args).toBeUndefined();
});

test("another source of packages is another image", () => {
  const aptSource = "deb https://packages.example.com/apt gcsfuse-bookworm main";
  expect(sidecar({ aptSource }).build.build_args).toEqual({ GCSFUSE_APT_SOURCE: aptSource });
  expect(sidecar({ aptSource }).name).not.toBe(sidecar().name);
});

test("another base image is another image", () => {
  const baseImage = "mirror.example.com/debian:bookworm-slim";
  expect(sidecar({ baseImage }).build.build_args).toEqual({ BASE_IMAGE: baseImage });
  expect(sidecar({ baseImage }).name).not.toBe(sidecar().name);
});

test("an image that is given is used as it is", () => {
  expect(synthesizeApp().resource.docker_image).toBeUndefined();
  expect(Object.keys(synthesizeApp({ ...simplest(), gcsfuse: undefined }).resource.docker_image)).toHaveLength(2);
});
