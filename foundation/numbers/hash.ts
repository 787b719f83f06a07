import { sha256 as digest } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { canonicalJson } from '../json/canonical-json.js';
import type { Json } from '../json/canonical-json.js';
import { utf8Bytes } from '../json/text-encoding.js';

/** The 32 bytes of SHA-256 of bytes, or of a string's UTF-8 form. */
export function sha256(data: string | Uint8Array): Uint8Array {
  return digest(typeof data === 'string' ? utf8Bytes(data) : data);
}

/** SHA-256 as 64 lower-case hexadecimal digits. */
export function sha256Hex(data: string | Uint8Array): string {
  return bytesToHex(sha256(data));
}

/** Hash of a JSON value: SHA-256 of its canonical text, so key order does not matter. */
export function hashJson(value: Json): string {
  return sha256Hex(canonicalJson(value));
}
