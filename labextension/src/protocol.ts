// Made by tools/protocol_types.py from ../schema/protocol.json. Do not edit.

export const PROTOCOL = 1;
export const VERSION = '0.1.0';

/** Show the session that is already open behind this channel. First message of a notebook widget. */
export type Attach = {
  type: 'attach';
  id: number;
  protocol: number;
  version: string;
};

/** One option of an operator, as text. */
export type Attribute = {
  name: string;
  value: string;
};

/** A device to choose from, or the chosen one. Sizes are None where there is no limit. */
export type BoardInfo = {
  id: string;
  name: string;
  core: string;
  clock_hz: number;
  sram_bytes: number | null;
  flash_bytes: number | null;
};

/** Stop the running search; it answers with the best it has found. */
export type Cancel = {
  type: 'cancel';
  id: number;
};

/** The request was carried out and changed no state. */
export type Done = {
  type: 'done';
  id: number;
};

/** The request was refused. All three sentences are plain text. */
export type Failed = {
  type: 'failed';
  id: number | null;
  kind: string;
  what: string;
  where: string;
  hint: string;
};

/** Search for the schedule that needs the least SRAM; replaces the schedule as one edit. */
export type Fit = {
  type: 'fit';
  id: number;
  rev: number;
};

/** How much of one memory the plan takes. ``limit_bytes`` is None where the device sets none. */
export type MemoryUse = {
  name: string;
  kind: string;
  used_bytes: number;
  limit_bytes: number | null;
};

/** The parts of the picture that no edit of the schedule changes. */
export type ModelInfo = {
  name: string;
  path: string;
  sha256: string;
  tensors: TensorInfo[];
  operators: OperatorInfo[];
  inputs: number[];
  outputs: number[];
};

/** Open a model file; ``path`` is relative to the kernel's working directory. First message of a front end. */
export type Open = {
  type: 'open';
  id: number;
  protocol: number;
  version: string;
  path: string;
  device: string | null;
};

/** The model, the boards to choose from and the first state. */
export type Opened = {
  type: 'opened';
  id: number;
  protocol: number;
  version: string;
  model: ModelInfo;
  boards: BoardInfo[];
  state: State;
};

/** One operator of the model. ``inputs`` leaves out absent optional ones. */
export type OperatorInfo = {
  id: number;
  kind: string;
  label: string;
  inputs: number[];
  outputs: number[];
  attributes: Attribute[];
  macs: number;
};

/** The step with the most live bytes, the buffers that make it so, and why, in sentences. */
export type Peak = {
  step: number;
  bytes: number;
  buffers: string[];
  text: string;
};

/** One thing the verifier found wrong. */
export type ProblemInfo = {
  code: string;
  text: string;
  step: number | null;
  buffer: string | null;
};

/** How far the search of request ``id`` is; ``arena_bytes`` of the best plan so far. */
export type Progress = {
  type: 'progress';
  id: number;
  text: string;
  arena_bytes: number | null;
  seconds: number;
};

/** A plan, ready to draw. ``verdict`` says in one sentence whether it fits the device. */
export type Projection = {
  arena: string;
  rows: Row[];
  rects: Rect[];
  memories: MemoryUse[];
  arena_bytes: number;
  limit_bytes: number | null;
  live_bound_bytes: number;
  flash_bytes: number;
  flash_limit_bytes: number | null;
  macs: number;
  fits: boolean;
  verdict: string;
  peak: Peak | null;
};

/** What the last search proved about this schedule. */
export type Proof = {
  proven: boolean;
  text: string;
};

/** One buffer: bytes ``offset`` up to ``offset + bytes`` of ``memory``, from ``first_step`` up to ``end_step``. */
export type Rect = {
  buffer: string;
  memory: string;
  offset: number;
  bytes: number;
  first_step: number;
  end_step: number;
  role: 'input' | 'output' | 'activation' | 'constant' | 'variable' | 'scratch' | 'sums';
  label: string;
  shape: string;
  dtype: string;
  tensors: number[];
  writers: number[];
  readers: number[];
};

/** Make the edit again that was taken back last. */
export type Redo = {
  type: 'redo';
  id: number;
  rev: number;
};

/** One step. ``made`` is the shape of what it writes; ``reads`` and ``writes`` name buffers. */
export type Row = {
  step: number;
  op: number | null;
  action: 'compute' | 'in_place' | 'alias' | 'copy' | 'wait';
  label: string;
  made: string;
  reads: string[];
  writes: string[];
  live_bytes: number;
  macs: number;
};

/** Decisions about one graph. */
export type Schedule = {
  order: number[];
  alias: number[];
  in_place: [number, number][];
  stages: Stage[];
  storage: [number, string][];
  offsets: [string, number][];
  pins: [string, number][];
  inputs: 'resident' | 'streamed';
};

/** Plan for a device given by its sizes in bytes; None sets no limit. */
export type SetBudget = {
  type: 'set_budget';
  id: number;
  rev: number;
  sram_bytes: number | null;
  flash_bytes: number | null;
};

/** Plan for another board. */
export type SetDevice = {
  type: 'set_device';
  id: number;
  rev: number;
  device: string;
};

/** Replace all decisions. */
export type SetSchedule = {
  type: 'set_schedule';
  id: number;
  rev: number;
  label: string;
  schedule: Schedule;
};

/** Operators executed together, in parts: of what lies between them only the part still wanted is kept. */
export type Stage = {
  operators: number[];
  rows: number;
  columns: number;
  halo: 'keep' | 'recompute';
  fresh: 'inside' | 'apart';
  channels: number;
  anew: number[];
};

/** A revision of the session: decisions and everything that follows from them. */
export type State = {
  type: 'state';
  id: number | null;
  rev: number;
  label: string;
  undo: string | null;
  redo: string | null;
  device: BoardInfo;
  schedule: Schedule;
  proof: Proof | null;
  picture: Projection;
};

/** One tensor of the model, for tooltips and the inspector. */
export type TensorInfo = {
  id: number;
  name: string;
  label: string;
  shape: number[];
  dtype: string;
  bytes: number;
  constant: boolean;
};

/** Take back the last edit. */
export type Undo = {
  type: 'undo';
  id: number;
  rev: number;
};

/** What the verifier says of revision ``rev``. */
export type Verdict = {
  type: 'verdict';
  rev: number;
  right: boolean;
  problems: ProblemInfo[];
  seconds: number;
};

export type Request = Open | Attach | SetDevice | SetBudget | SetSchedule | Undo | Redo | Fit | Cancel;

export type Event = Opened | State | Verdict | Progress | Done | Failed;
