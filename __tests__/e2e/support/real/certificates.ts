import execa from "execa";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Certificates {
  /** The test's own authority, for those who must trust it. */
  readonly caFile: string;
  readonly key: Buffer;
  readonly certificate: Buffer;
}

/** A certificate for the host names by a new authority, valid for two days; the files go into `folder`. */
export async function makeCertificates(folder: string, hosts: readonly string[]): Promise<Certificates> {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execa("openssl", args, { cwd: folder });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl(
    ...["req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=Test authority"],
  );
  await openssl("req", ...newKey, "-keyout", "server.key", "-out", "server.csr", "-subj", `/CN=${hosts[0]}`);
  writeFileSync(file("server.ext"), `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(",")}\n`);
  await openssl(
    ...["x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"],
    ...["-extfile", "server.ext", "-out", "server.crt"],
  );
  return {
    caFile: file("ca.crt"),
    key: readFileSync(file("server.key")),
    certificate: readFileSync(file("server.crt")),
  };
}
