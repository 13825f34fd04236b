// Painting the timeline on a 2-D canvas. All colours come from the theme.

import { exactBytes, size } from './format.js';
import type { Frame, PixelBox, Window } from './layout.js';
import * as layout from './layout.js';
import type { Focus, Picture } from './picture.js';
import { touched } from './picture.js';
import type { Rect } from './protocol.js';

/** Colours and fonts, read from the theme's variables once per theme. */
export type Ink = {
  paper: string;
  text: string;
  faintText: string;
  line: string;
  band: string;
  limit: string;
  curve: string;
  focus: string;
  role: Record<Rect['role'], string>;
  font: string;
};

export type Scene = {
  picture: Picture;
  window: Window;
  frame: Frame;
  ink: Ink;
  hover: Focus | null;
  selected: Focus | null;
};

const FONT_PX = 11;
const LEGEND: readonly Rect['role'][] = ['scratch', 'sums', 'variable', 'constant', 'output', 'activation', 'input'];
const LABEL_FITS = { width: 34, height: 14 };
const PIXELS_PER_BYTE_TICK = 44;
const PIXELS_PER_STEP_TICK = 56;

export function readInk(element: HTMLElement): Ink {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim() || style.color;
  return {
    paper: color('--jp-layout-color1'),
    text: color('--jp-ui-font-color1'),
    faintText: color('--jp-ui-font-color2'),
    line: color('--jp-border-color2'),
    band: color('--jp-ui-font-color1'),
    limit: color('--jp-error-color1'),
    curve: color('--jp-ui-font-color0'),
    focus: color('--jp-brand-color1'),
    role: {
      input: color('--jp-accent-color1'),
      output: color('--jp-success-color1'),
      activation: color('--jp-brand-color1'),
      constant: color('--jp-layout-color4'),
      variable: color('--jp-info-color1'),
      scratch: color('--jp-warn-color1'),
      sums: color('--jp-warn-color1')
    },
    font: `${FONT_PX}px ${style.getPropertyValue('--jp-ui-font-family') || 'sans-serif'}`
  };
}

export function paint(to: CanvasRenderingContext2D, scene: Scene): void {
  const { frame: f, ink } = scene;
  to.font = ink.font;
  to.lineWidth = 1;
  to.fillStyle = ink.paper;
  to.fillRect(0, 0, to.canvas.width, to.canvas.height);
  paintGrid(to, scene);
  to.save();
  to.beginPath();
  to.rect(f.x, f.y, f.width, f.height);
  to.clip();
  paintBands(to, scene);
  const paintLabels = paintRects(to, scene);
  paintCurve(to, scene);
  paintLabels();
  to.restore();
  paintLimit(to, scene);
  paintPeak(to, scene);
  paintLegend(to, scene);
}

function paintGrid(to: CanvasRenderingContext2D, { window: w, frame: f, ink }: Scene): void {
  to.textBaseline = 'middle';
  to.textAlign = 'right';
  for (const bytes of layout.byteTicks(w.bottom, w.top, f.height / PIXELS_PER_BYTE_TICK)) {
    const y = Math.round(layout.yOf(w, f, bytes)) + 0.5;
    line(to, ink.line, f.x, y, f.x + f.width, y);
    to.fillStyle = ink.faintText;
    to.fillText(bytes === 0 ? '0' : size(bytes), f.x - 6, y);
  }
  to.textAlign = 'center';
  to.textBaseline = 'top';
  const base = f.y + f.height;
  const column = f.width / (w.right - w.left);
  for (const step of layout.stepTicks(Math.floor(w.left), w.right - 1, f.width / PIXELS_PER_STEP_TICK)) {
    const x = layout.xOf(w, f, step) + column / 2;
    if (x >= f.x && x <= f.x + f.width) {
      to.fillStyle = ink.faintText;
      to.fillText(String(step), x, base + 5);
    }
  }
  to.textAlign = 'right';
  to.fillText('step', f.x - 6, base + 5);
}

/** What the colours and lines mean: only what this plan has. */
function paintLegend(to: CanvasRenderingContext2D, { picture, frame: f, ink }: Scene): void {
  const roles = LEGEND.filter(role => picture.rects.some(r => r.role === role));
  let x = f.x + f.width;
  const y = f.y + f.height + 24;
  to.textAlign = 'right';
  to.textBaseline = 'middle';
  for (const role of ['bytes alive', ...roles] as const) {
    to.fillStyle = ink.faintText;
    to.fillText(role, x, y);
    x -= to.measureText(role).width + 16;
    if (role === 'bytes alive') {
      line(to, ink.curve, x, y + 0.5, x + 11, y + 0.5);
    } else {
      to.globalAlpha = 0.65;
      to.fillStyle = ink.role[role];
      to.fillRect(x, y - 5, 11, 10);
      to.globalAlpha = 1;
    }
    x -= 12;
  }
}

/** Columns behind the rectangles: the step pointed at and the selected one. */
function paintBands(to: CanvasRenderingContext2D, { window: w, frame: f, ink, hover, selected }: Scene): void {
  for (const [focus, alpha] of [[selected, 0.12], [hover, 0.07]] as const) {
    if (focus?.kind === 'step') {
      const x = layout.xOf(w, f, focus.step);
      to.globalAlpha = alpha;
      to.fillStyle = ink.band;
      to.fillRect(x, f.y, layout.xOf(w, f, focus.step + 1) - x, f.height);
    }
  }
  to.globalAlpha = 1;
}

/** Fills and frames; hands back the painting of labels, which go over the curve. */
function paintRects(to: CanvasRenderingContext2D, scene: Scene): () => void {
  const { picture, window: w, frame: f, ink, hover, selected } = scene;
  const lit = touched(picture, hover ?? selected);
  const framed: [PixelBox, string][] = [];
  const labels: (() => void)[] = [];
  for (const rect of picture.rects) {
    const box = layout.boxOf(w, f, rect);
    if (box === null) {
      continue;
    }
    const color = ink.role[rect.role];
    const strength = lit.has(rect.buffer) ? 0.9 : picture.peak.has(rect.buffer) ? 0.65 : 0.4;
    to.globalAlpha = lit.size > 0 && !lit.has(rect.buffer) ? strength * 0.6 : strength;
    to.fillStyle = color;
    const width = Math.max(box.width - 1, 0.75);
    const height = Math.max(box.height - 1, 0.75);
    to.fillRect(box.x, box.y, width, height);
    to.globalAlpha = 1;
    if (box.width > 3 && box.height > 3) {
      to.strokeStyle = color;
      to.strokeRect(box.x + 0.5, box.y + 0.5, width - 1, height - 1);
    }
    if (box.width > LABEL_FITS.width && box.height > LABEL_FITS.height) {
      labels.push(() => label(to, ink, rect, box, lit.has(rect.buffer)));
    }
    if (selected?.kind === 'buffer' && selected.buffer === rect.buffer) {
      framed.push([box, ink.focus]);
    }
  }
  to.lineWidth = 2;
  for (const [box, color] of framed) {
    to.strokeStyle = color;
    to.strokeRect(box.x + 1, box.y + 1, Math.max(box.width - 3, 1), Math.max(box.height - 3, 1));
    to.strokeStyle = ink.paper;
    to.lineWidth = 1;
    to.strokeRect(box.x + 2.5, box.y + 2.5, Math.max(box.width - 6, 1), Math.max(box.height - 6, 1));
  }
  to.lineWidth = 1;
  return () => labels.forEach(write => write());
}

/** The shape, with the name in front of it where there is room. */
function label(to: CanvasRenderingContext2D, ink: Ink, rect: Rect, box: PixelBox, lit: boolean): void {
  const room = box.width - 10;
  const choices = [`${rect.label}  ${rect.shape}`, rect.shape];
  const text = choices.find(t => to.measureText(t).width <= room);
  if (text === undefined) {
    return;
  }
  to.textAlign = 'left';
  to.textBaseline = 'middle';
  to.fillStyle = lit ? ink.paper : ink.text;
  to.fillText(text, box.x + 5, box.y + box.height / 2);
}

/** Bytes alive at each step: where rectangles lie above it, placement left gaps. */
function paintCurve(to: CanvasRenderingContext2D, { picture, window: w, frame: f, ink }: Scene): void {
  to.strokeStyle = ink.curve;
  to.globalAlpha = 0.75;
  to.lineWidth = 1.25;
  to.beginPath();
  const lo = Math.max(Math.floor(w.left), 0);
  const hi = Math.min(Math.ceil(w.right), picture.rows.length);
  for (let step = lo; step < hi; step++) {
    const y = layout.yOf(w, f, picture.rows[step].live_bytes);
    const x = layout.xOf(w, f, step);
    if (step === lo) {
      to.moveTo(x, y);
    } else {
      to.lineTo(x, y);
    }
    to.lineTo(layout.xOf(w, f, step + 1), y);
  }
  to.stroke();
  to.globalAlpha = 1;
  to.lineWidth = 1;
}

function paintLimit(to: CanvasRenderingContext2D, { picture, window: w, frame: f, ink }: Scene): void {
  const limit = picture.projection.limit_bytes;
  if (limit === null) {
    return;
  }
  to.textAlign = 'right';
  if (limit > w.top) {
    chip(to, ink, ink.faintText, `limit ${size(limit)} ↑`, f.x + f.width, f.y + 2, 'top');
    return;
  }
  const y = Math.round(layout.yOf(w, f, limit)) + 0.5;
  to.globalAlpha = 0.08;
  to.fillStyle = ink.limit;
  to.fillRect(f.x, f.y, f.width, Math.max(y - f.y, 0));
  to.globalAlpha = 1;
  if (limit < w.bottom) {
    return;
  }
  to.setLineDash([6, 4]);
  to.lineWidth = 1.5;
  line(to, ink.limit, f.x, y, f.x + f.width, y);
  to.setLineDash([]);
  to.lineWidth = 1;
  const below = y - f.y < 16;
  chip(to, ink, ink.limit, `limit ${size(limit)}`, f.x + f.width, below ? y + 3 : y - 3, below ? 'top' : 'bottom');
}

function paintPeak(to: CanvasRenderingContext2D, { picture, window: w, frame: f, ink }: Scene): void {
  const peak = picture.projection.peak;
  if (peak === null) {
    return;
  }
  const x = layout.xOf(w, f, peak.step + 0.5);
  const y = layout.yOf(w, f, peak.bytes);
  if (x < f.x || x > f.x + f.width || y < f.y || y > f.y + f.height) {
    return;
  }
  to.fillStyle = ink.curve;
  to.beginPath();
  to.moveTo(x, y - 2);
  to.lineTo(x - 5, y - 10);
  to.lineTo(x + 5, y - 10);
  to.fill();
  const left = x > f.x + f.width * 0.6;
  to.textAlign = left ? 'right' : 'left';
  chip(to, ink, ink.text, `peak ${exactBytes(peak.bytes)}`, left ? x - 9 : x + 9, Math.max(y - 3, f.y + 14), 'bottom');
}

/** Text on a patch of paper, so that it reads over rectangles. */
function chip(
  to: CanvasRenderingContext2D, ink: Ink, color: string, text: string, x: number, y: number, edge: 'top' | 'bottom'
): void {
  const width = to.measureText(text).width + 8;
  const height = FONT_PX + 4;
  const left = to.textAlign === 'right' ? x - width : x;
  const top = edge === 'top' ? y : y - height;
  to.globalAlpha = 0.85;
  to.fillStyle = ink.paper;
  to.fillRect(left, top, width, height);
  to.globalAlpha = 1;
  to.fillStyle = color;
  const align = to.textAlign;
  to.textAlign = 'left';
  to.textBaseline = 'middle';
  to.fillText(text, left + 4, top + height / 2 + 0.5);
  to.textAlign = align;
}

function line(to: CanvasRenderingContext2D, color: string, x0: number, y0: number, x1: number, y1: number): void {
  to.strokeStyle = color;
  to.beginPath();
  to.moveTo(x0, y0);
  to.lineTo(x1, y1);
  to.stroke();
}
