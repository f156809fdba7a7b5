import { servedMounts } from "../../lib/boot/declaration";

const [photos, music] = ["photos", "music"].map((prefix) => ({ path: "/srv/app", prefix }));
const at = (path: string) => ({ ...photos, path });

test.each([
  ["one that containers share, wherever they have it", [[photos], [at("/data")], [at("/backup")]], [photos]],
  ["others beside it", [[photos], [music, at("/data")]], [photos, music]],
  ["two of one container, which it could not share with itself", [[photos, at("/b")]], [photos, at("/b")]],
  [
    "the same two in another container",
    [
      [photos, at("/b")],
      [at("/c"), at("/d")],
    ],
    [photos, at("/b")],
  ],
  ["none", [[], []], []],
])("%s", (_, containers, served) => {
  expect(servedMounts<{ path: string; prefix: string }>(containers)).toEqual(served);
});
