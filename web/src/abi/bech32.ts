// Bech32: the texts of addresses and token standards.

const SIGNS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const FACTORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function checksum(prefix: string, values: readonly number[]): number {
  let sum = 1;
  const add = (value: number): void => {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    FACTORS.forEach((factor, bit) => {
      if ((top >>> bit) & 1) sum ^= factor;
    });
  };
  for (const sign of prefix) add(sign.charCodeAt(0) >> 5);
  add(0);
  for (const sign of prefix) add(sign.charCodeAt(0) & 31);
  values.forEach(add);
  return sum >>> 0;
}

/** The text of some bytes. */
export function encode(prefix: string, bytes: Uint8Array): string {
  const values: number[] = [];
  let [held, bits] = [0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      values.push((held >>> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  if (bits > 0) values.push((held << (5 - bits)) & 31);
  const sum = checksum(prefix, [...values, 0, 0, 0, 0, 0, 0]) ^ 1;
  for (let at = 5; at >= 0; at -= 1) values.push((sum >>> (at * 5)) & 31);
  return `${prefix}1${values.map((value) => SIGNS[value]).join("")}`;
}

/** Whether a text with this prefix is whole: its checksum fits. */
export function isWhole(prefix: string, text: string): boolean {
  if (!text.startsWith(`${prefix}1`)) return false;
  const values = [...text.slice(prefix.length + 1)].map((sign) => SIGNS.indexOf(sign));
  return values.length > 6 && !values.includes(-1) && checksum(prefix, values) === 1;
}

/** Bytes of an address and of a token standard as texts. */
export const addressText = (bytes: Uint8Array): string => encode("z", bytes);
export const tokenText = (bytes: Uint8Array): string => encode("zts", bytes);
