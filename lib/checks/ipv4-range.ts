import { Token } from "cdktf";
import { isIP, isIPv4 } from "net";
import { invalidInput } from "./invalid-input";

const EXAMPLES = '"203.0.113.0/24", or "203.0.113.7/32" for one address';

/**
 * Checks an IPv4 range in CIDR form; an unresolved token passes.
 *
 * @see https://cloud.google.com/firewall/docs/firewalls#sources
 */
export function checkIpv4Range(what: string, range: string): void {
  if (Token.isUnresolved(range)) {
    return;
  }
  const [, address, digits] = /^([^/]*)\/(\d|[12]\d|3[0-2])$/.exec(range) ?? [];
  if (isIP(range.split("/")[0]) === 6) {
    throw invalidInput(what, range, `the VM has no IPv6 address: use IPv4 ranges such as ${EXAMPLES}`);
  }
  if (address === undefined || !isIPv4(address)) {
    throw invalidInput(what, range, `use CIDR ranges such as ${EXAMPLES}`);
  }
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  if (value % 2 ** (32 - Number(digits)) !== 0) {
    throw invalidInput(
      what,
      range,
      `the address has bits beyond the range's length: use CIDR ranges such as ${EXAMPLES}`,
    );
  }
}
