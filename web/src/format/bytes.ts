// Bytes: base64 as the node writes them, hex, text.

/** The bytes of a base64 text; none if it is no such text. */
export function ofBase64(text: string | null): Uint8Array {
  if (text === null || text === "") return new Uint8Array();
  try {
    return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

/** Hex digits, two a byte. */
export function hex(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += byte.toString(16).padStart(2, "0");
  return out;
}

/** The text that bytes are, if they are one that can be read. */
export function text(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return null;
  try {
    const out = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(out) ? null : out;
  } catch {
    return null;
  }
}
