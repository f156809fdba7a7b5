export function withoutSecretParts(text: string): string {
  return text;
}
