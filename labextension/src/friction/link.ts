/** An address that an administrator gave, if a browser may be sent there; else null. */
export function link(address: string, fragment = ''): string | null {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return null;
  }
  if (fragment) {
    url.hash = encodeURIComponent(fragment);
  }
  return url.href;
}
