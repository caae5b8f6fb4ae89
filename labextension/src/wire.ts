/**
 * What travels between the server extension and this one: the types of
 * `docs/reference/openapi.yaml` and of the WebSocket, nothing else.
 *
 * Names are snake_case as on the wire. "Cell number" is 1-based over all cells.
 */

export type Severity = 'block' | 'warn' | 'note';
export type VerdictKind = 'endpoint' | 'source' | 'rehearsal' | 'stays';
export type ServiceState =
  'running' | 'starting' | 'stopped' | 'failed' | 'gone';
export type RunState =
  'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'interrupted';
export type StageState = 'started' | 'done' | 'failed' | 'skipped';
export type Json =
  null | boolean | number | string | Json[] | { [key: string]: Json };
/** Options by name, as flags would set them; anything not named comes from the notebook's metadata. */
export type Options = { [name: string]: Json };

/** Every reply with a status of 400 or more. `findings` where they are the reason. */
export interface IProblem {
  code: string;
  message: string;
  remedy: string;
  detail: string;
  findings: IFinding[];
  candidates: ICandidate[];
}

export interface IFinding {
  code: string;
  severity: Severity;
  message: string;
  remedy: string;
  cell: string | null;
  number: number | null;
  line: number | null;
}

export interface ICell {
  id: string;
  number: number;
  kind: 'code' | 'markdown' | 'raw';
  first: string;
  /** Null for cells that hold no code, and where there is no slice. */
  verdict: VerdictKind | null;
  chain: string[];
  tags: string[];
  /** It ships and differs from what the live revision has of it. */
  drifted: boolean;
}

/** A function that could be served, or (kind `call`) a cell that ends in a call and could become one. */
export interface ICandidate {
  kind: 'function' | 'call';
  function: string;
  cell: string;
  number: number;
  signature: string;
  /** kind `call`: the source that the cell would have as a function with an `endpoint` tag. */
  source: string | null;
}

export interface IEndpoint {
  function: string;
  method: string;
  path: string;
  cell: string;
  line: number;
  doc: string;
}

export interface ILive {
  service: string;
  target: string;
  state: ServiceState;
  revision: number;
  plan_digest: string;
  /** Code that the live revision has and this notebook has not, so that the review has something new. */
  drifted: boolean;
}

/** What a notebook would ship, from its text alone: milliseconds, nothing runs. */
export interface ILook {
  path: string;
  /** sha256 of the notebook's bytes; "" where the body of the request was the notebook. */
  digest: string;
  service: string;
  target: string;
  cells: ICell[];
  endpoints: IEndpoint[];
  candidates: ICandidate[];
  findings: IFinding[];
  /** Codes of blocking findings that policy lets a person override, giving a reason. */
  overridable: string[];
  /** Another notebook that the service belongs to, and can be taken over from; else "". */
  owner: string;
  cells_shipped: number;
  cells_total: number;
  /** Names that a rehearsal computes. */
  computed: string[];
  live: ILive | null;
}

export interface IFile {
  name: string;
  text: string;
  /** Text of the same file in the live revision; null where there is none. */
  live: string | null;
  /** Line of `text` (1-based) -> [cell id, line in cell]; service.py only, else {}. */
  source_map: { [line: string]: [string, number] };
}

export interface IBreaking {
  endpoint: string;
  message: string;
}

/** A review. `complete` is false where the lock is still to come: then plan_digest is "". */
export interface IReview extends ILook {
  complete: boolean;
  plan_digest: string;
  options: Options;
  /** Option name -> where its value comes from. */
  given: { [name: string]: string };
  files: IFile[];
  /** The OpenAPI document as far as it is known. */
  openapi: Json;
  holes: string[];
  /** Whether the rehearsal of this very plan is known: then nothing but the deploy is left to run. */
  rehearsed: boolean;
  examples: IExample[];
  artifacts: { name: string; file: string; format: string; size: number }[];
  breaking: IBreaking[];
  packages: [string, string][];
  /** Those of the packages that exist as source alone: their code runs when they are built. */
  sources: ISource[];
  lock_source: string;
  size: { packages: number | null; artifacts: number | null; code: number };
  permissions: {
    env: string[];
    secrets: string[];
    reads: string[];
    hosts: string[];
  };
  unchanged: boolean;
}

export interface ISource {
  name: string;
  version: string;
  /** A commit (`git+https://…@COMMIT`), or where the archive is. */
  reference: string;
}

export interface IExample {
  function: string;
  cell: string;
  arguments: Json;
  result: Json;
}

/** What was typed behind `%deploy` in a cell. */
export interface IIntent {
  /** The notebook that was named; null where none was, or where it lies outside the server's root. */
  path: string | null;
  options: Options;
  /** `--yes`: without a question. */
  yes: boolean;
  /** `--fresh`: rehearse again, whatever the caches hold. */
  fresh: boolean;
  /** `--take-over`: also where the service belongs to another notebook. */
  take_over: boolean;
}

export interface IRequest {
  path: string;
  /** sha256 of the saved notebook's bytes. */
  digest: string;
  options: Options;
}

export interface IShip extends IRequest {
  /** A UUID that the client made: the idempotency key. */
  id: string;
  plan_digest: string;
  /** Finding code -> reason, for findings that policy lets a person override. */
  overrides?: { [code: string]: string };
  fresh?: boolean;
  /** The review's `owner`: the service is this notebook's from then on. */
  takes_over?: string;
  /** `prove`: stop after the proof, nothing goes live ("Rehearse now"). */
  until?: 'prove';
}

export interface IRun {
  id: string;
  service: string;
  target: string;
  /** As the contents API knows it; null where the notebook lies outside the server's root. */
  path: string | null;
  plan_digest: string;
  state: RunState;
  created: number;
  started: number | null;
  finished: number | null;
  who: string;
  until: 'prove' | null;
  /** Options by name, as who asked set them. */
  options: Options;
  /** Finding code -> the reason somebody gave for going on in spite of it. */
  overrides: { [code: string]: string };
  fresh: boolean;
  /** The notebook that the service is taken over from; else "". */
  takes_over: string;
  error: IRunError | null;
  result: IRunResult | null;
}

export interface IRunError {
  code: string;
  message: string;
  remedy: string;
  detail: string;
  cell: string | null;
  line: number | null;
  findings: IFinding[];
  /** Why a tool or Python failed, where that is recognised. */
  cause?: ICause | null;
}

/** A terminal of the server. */
export interface ITerminal {
  /** As the terminals API has it. */
  name: string;
}

export interface ICause {
  code: string;
  cause: string;
  /** The line that shows it. */
  evidence: string;
  remedy: string;
}

export interface IRunResult {
  service: string;
  target: string;
  url: string | null;
  revision: number;
  unchanged?: boolean;
  unproven?: boolean;
  call?: {
    function: string;
    method: string;
    path: string;
    arguments: Json;
  } | null;
}

/** runs/events.py: PAYLOADS is the vocabulary; its fixtures are replayed by tests of both sides. */
export interface IRunEvent {
  run: string;
  seq: number;
  time: number;
  stage: string;
  kind: 'run' | 'stage' | 'log' | 'progress' | 'finding' | 'cell' | 'result';
  payload: { [key: string]: Json };
}

export interface IRevision {
  number: number;
  plan_digest: string;
  bundle_digest: string;
  run: string;
  who: string;
  when: string;
  origin: number | null;
  /** Why it was brought back without anybody asking for it; else empty. */
  why: string;
}

export interface IService {
  service: string;
  target: string;
  state: ServiceState;
  path: string | null;
  /** 0: none is live; `run` is making the first one, or has failed to. */
  revision: number;
  plan_digest: string;
  /** Below the Jupyter server, "/modelship/services/NAME/" without the base URL. */
  proxy: string;
  /** Its own address, and from where that is reached: not always from this machine. */
  url: string;
  url_from: 'machine' | 'cluster' | 'network';
  /** Holds the bearer token that `url` asks for; null where it asks for none. */
  token_file: string | null;
  since: string;
  /** How many processes answer; null while stopped, and where a service is one always. */
  replicas: { ready: number; wanted: number } | null;
  restarts: number;
  reason: string;
  remedy: string;
  cell: string | null;
  line: number | null;
  revisions: IRevision[];
  endpoints: IEndpoint[];
  /** The newest run of the service. */
  run: IRun | null;
  metrics: IMetrics | null;
  /** Its target does not answer: all else is as it was when it last did. */
  silent: ISilence | null;
}

/** Of a target that does not answer. */
export interface ISilence {
  /** UTC epoch seconds of the first look that had no answer. */
  since: number;
  reason: string;
  remedy: string;
}

/** Of the last hour, as far as this server has watched. Rates in 1/s, times in seconds. */
export interface IMetrics {
  rate: number;
  errors: number;
  p50: number | null;
  p99: number | null;
  /** One point each 10 s, oldest first, at most 360. */
  rates: number[];
}

/** A request that failed in a served revision. */
export interface IFailure {
  time: string;
  request_id: string;
  endpoint: string;
  status: number;
  message: string;
  cell: string | null;
  number: number | null;
  line: number | null;
  revision: number;
}

export interface IProvenance {
  record: Json;
  retrainable: boolean;
  blockers: string[];
}

/** Data of a frame of a `logs:` channel; its number is that of its last line. */
export interface ILogLines {
  lines: string[];
  /** They are no continuation of what came before: another log, or too long ago. */
  reset: boolean;
  /** Lines before these that went by meanwhile. */
  omitted: number;
}

/**
 * One frame from the server. Numbers of a channel ascend; that of an event that is in no journal
 * (its worker is gone) lies halfway to the next one.
 */
export type Message =
  | { channel: string; kind: 'event'; seq: number; data: Json }
  | { channel: string; kind: 'end' }
  | { channel: string; kind: 'error'; problem: IProblem };

/** One frame to the server. `ack` frees the window: at most 64 unacknowledged frames a channel. */
export type Wish =
  | { do: 'subscribe'; channel: string; after: number }
  | { do: 'unsubscribe'; channel: string }
  | { do: 'ack'; channel: string; seq: number };
