import { Readable, Transform } from "node:stream";
import type { Socket } from "node:net";

/** Passes some bytes on and then resets the connection; a shorter stream is cut at its end. */
export function cutStream(source: Readable, socket: Socket, afterBytes: number): Readable {
  let left = afterBytes;
  const reset = (): void => void socket.resetAndDestroy();
  const cut = new Transform({
    transform(block: Buffer, _encoding, done) {
      if (block.length < left) {
        left -= block.length;
        return done(null, block);
      }
      reset();
      return done(new Error("connection cut by the test"));
    },
    flush(done) {
      reset();
      done(new Error("connection cut by the test"));
    },
  });
  // Whoever reads it is told; when nobody does, the error is nobody's.
  cut.on("error", () => undefined);
  source.on("error", (error) => cut.destroy(error));
  return source.pipe(cut);
}
