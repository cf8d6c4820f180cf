// JSON-RPC by POST to the node that served the page: calls made in one go travel in one batch.

import { parseExact } from "./json";

/** The node's refusal of a call. */
export class RpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = "RpcError";
  }

  /** Whether what was asked for is not there. */
  get isMissing(): boolean {
    return this.message === "data non existent" || this.message.startsWith("leveldb: not found");
  }

  /** Whether the node does not serve the method. */
  get isUnserved(): boolean {
    return this.code === -32601;
  }
}

/** The node could not be asked at all. */
export class Unreachable extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Unreachable";
  }
}

/** Calls of one batch; the node takes 1000. */
const BATCH_MAX = 100;
/** Longest wait for an answer; the node itself gives up after 30 s. */
const WAIT_MS = 35_000;

interface Waiting {
  method: string;
  params: readonly unknown[];
  done: (value: unknown) => void;
  failed: (error: Error) => void;
}

interface Answer {
  id?: number;
  result?: unknown;
  error?: { code: number; message: string };
}

let waiting: Waiting[] = [];

/** Calls a method of the node. */
export function call<T>(method: string, params: readonly unknown[] = []): Promise<T> {
  return new Promise<T>((done, failed) => {
    if (waiting.length === 0) queueMicrotask(flush);
    waiting.push({ method, params, done: done as (value: unknown) => void, failed });
  });
}

function flush(): void {
  const calls = waiting;
  waiting = [];
  for (let at = 0; at < calls.length; at += BATCH_MAX) void send(calls.slice(at, at + BATCH_MAX));
}

async function send(calls: Waiting[]): Promise<void> {
  try {
    const answers = await post(calls);
    for (const [id, { done, failed }] of calls.entries()) {
      const answer = answers.get(id);
      if (answer === undefined) failed(new Unreachable("the node left a call without an answer"));
      else if (answer.error) failed(new RpcError(answer.error.code, answer.error.message));
      else done(answer.result);
    }
  } catch (error) {
    const reason = error instanceof Unreachable ? error : new Unreachable(String(error));
    for (const { failed } of calls) failed(reason);
  }
}

async function post(calls: Waiting[]): Promise<Map<number, Answer>> {
  const requests = calls.map(({ method, params }, id) => ({ jsonrpc: "2.0", id, method, params }));
  const body = JSON.stringify(requests.length === 1 ? requests[0] : requests);
  const stop = AbortSignal.timeout(WAIT_MS);
  let response: Response;
  try {
    response = await fetch("/", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      credentials: "omit",
      cache: "no-store",
      signal: stop,
    });
  } catch {
    throw new Unreachable("the node does not answer");
  }
  if (!response.ok) throw new Unreachable(`the node answers with status ${response.status}`);
  const value = parseExact(await response.text()) as Answer | Answer[];
  const answers = new Map<number, Answer>();
  for (const answer of Array.isArray(value) ? value : [value]) {
    if (typeof answer.id === "number") answers.set(answer.id, answer);
  }
  return answers;
}
