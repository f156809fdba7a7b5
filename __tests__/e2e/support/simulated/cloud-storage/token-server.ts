/**
 * Simulated: the one thing that gcsfuse needs of the metadata server, a token, on the loopback address
 * (GCE_METADATA_HOST leads there). The whole metadata server belongs to the simulated machine.
 */
import fastify from "fastify";

export interface TokenServer {
  /** HOST:PORT */
  readonly host: string;
  /** What is handed out; a token lives so short that every request fetches it anew. */
  token: string;
  close(): Promise<void>;
}

export async function startTokenServer(token: string): Promise<TokenServer> {
  const app = fastify();
  app.get("/computeMetadata/v1/*", async (request, reply) => {
    reply.header("metadata-flavor", "Google");
    return request.url.includes("/service-accounts/default/token")
      ? { access_token: server.token, expires_in: 1, token_type: "Bearer" }
      : reply.code(404).send();
  });
  const address = await app.listen({ host: "127.0.0.1", port: 0 });
  const server = { host: new URL(address).host, token, close: () => app.close() };
  return server;
}
