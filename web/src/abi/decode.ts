// Calls of contracts, read as the node reads them: Ethereum's head and tail layout with 32-byte words.

import { hex } from "../format/bytes";
import { addressText, tokenText } from "./bech32";
import table from "./contracts";

/** An argument of a call, by its type. */
export type Value =
  | { kind: "number"; value: bigint }
  | { kind: "truth"; value: boolean }
  | { kind: "address"; value: string }
  | { kind: "token"; value: string }
  | { kind: "hash"; value: string }
  | { kind: "text"; value: string }
  | { kind: "bytes"; value: Uint8Array }
  | { kind: "list"; value: Value[] };

/** An argument with its name. */
export interface Argument {
  name: string;
  type: string;
  value: Value;
}

export interface Method {
  name: string;
  selector: string;
  params: [string, string][];
  about: string;
}

export interface Contract {
  name: string;
  address: string;
  methods: Method[];
}

/** A call of a contract. */
export interface Call {
  contract: Contract;
  method: Method;
  /** `null` if the bytes do not fit the method. */
  args: Argument[] | null;
}

export const CONTRACTS: readonly Contract[] = table;

const BY_ADDRESS = new Map(CONTRACTS.map((contract) => [contract.address, contract]));
const WORD = 32;
/** Most elements of a list that are read: a page shows no more. */
const LIST_MAX = 4096;

/** The contract at an address. */
export function contractAt(address: string): Contract | undefined {
  return BY_ADDRESS.get(address);
}

/** The contract with a name. */
export function contractNamed(name: string): Contract | undefined {
  return CONTRACTS.find((contract) => contract.name === name);
}

/** The call that a send to `address` with this data is, if it is one. */
export function callOf(address: string, data: Uint8Array): Call | null {
  const contract = contractAt(address);
  if (contract === undefined || data.length < 4) return null;
  const selector = hex(data.subarray(0, 4));
  const method = contract.methods.find((known) => known.selector === selector);
  if (method === undefined) return null;
  return { contract, method, args: decode(method.params, data.subarray(4)) };
}

/** The arguments in a call's data behind its selector. */
export function decode(params: readonly (readonly [string, string])[], body: Uint8Array): Argument[] | null {
  if ((params.length === 0) !== (body.length === 0)) return null;
  try {
    return params.map(([name, type], index) => ({ name, type, value: read(type, body, index * WORD) }));
  } catch (error) {
    if (error instanceof Misfit) return null;
    throw error;
  }
}

class Misfit extends Error {}

function word(data: Uint8Array, at: number): Uint8Array {
  if (at < 0 || at + WORD > data.length) throw new Misfit();
  return data.subarray(at, at + WORD);
}

function unsigned(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${hex(bytes)}`);
}

function index(bytes: Uint8Array): number {
  const value = unsigned(bytes);
  if (value > 0x7fff_ffffn) throw new Misfit();
  return Number(value);
}

function read(type: string, data: Uint8Array, at: number): Value {
  const head = word(data, at);
  if (type === "string" || type === "bytes" || type.endsWith("[]")) {
    const offset = index(head);
    const length = index(word(data, offset));
    const start = offset + WORD;
    if (length > data.length - start) throw new Misfit();
    if (type.endsWith("[]")) return list(type.slice(0, -2), data.subarray(start), length);
    const bytes = data.subarray(start, start + length);
    if (type === "bytes") return { kind: "bytes", value: bytes };
    return { kind: "text", value: new TextDecoder().decode(bytes) };
  }
  const number = /^(u?)int(\d+)$/.exec(type);
  if (number) {
    const bits = Number(number[2]);
    const low = head.subarray(WORD - Math.min(WORD, bits / 8));
    const value = unsigned(low);
    return { kind: "number", value: number[1] === "u" ? value : BigInt.asIntN(bits, value) };
  }
  switch (type) {
    case "bool": {
      const value = unsigned(head);
      if (value > 1n) throw new Misfit();
      return { kind: "truth", value: value === 1n };
    }
    case "address":
      return { kind: "address", value: addressText(head.subarray(12)) };
    case "tokenStandard":
      return { kind: "token", value: tokenText(head.subarray(22)) };
    case "hash":
      return { kind: "hash", value: hex(head) };
    default:
      throw new Misfit();
  }
}

function list(type: string, data: Uint8Array, count: number): Value {
  if (count > LIST_MAX || count * WORD > data.length) throw new Misfit();
  const value = Array.from({ length: count }, (_, at) => read(type, data, at * WORD));
  return { kind: "list", value };
}

/** What a contract's receive says of the call that it took: its data is a status of eight bytes. */
export function outcomeOf(data: Uint8Array): "done" | "refused" | null {
  if (data.length !== 8) return null;
  const status = unsigned(data);
  return status === 1n ? "done" : status === 2n ? "refused" : null;
}

/** Whether an address is a contract's. */
export function isContract(address: string): boolean {
  return BY_ADDRESS.has(address);
}
