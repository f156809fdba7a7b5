/** What the proxy serves, and for whom. Every text may be anything: `write` decides how it gets into the file. */
export interface ProxiedSite {
  /** The host names that get a certificate, or the URLs with them: `https://localhost:8443`. */
  readonly addresses: readonly string[];
  /** The host whose certificate those get who name none, such as who asks for an IP address. Default: they get none. */
  readonly unnamedHost?: string;
  /** The app, as the proxy's network knows it: `app.:80`. */
  readonly upstream: string;
  /** The directory of the authority that issues the certificates. Default: the proxy is an authority itself. */
  readonly acmeServer?: string;
  /** Whom the authority may write to. */
  readonly email?: string;
  /** The file with the certificate that the authority's own server is trusted by. Default: what the image trusts. */
  readonly acmeServerCertificateFile?: string;
  /** The environment variables of the proxy that have who may come in, and the hash of the password. Default: everybody. */
  readonly basicAuth?: { readonly userVariable: string; readonly hashVariable: string };
  /** The environment variable of the proxy that has the page for who has waited in vain. Default: a plain page. */
  readonly maintenancePageVariable?: string;
  /** Whether browsers are told to use nothing but HTTPS for the domains, on whichever port. */
  readonly strictTransportSecurity: boolean;
}

/** Seconds for which a request waits for an app that takes no connection, while it is replaced for example. */
export const HOLD_SECONDS = 60;

/** Days for which a browser remembers that a domain has HTTPS. */
const STRICT_TRANSPORT_DAYS = 30;

/** Seconds in which requests may finish when the proxy itself is stopped. */
export const PROXY_GRACE_SECONDS = 10;

/** Seconds after which who was told that the app is away may ask again. */
const RETRY_SECONDS = 30;

/** What people see once a request has waited in vain, unless another page is given. */
const MAINTENANCE_PAGE = [
  '<!doctype html><html lang="en"><meta charset="utf-8">',
  '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Back soon</title>',
  "<h1>Back soon</h1><p>What is behind this page does not answer just now. Please try again in half a minute.</p></html>",
].join("");

/** A word that Caddy reads as it is, without quotes. */
const PLAIN_WORD = /^[A-Za-z0-9/][A-Za-z0-9._:/@+~-]*$/;

/**
 * A text as one word of a Caddyfile. Between backticks everything stands for itself, but Caddy puts in environment variables
 * before it reads words, and placeholders when it serves: both have braces.
 *
 * @throws if it has a backtick, a brace or a NUL, which no quoting keeps
 * @see https://caddyserver.com/docs/caddyfile/concepts#tokens-and-quotes
 */
export function caddyfileWord(text: string): string {
  if (PLAIN_WORD.test(text)) {
    return text;
  }
  if (/[`{}\0]/.test(text)) {
    throw new Error(
      `${JSON.stringify(text)} cannot be written into a Caddyfile: use text without backticks, braces and NUL`,
    );
  }
  return `\`${text}\``;
}

/**
 * The Caddyfile of the proxy in front of an app.
 *
 * @param write how a text becomes a word of the file
 * @see https://caddyserver.com/docs/caddyfile
 */
export function renderCaddyfile(site: ProxiedSite, write: (text: string) => string = caddyfileWord): string {
  const { acmeServer, unnamedHost, basicAuth, maintenancePageVariable: page } = site;
  return block([
    // Nobody asks it to change while it runs: another file is another container.
    "admin off",
    "persist_config off",
    // Its own root certificate is for others to trust: in the container nobody asks for it.
    ...(acmeServer === undefined ? ["skip_install_trust"] : []),
    ...(unnamedHost === undefined ? [] : [`default_sni ${write(unnamedHost)}`]),
    `grace_period ${PROXY_GRACE_SECONDS}s`,
    "log {",
    ["output stdout", "format json"],
    "}",
    "servers {",
    // Who sends a header slowly holds a connection; bodies and answers may take as long as they like.
    ["timeouts {", ["read_header 30s", "idle 5m"], "}"],
    "}",
  ]).concat(
    block(
      [
        "tls {",
        // One authority, by name: Caddy would ask others too, and its own for names that are not public.
        acmeServer === undefined ? ["issuer internal"] : acmeIssuer({ ...site, acmeServer }, write),
        "}",
        ...(site.strictTransportSecurity
          ? [`header ?Strict-Transport-Security max-age=${STRICT_TRANSPORT_DAYS * 24 * 60 * 60}`]
          : []),
        ...(basicAuth === undefined
          ? []
          : // As a word of the file, a user called "import" would be a directive, in quotes too.
            ["basic_auth {", [`{env.${basicAuth.userVariable}} {env.${basicAuth.hashVariable}}`], "}"]),
        `reverse_proxy ${write(site.upstream)} {`,
        [
          // The password is the proxy's: an app that knows other users would refuse them.
          ...(basicAuth === undefined ? [] : ["header_up -Authorization"]),
          // While nobody takes the connection, nothing of the request has been sent: it can wait, whatever its method.
          `lb_try_duration ${HOLD_SECONDS}s`,
          "lb_try_interval 250ms",
          // A connection that is kept may belong to an app that is just ending, which would lose the request.
          "transport http {",
          ["dial_timeout 2s", "keepalive off"],
          "}",
        ],
        "}",
        // Of the proxy's own errors only: what the app answers, of whichever status, goes through as it is.
        "handle_errors 502 503 504 {",
        [
          `header Retry-After ${RETRY_SECONDS}`,
          "header Cache-Control no-store",
          `header Content-Type ${caddyfileWord("text/html; charset=utf-8")}`,
          // What a placeholder stands for is not read for others.
          `respond ${page === undefined ? caddyfileWord(MAINTENANCE_PAGE) : `{env.${page}}`} 503`,
        ],
        "}",
      ],
      site.addresses.map(write).join(", "),
    ),
  );
}

function acmeIssuer(
  { acmeServer, email, acmeServerCertificateFile: certificate }: ProxiedSite & { readonly acmeServer: string },
  write: (text: string) => string,
): Lines {
  return [
    "issuer acme {",
    [
      `dir ${write(acmeServer)}`,
      ...(email === undefined ? [] : [`email ${write(email)}`]),
      ...(certificate === undefined ? [] : [`trusted_roots ${write(certificate)}`]),
    ],
    "}",
  ];
}

type Lines = readonly (string | Lines)[];

function block(lines: Lines, name?: string): string {
  return `${name === undefined ? "" : `${name} `}{\n${indented(lines, "\t")}}\n`;
}

function indented(lines: Lines, indent: string): string {
  return lines
    .map((line) => (typeof line === "string" ? `${indent}${line}\n` : indented(line, `${indent}\t`)))
    .join("");
}
