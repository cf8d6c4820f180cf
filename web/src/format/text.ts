// Texts that others wrote, and names of things.

/** A hash or address with its middle left out. */
export function shortened(text: string, head = 8, tail = 6): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}

/** Signs that would turn the rest of a line around, or that nobody sees. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** A foreign text without signs that deceive the eye. */
export function plain(text: string): string {
  return text.replace(UNSEEN, "\ufffd");
}

/** The address of a page elsewhere, if a foreign text is one that may be followed. */
export function webAddress(text: string): string | null {
  const trimmed = text.trim();
  if (!/^https?:\/\//i.test(trimmed)) return null;
  try {
    const url = new URL(trimmed);
    const web = url.protocol === "http:" || url.protocol === "https:";
    return web && url.username === "" && url.password === "" ? url.href : null;
  } catch {
    return null;
  }
}

/** The block's sort in words. */
export function blockType(type: number): string {
  switch (type) {
    case 1:
      return "Genesis";
    case 2:
      return "Send";
    case 3:
      return "Receive";
    case 4:
      return "Contract send";
    case 5:
      return "Contract receive";
    default:
      return `Type ${type}`;
  }
}

/** Whether a block of this sort sends. */
export function sends(type: number): boolean {
  return type === 2 || type === 4;
}

export const ZERO_HASH = "0".repeat(64);
export const ZERO_ADDRESS = "z1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsggv2f";
export const ZERO_TOKEN = "zts1qqqqqqqqqqqqqqqqtq587y";
export const ZNN = "zts1znnxxxxxxxxxxxxx9z4ulx";
export const QSR = "zts1qsrxxxxxxxxxxxxxmrhjll";
