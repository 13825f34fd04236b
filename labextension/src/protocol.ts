// Made by tools/protocol_types.py from ../schema/protocol.json. Do not edit.

export const PROTOCOL = 5;
export const VERSION = '0.1.0';

/** The first cell of a notebook in the same kernel: it takes hold of the session. */
export type AskCell = {
  type: 'cell';
  id: number;
};

/** The document as saving would write it. */
export type AskDocumentText = {
  type: 'document_text';
  id: number;
};

/** Where the session's file lies, seen from the kernel's working directory. */
export type AskFile = {
  type: 'file';
  id: number;
};

/** Search for the trade-offs between SRAM and work. */
export type AskFront = {
  type: 'front';
  id: number;
  rev: number;
  use: string[];
  max_mac_factor: number;
  seconds: number | null;
};

/** The whole history. */
export type AskHistory = {
  type: 'history';
  id: number;
};

/** What core and links are busy with during steps ``lo`` up to ``hi``. */
export type AskLanes = {
  type: 'lanes';
  id: number;
  lo: number;
  hi: number;
};

/** Figures for each operator, in the form that Model Explorer lays over a graph. */
export type AskNodeData = {
  type: 'node_data';
  id: number;
};

/** Which plans are there to compare with? */
export type AskOthers = {
  type: 'others';
  id: number;
};

/** The session as a Python script. */
export type AskScript = {
  type: 'script';
  id: number;
};

/** Which sessions are live in this kernel? */
export type AskSessions = {
  type: 'sessions';
  id: number;
};

/** Single steps ``lo`` up to ``hi`` of the plan. */
export type AskSteps = {
  type: 'steps';
  id: number;
  lo: number;
  hi: number;
};

/** Show a session that is live in this kernel; None: the one behind this channel. First message of a widget. */
export type Attach = {
  type: 'attach';
  id: number;
  protocol: number;
  version: string;
  session: string | null;
};

/** One option of an operator, as text. */
export type Attribute = {
  name: string;
  value: string;
};

/** What keeps an operator from moving on: another operator, and why. */
export type Barrier = {
  operator: number;
  text: string;
};

/** A device to choose from, or the chosen one. Sizes are None where there is no limit. */
export type BoardInfo = {
  kind: 'board' | 'own' | 'sizes';
  id: string;
  name: string;
  core: string;
  clock_hz: number;
  sram_bytes: number | null;
  flash_bytes: number | null;
  told: string;
};

/** Append the history that another session left in ``journal``. */
export type BringBack = {
  type: 'bring_back';
  id: number;
  rev: number;
  journal: string;
};

/** Where a buffer may be pinned: (from, up to) of offsets at which it meets no other pinned buffer in its life. */
export type BufferChoices = {
  pinned: number | null;
  alignment: number;
  offsets: [number, number][];
};

/** Slices of ``channels`` are made, passed on, and summed up by the operator that mixes them (Pex). */
export type ByChannels = {
  operators: number[];
  channels: number;
  kind: 'channels';
};

/** Whoever makes the stage's outputs pulls the rows it reads, those pull theirs: nothing is made twice. */
export type ByRows = {
  operators: number[];
  rows: number;
  fresh: 'inside' | 'apart';
  kind: 'rows';
};

/** As by rows, but some of what was made before is made again for each tile that reads it, instead of being kept. */
export type ByTiles = {
  operators: number[];
  rows: number;
  columns: number;
  anew: number[] | 'all';
  kind: 'tiles';
};

/** Stop the running search; it answers with the best it has found. */
export type Cancel = {
  type: 'cancel';
  id: number;
};

/** What is new since the state of revision ``base``. None: as it was, but for ``proof``, which is told always. */
export type Change = {
  type: 'change';
  id: number | null;
  base: number;
  rev: number;
  label: string;
  undo: string | null;
  redo: string | null;
  position: number;
  length: number;
  device: BoardInfo | null;
  model: ModelInfo | null;
  rewrites: RewriteInfo[] | null;
  schedule: Schedule | null;
  proof: Proof | null;
  document: DocumentInfo;
  figures: Figures;
  picture: PictureChange;
  timing: Timing | null;
};

/** Replace the stage that ``operator`` is in. */
export type ChangeStage = {
  operator: number;
  stage: ByRows | ByTiles | ByChannels;
  type: 'change_stage';
};

/** Something that is on or off. ``legal``: the other way is possible; else ``why`` not. */
export type Choice = {
  on: boolean;
  legal: boolean;
  why: string;
};

/** Take over a point of the last front, as one edit. */
export type Choose = {
  type: 'choose';
  id: number;
  rev: number;
  point: number;
};

/** The picture of another plan, and what is different now. Nothing changes. */
export type Compare = {
  type: 'compare';
  id: number;
  other: Other;
};

/** Another plan, and in sentences what is different in revision ``rev``: in ``figures`` and in what was ``decided``. */
export type Compared = {
  type: 'compared';
  id: number;
  other: Other;
  label: string;
  rev: number;
  before: Figures;
  after: Figures;
  figures: string[];
  decided: string[];
  model: ModelInfo | null;
  schedule: Schedule;
  picture: Projection;
  timing: Timing;
};

/** Back to what was saved, and forget what was kept in case of a crash. */
export type Discard = {
  type: 'discard';
  id: number;
  rev: number;
};

/** Make an edit. */
export type Do = {
  type: 'do';
  id: number;
  rev: number;
  edit: SetDevice | SetBoard | SetBudget | SetInputs | SetRewrites | SetSchedule | Reset | Move | MakeStage | ChangeStage | Ungroup | SetAlias | SetInPlace | Pin | Unpin | Store;
};

/** The document was written, or is dirty now, or clean. */
export type DocumentChanged = {
  type: 'document';
  id: number | null;
  document: DocumentInfo;
};

/** The document of a session: its file (None while there is none), the folder it lies in, and what to know of it. */
export type DocumentInfo = {
  path: string | null;
  folder: string;
  dirty: boolean;
  notices: Notice[];
};

/** The request was carried out, or overtaken by a newer one, and changed no state. */
export type Done = {
  type: 'done';
  id: number;
};

/** Remove the ``journal`` that another session left. */
export type Drop = {
  type: 'drop';
  id: number;
  journal: string;
};

/** Write files beside the document. */
export type Export = {
  type: 'export';
  id: number;
  kind: 'firmware' | 'report' | 'tflite' | 'node_data' | 'script';
  path: string;
  overwrite: boolean;
};

/** What was written; ``path`` and ``files`` are relative to the document's folder. */
export type Exported = {
  type: 'exported';
  id: number;
  kind: 'firmware' | 'report' | 'tflite' | 'node_data' | 'script';
  path: string;
  files: string[];
  text: string;
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

/** What a plan takes. Latency is an estimate; everything else is exact. */
export type Figures = {
  arena_bytes: number;
  live_bound_bytes: number;
  flash_bytes: number;
  macs: number;
  latency_us: number;
  stall_us: number;
  energy_uj: number | null;
  fits: boolean;
};

/** Search for the schedule that needs the least SRAM; replaces the schedule as one edit. */
export type Fit = {
  type: 'fit';
  id: number;
  rev: number;
  use: string[];
  max_mac_factor: number;
  seconds: number | null;
};

/** Something to look at. ``id`` of a stage: its lowest operator id. */
export type Focus = {
  kind: 'operator' | 'stage' | 'buffer' | 'tensor';
  id: string;
};

/** Operators that read nothing but constants leave, and what they made is stored in their place. */
export type FoldConstants = {
  type: 'fold_constants';
};

/** The trade-offs found for revision ``rev``, by ascending arena; more may come unless ``complete``. */
export type Front = {
  type: 'front';
  id: number | null;
  rev: number;
  complete: boolean;
  points: FrontPoint[];
};

/** A trade-off that a search found. ``current``: the schedule is this one. */
export type FrontPoint = {
  figures: Figures;
  mac_factor: number;
  text: string;
  current: boolean;
};

/** The figures of a plan. ``verdict`` says in one sentence whether it fits the device. */
export type Head = {
  arena: string;
  steps: number;
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

/** The history, oldest first. Entries behind ``position`` were undone. */
export type History = {
  type: 'history';
  id: number;
  position: number;
  entries: HistoryEntry[];
};

/** One line of the history. ``saved``: the document says just this. */
export type HistoryEntry = {
  label: string;
  figures: Figures;
  saved: boolean;
};

/** What may be done with this thing, and why not the rest? */
export type Inspect = {
  type: 'inspect';
  id: number;
  rev: number;
  focus: Focus;
};

/** What may be done with the thing in focus. One of the four is given. */
export type Inspected = {
  type: 'inspected';
  id: number;
  rev: number;
  focus: Focus;
  operator: OperatorChoices | null;
  stage: StageChoices | null;
  buffer: BufferChoices | null;
  tensor: TensorChoices | null;
};

/** Undo or redo until ``position`` of the history. */
export type Jump = {
  type: 'jump';
  id: number;
  rev: number;
  position: number;
};

/** Spans by their start, column by column; what takes no time is there too. */
export type Lane = {
  work: ('compute' | 'move' | 'stall' | 'transfer')[];
  op: number[];
  first_step: number[];
  end_step: number[];
  start_us: number[];
  end_us: number[];
  busy_us: number[];
  mixed: boolean[];
};

/** What the core does in revision ``rev`` during steps ``lo`` up to ``hi``, and what is copied. */
export type Lanes = {
  type: 'lanes';
  id: number;
  rev: number;
  lo: number;
  hi: number;
  cpu: Lane;
  copy: Lane;
};

/** Look after the session's files. Asked now and then, so that what happens to them is noticed without an edit. */
export type Look = {
  type: 'look';
  id: number;
};

/** Run these operators in parts, together. They no longer take over their inputs' buffers. */
export type MakeStage = {
  stage: ByRows | ByTiles | ByChannels;
  type: 'make_stage';
};

/** Whether a constant may be stored in ``memory``. */
export type MemoryChoice = {
  memory: string;
  choice: Choice;
};

/** How much of one memory the plan takes. ``limit_bytes`` is None where the device sets none. */
export type MemoryUse = {
  name: string;
  kind: string;
  used_bytes: number;
  limit_bytes: number | null;
};

/** The graph that is planned for, which no edit of the schedule changes, and the file that it comes from. */
export type ModelInfo = {
  name: string;
  path: string;
  sha256: string;
  tensors: TensorInfo[];
  operators: OperatorInfo[];
  inputs: number[];
  outputs: number[];
};

/** Run these operators together, so that the first of them has index ``to`` in the new order. */
export type Move = {
  operators: number[];
  to: number;
  type: 'move';
};

/** A file or folder was renamed. Both paths are relative to the session's folder, and may lead out of it. */
export type Moved = {
  type: 'moved';
  id: number;
  old: string;
  new: string;
};

/** Indices (from, up to) at which a Move is accepted, and what stands at both ends. */
export type Moves = {
  ranges: [number, number][];
  earliest: Barrier | null;
  latest: Barrier | null;
};

/** Something a person should know of a session's files, for as long as it holds. */
export type Notice = {
  kind: 'unkept' | 'changed' | 'gone' | 'model' | 'left' | 'elsewhere';
  text: string;
  hint: string;
  offers: Offer[];
};

/** Something that can be done about a notice; ``journal`` names the one that it is about. */
export type Offer = {
  words: string;
  title: string;
  kind: 'overwrite' | 'reload' | 'copy' | 'bring_back' | 'drop';
  journal: string | null;
};

/** Open a model or a document, or the live session that has it open already. First message of a panel. */
export type Open = {
  type: 'open';
  id: number;
  protocol: number;
  version: string;
  path: string;
  device: string | null;
  text: string | null;
  model: string | null;
  fresh: boolean;
};

/** The boards and techniques to choose from, and the state. */
export type Opened = {
  type: 'opened';
  id: number;
  protocol: number;
  version: string;
  session: string;
  boards: BoardInfo[];
  techniques: Technique[];
  recovered: string | null;
  state: State;
};

/** What may be done with an operator. */
export type OperatorChoices = {
  moves: Moves;
  alias: Choice | null;
  in_place: SlotChoice[];
  stage: StageRun;
};

/** One operator of the graph. ``inputs`` leaves out absent optional ones; ``origin`` is as for tensors. */
export type OperatorInfo = {
  id: number;
  origin: number | null;
  kind: string;
  label: string;
  inputs: number[];
  outputs: number[];
  attributes: Attribute[];
  macs: number;
};

/** Another plan of the model. ``id``: a position of the history, a point of the front, or a file's name. */
export type Other = {
  kind: 'position' | 'saved' | 'point' | 'file';
  id: string;
};

/** A plan to compare with. */
export type OtherPlan = {
  other: Other;
  label: string;
};

/** The plans there are to compare with. */
export type Others = {
  type: 'others';
  id: number;
  plans: OtherPlan[];
};

/** The step with the most live bytes, its row, the buffers that make it so, and why, in sentences. */
export type Peak = {
  step: number;
  row: number;
  bytes: number;
  buffers: string[];
  text: string;
};

/** What to do to a picture: splice rows and curve, take rectangles out by their buffers, put new ones in. */
export type PictureChange = {
  head: Head;
  rows: RowSplice;
  curve: PointSplice;
  rects_removed: string[];
  rects: Rect[];
};

/** Keep a buffer at an offset, whatever a search would rather have. */
export type Pin = {
  buffer: string;
  offset: number;
  type: 'pin';
};

/** Points ``start`` up to ``end`` of the curve are replaced by ``items``. */
export type PointSplice = {
  start: number;
  end: number;
  items: [number, number][];
};

/** What would an edit lead to? A newer preview takes the place of one that still waits. */
export type Preview = {
  type: 'preview';
  id: number;
  rev: number;
  edit: SetDevice | SetBoard | SetBudget | SetInputs | SetRewrites | SetSchedule | Reset | Move | MakeStage | ChangeStage | Ungroup | SetAlias | SetInPlace | Pin | Unpin | Store;
};

/** What an edit would lead to: figures, or a refusal. */
export type Previewed = {
  type: 'previewed';
  id: number;
  rev: number;
  label: string;
  before: Figures;
  after: Figures | null;
  refused: Refusal | null;
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

/** A plan, ready to draw. ``curve``: (step, live bytes) wherever that changes; it holds until the next. */
export type Projection = {
  head: Head;
  rows: Row[];
  rects: Rect[];
  curve: [number, number][];
};

/** What a search proved about a schedule: ``proven`` when nothing it was allowed to do does better. */
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
  outline: [number, number, number][];
};

/** Make the edit again that was taken back last. */
export type Redo = {
  type: 'redo';
  id: number;
  rev: number;
};

/** Why something may not be done. All three are plain text. */
export type Refusal = {
  what: string;
  where: string;
  hint: string;
};

/** Take what the document says by now, as one edit. */
export type Reload = {
  type: 'reload';
  id: number;
  rev: number;
};

/** Leave out operators from which no way leads to a graph output or to state, and tensors that then nobody names. */
export type RemoveUnread = {
  type: 'remove_unread';
};

/** Give an entry of the history another name. */
export type Rename = {
  type: 'rename';
  id: number;
  position: number;
  label: string;
};

/** Back to the order of the file, every tensor whole and on its own. */
export type Reset = {
  type: 'reset';
};

/** The whole state again. */
export type Resync = {
  type: 'resync';
  id: number;
};

/** Back to what was saved, as one edit. */
export type Revert = {
  type: 'revert';
  id: number;
  rev: number;
};

/** A rewrite that is in force, or that would change something. */
export type RewriteInfo = {
  label: string;
  words: string;
  promise: string;
  in_force: boolean;
  then: (FoldConstants | RemoveUnread)[];
};

/** One line of the list: an operator, a transfer, or a stage, followed by what runs in it. */
export type Row = {
  kind: 'operator' | 'transfer' | 'stage';
  op: number | null;
  stage: number | null;
  index: number | null;
  first_step: number;
  end_step: number;
  steps: number;
  action: 'compute' | 'in_place' | 'alias' | 'copy' | 'wait' | 'parts';
  label: string;
  made: string;
  how: string;
  reads: string[];
  writes: string[];
  live_bytes: number;
  macs: number;
};

/** Rows ``start`` up to ``end`` are replaced by ``items``. */
export type RowSplice = {
  start: number;
  end: number;
  items: Row[];
};

/** Write the document; None: where it is. ``overwrite`` another file of that name. */
export type Save = {
  type: 'save';
  id: number;
  path: string | null;
  overwrite: boolean;
};

/** Decisions about one graph. */
export type Schedule = {
  order: number[];
  alias: number[];
  in_place: [number, number][];
  stages: (ByRows | ByTiles | ByChannels)[];
  storage: [number, string][];
  transfers: Transfer[];
  offsets: [string, number][];
  pins: [string, number][];
  inputs: 'resident' | 'streamed';
};

/** A session that is live in this kernel. */
export type SessionInfo = {
  id: string;
  model: string;
  path: string;
  document: string | null;
};

/** All sessions that are live in this kernel, the newest first. */
export type Sessions = {
  type: 'sessions';
  id: number;
  sessions: SessionInfo[];
};

/** Have an operator's tensors share storage, so that it moves no byte; or not. */
export type SetAlias = {
  operator: number;
  on: boolean;
  type: 'set_alias';
};

/** Plan for a device as a picture of it told. */
export type SetBoard = {
  told: string;
  type: 'set_board';
};

/** Plan for a device given by its sizes in bytes; None sets no limit. */
export type SetBudget = {
  sram_bytes: number | null;
  flash_bytes: number | null;
  type: 'set_budget';
};

/** Plan for the board with this id, or for the one described by this ``.toml`` file. */
export type SetDevice = {
  device: string;
  type: 'set_device';
};

/** Let an operator's output take over the buffer of the input in ``slot``; None gives it one of its own. */
export type SetInPlace = {
  operator: number;
  slot: number | null;
  type: 'set_in_place';
};

/** Have the whole input in the arena before the first step, or take its rows as they are needed. */
export type SetInputs = {
  inputs: 'resident' | 'streamed';
  type: 'set_inputs';
};

/** Rewrite the graph of the file so, in this order, and take over what was decided of the graph before. */
export type SetRewrites = {
  rewrites: (FoldConstants | RemoveUnread)[];
  type: 'set_rewrites';
};

/** Replace all decisions about the graph. */
export type SetSchedule = {
  schedule: Schedule;
  label: string;
  type: 'set_schedule';
};

/** Whether the output may take over the buffer of the input in ``slot``. */
export type SlotChoice = {
  slot: number;
  tensor: number;
  choice: Choice;
};

/** What may be done with a stage: choose, slide, and take operators in or leave them out at its edges. */
export type StageChoices = {
  stage: ByRows | ByTiles | ByChannels;
  moves: Moves;
  groups: StageGroup[];
  sizes: StageSize[];
  edges: StageOffer[];
};

/** What can be chosen of a stage, and the stages that each choice leads to. */
export type StageGroup = {
  key: string;
  words: string;
  offers: StageOffer[];
};

/** A stage that may take the place of the one in focus. ``why`` not; empty where it may, or is that one. */
export type StageOffer = {
  key: string;
  words: string;
  title: string;
  stage: ByRows | ByTiles | ByChannels;
  on: boolean;
  why: string;
};

/** Indices ``lo`` up to ``hi`` of the order: a run around an operator that can be a stage, and no longer by one. */
export type StageRun = {
  legal: boolean;
  why: string;
  lo: number;
  hi: number;
};

/** A number of a stage. ``range``: (from, up to); both ends are possible, a preview tells of what lies between. */
export type StageSize = {
  field: 'rows' | 'columns' | 'channels';
  words: string;
  value: number;
  range: [number, number];
};

/** A revision of the session: decisions and everything that follows from them. */
export type State = {
  type: 'state';
  id: number | null;
  rev: number;
  label: string;
  undo: string | null;
  redo: string | null;
  position: number;
  length: number;
  device: BoardInfo;
  model: ModelInfo;
  rewrites: RewriteInfo[];
  schedule: Schedule;
  proof: Proof | null;
  document: DocumentInfo;
  figures: Figures;
  picture: Projection;
  timing: Timing;
};

/** A single step, for those who look closely. */
export type StepRow = {
  step: number;
  op: number | null;
  action: 'compute' | 'in_place' | 'alias' | 'copy' | 'wait' | 'parts';
  label: string;
  made: string;
  reads: string[];
  writes: string[];
  live_bytes: number;
  macs: number;
};

/** Single steps of the plan, from step ``lo`` on. */
export type StepRows = {
  type: 'step_rows';
  id: number;
  lo: number;
  rows: StepRow[];
};

/** Keep constants in another memory; None: in the board's memory for constants. */
export type Store = {
  tensors: number[];
  memory: string | null;
  type: 'store';
};

/** Something a search can be allowed to do, and what that is. */
export type Technique = {
  id: string;
  words: string;
};

/** Where a constant may be stored; nothing for other tensors. */
export type TensorChoices = {
  memories: MemoryChoice[];
};

/** One tensor of the graph, for tooltips and the inspector. ``origin``: its id in the file, if it is in there. */
export type TensorInfo = {
  id: number;
  origin: number | null;
  name: string;
  label: string;
  shape: number[];
  dtype: string;
  bytes: number;
  constant: boolean;
};

/** A text that was asked for. */
export type Text = {
  type: 'text';
  id: number;
  kind: 'document' | 'python' | 'cell' | 'file' | 'node_data';
  text: string;
};

/** An estimate, in microseconds from the first step. */
export type Timing = {
  marks: [number, number][];
  cpu: [number, number][];
  transfers: [number, number][];
};

/** How a constant out of the core's reach comes into the arena: in chunks, and ahead of their use. */
export type Transfer = {
  tensor: number;
  chunk: number;
  ahead: number;
  slots: number;
};

/** Take back the last edit. */
export type Undo = {
  type: 'undo';
  id: number;
  rev: number;
};

/** Run the operators of the stage that ``operator`` is in whole again, one after the other. */
export type Ungroup = {
  operator: number;
  type: 'ungroup';
};

/** Let a buffer be placed freely again; None: all of them. */
export type Unpin = {
  buffer: string | null;
  type: 'unpin';
};

/** What the verifier says of revision ``rev``. */
export type Verdict = {
  type: 'verdict';
  rev: number;
  right: boolean;
  problems: ProblemInfo[];
  seconds: number;
};

export type Request = Open | Attach | AskSessions | Do | Preview | Undo | Redo | Jump | AskHistory | Rename | Resync | AskSteps | AskLanes | Inspect | Fit | AskFront | Choose | Cancel | Save | Revert | Discard | Look | Moved | Reload | BringBack | Drop | AskDocumentText | AskOthers | Compare | AskScript | AskCell | AskFile | AskNodeData | Export;

export type Event = Opened | State | Change | Sessions | Previewed | History | StepRows | Lanes | Inspected | Verdict | Progress | Front | DocumentChanged | Text | Others | Compared | Exported | Done | Failed;

export type Edit = SetDevice | SetBoard | SetBudget | SetInputs | SetRewrites | SetSchedule | Reset | Move | MakeStage | ChangeStage | Ungroup | SetAlias | SetInPlace | Pin | Unpin | Store;

export type Stage = ByRows | ByTiles | ByChannels;
