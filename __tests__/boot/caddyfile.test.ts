import fc from "fast-check";
import { caddyfileWord, ProxiedSite, renderCaddyfile } from "../../lib/boot/caddyfile";

const site = (options: Partial<ProxiedSite> = {}): ProxiedSite => ({
  addresses: ["photos.example.com", "www.example.com"],
  upstream: "app.:8080",
  acmeServer: "https://acme.example/directory",
  strictTransportSecurity: true,
  ...options,
});

/**
 * The words of each line, as Caddy's lexer splits them: quotes and backticks, escapes, comments.
 * https://github.com/caddyserver/caddy/blob/v2.11.4/caddyconfig/caddyfile/lexer.go
 */
function linesOf(file: string): string[][] {
  // Before it splits words, Caddy puts in environment variables.
  expect(file).not.toContain("{$");
  const lines: string[][] = [[]];
  let word: string | undefined;
  let quote: string | undefined;
  let escaped = false;
  const end = () => {
    if (word !== undefined) lines[lines.length - 1].push(word);
    word = quote = undefined;
  };
  for (let index = 0; index < file.length; index++) {
    const character = file[index];
    if (!escaped && character === "\\" && quote !== "`") {
      escaped = true;
    } else if (quote !== undefined) {
      if (escaped && character !== '"') word += "\\";
      if (!escaped && character === quote) end();
      else word += character;
      escaped = false;
    } else if (/\s/u.test(character)) {
      end();
      if (character === "\n" && !escaped) lines.push([]);
      escaped = false;
    } else if (character === "#" && word === undefined) {
      while (index + 1 < file.length && file[index + 1] !== "\n") index++;
    } else if (word === undefined && (character === '"' || character === "`") && !escaped) {
      [word, quote] = ["", character];
    } else {
      if (escaped) word = `${word ?? ""}\\`;
      word = `${word ?? ""}${character}`;
      escaped = false;
    }
  }
  end();
  return lines.filter((line) => line.length > 0);
}

test("the whole file", () => {
  expect(renderCaddyfile(site({ email: "me@example.com", acmeServerCertificateFile: "/etc/caddy/acme-server.pem" })))
    .toBe(`{
	admin off
	persist_config off
	grace_period 10s
	log {
		output stdout
		format json
	}
	servers {
		timeouts {
			read_header 30s
			idle 5m
		}
	}
}
photos.example.com, www.example.com {
	tls {
		issuer acme {
			dir https://acme.example/directory
			email me@example.com
			trusted_roots /etc/caddy/acme-server.pem
		}
	}
	header ?Strict-Transport-Security max-age=2592000
	reverse_proxy app.:8080 {
		lb_try_duration 60s
		lb_try_interval 250ms
		transport http {
			dial_timeout 2s
			keepalive off
		}
	}
	handle_errors 502 503 504 {
		header Retry-After 30
		header Cache-Control no-store
		header Content-Type \`text/html; charset=utf-8\`
		respond \`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Back soon</title><h1>Back soon</h1><p>What is behind this page does not answer just now. Please try again in half a minute.</p></html>\` 503
	}
}
`);
});

test("what is not given is not there", () => {
  const file = renderCaddyfile(site({ strictTransportSecurity: false }));
  expect(file).not.toMatch(/email|trusted_roots|Strict/);
});

test("without an authority the proxy is one itself, and gives its certificate to no trust store", () => {
  const file = renderCaddyfile({
    ...site(),
    acmeServer: undefined,
    addresses: ["https://localhost:8443"],
    unnamedHost: "127.0.0.1",
    strictTransportSecurity: false,
  });
  const lines = linesOf(file);
  expect(lines.slice(0, 5)).toEqual([
    ["{"],
    ["admin", "off"],
    ["persist_config", "off"],
    ["skip_install_trust"],
    ["default_sni", "127.0.0.1"],
  ]);
  const at = lines.findIndex(([word]) => word === "https://localhost:8443");
  expect(lines.slice(at, at + 5)).toEqual([
    ["https://localhost:8443", "{"],
    ["tls", "{"],
    ["issuer", "internal"],
    ["}"],
    ["reverse_proxy", "app.:8080", "{"],
  ]);
  expect(file).not.toContain("acme");
});

test("a password is asked for before anything else, and is not passed on", () => {
  const lines = linesOf(renderCaddyfile(site({ basicAuth: { userVariable: "WHO", hashVariable: "HASH" } })));
  const at = lines.findIndex(([word]) => word === "basic_auth");
  expect(lines.slice(at, at + 5)).toEqual([
    ["basic_auth", "{"],
    ["{env.WHO}", "{env.HASH}"],
    ["}"],
    ["reverse_proxy", "app.:8080", "{"],
    ["header_up", "-Authorization"],
  ]);
});

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(..."\\\"`{}$#\n\r\t ,<>a.:*?&|;'()[]") }),
  fc.constantFrom(
    "{$HOME}",
    "{env.HOME}",
    "a {\n}\nevil.example {",
    "<<END",
    "#",
    "\\",
    '"',
    "a\\",
    "import /etc/passwd",
  ),
);

test("whatever a text is, it is refused or stays one word, itself", () => {
  fc.assert(
    fc.property(text, (value) => {
      let word;
      try {
        word = caddyfileWord(value);
      } catch (error) {
        expect((error as Error).message).toMatch(/cannot be written into a Caddyfile/);
        expect(value).toMatch(/[`{}\0]/);
        return;
      }
      expect(linesOf(`before ${word} after\nnext`)).toEqual([["before", value, "after"], ["next"]]);
    }),
    { numRuns: 2000 },
  );
});

test("no value adds a line, and each stands where it belongs", () => {
  const word = text.filter((value) => !/[`{}\0]/.test(value));
  fc.assert(
    fc.property(word, word, word, word, (domain, upstream, acmeServer, email) => {
      const lines = linesOf(renderCaddyfile(site({ addresses: [domain], upstream, acmeServer, email })));
      const expected = linesOf(
        renderCaddyfile(site({ addresses: ["a.b"], upstream: "c", acmeServer: "d", email: "e" })),
      );
      const replaced: { [word: string]: string } = { "a.b": domain, c: upstream, d: acmeServer, e: email };
      expect(lines).toEqual(expected.map((line) => line.map((one) => replaced[one] ?? one)));
    }),
  );
});
