// Painting the timeline on a 2-D canvas. All colours come from the theme.

import { exactBytes, size } from './format.js';
import type { Axis } from './axis.js';
import type { Frame, Window } from './layout.js';
import * as layout from './layout.js';
import { paintRects } from './paint-rects.js';
import type { Focus, Picture } from './picture.js';
import { liveAt, span } from './picture.js';
import type { Projection, Rect, Timing } from './protocol.js';

/** Colours and fonts, read from the theme's variables once per theme. */
export type Ink = {
  paper: string;
  text: string;
  faintText: string;
  line: string;
  band: string;
  limit: string;
  curve: string;
  ghost: string;
  focus: string;
  role: Record<Rect['role'], string>;
  font: string;
};

export type Scene = {
  picture: Picture;
  axis: Axis;
  timing: Timing;
  window: Window;
  frame: Frame;
  ink: Ink;
  hover: Focus | null;
  selected: Focus | null;
  /** Bytes alive in another plan to compare with, at this plan's steps. */
  ghost: Projection['curve'] | null;
  /** A buffer on its way to another offset. */
  lifted: { buffer: string; offset: number } | null;
};

const FONT_PX = 11;
const LEGEND: readonly Rect['role'][] = ['scratch', 'sums', 'variable', 'constant', 'output', 'activation', 'input'];
const PIXELS_PER_BYTE_TICK = 44;
const PIXELS_PER_TICK = 56;
/** Left of an entry of the legend, for its sign. */
const LEGEND_NEEDS = 20;

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
    ghost: color('--jp-warn-color0'),
    focus: color('--jp-brand-color1'),
    role: {
      input: color('--jp-info-color1'),
      output: color('--jp-success-color1'),
      activation: color('--jp-brand-color1'),
      constant: color('--jp-layout-color3'),
      variable: color('--jp-layout-color4'),
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
  paintGhost(to, scene);
  paintCurve(to, scene.picture.curve, scene);
  paintLabels();
  to.restore();
  paintLimit(to, scene);
  paintPeak(to, scene);
  paintLegend(to, scene);
}

function paintGrid(to: CanvasRenderingContext2D, { window: w, frame: f, ink, axis }: Scene): void {
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
  const time = axis.kind === 'time';
  // A step is a column, and its number stands in the middle of it; a time is a place.
  const inset = time ? 0 : f.width / (w.right - w.left) / 2;
  const ms = (place: number): string => String(Number((place / 1000).toPrecision(6)));
  for (const place of layout.decimalTicks(Math.floor(w.left), time ? w.right : w.right - 1, f.width / PIXELS_PER_TICK)) {
    const x = layout.xOf(w, f, place) + inset;
    if (x >= f.x && x <= f.x + f.width) {
      to.fillStyle = ink.faintText;
      to.fillText(time ? ms(place) : String(place), x, base + 5);
    }
  }
  to.textAlign = 'right';
  to.fillText(time ? 'ms' : 'step', f.x - 6, base + 5);
}

/** What the colours and lines mean: only what this plan has. */
function paintLegend(to: CanvasRenderingContext2D, { picture, frame: f, ink }: Scene): void {
  const roles = LEGEND.filter(role => picture.rects.some(r => r.role === role));
  let x = f.x + f.width;
  const y = f.y + f.height + 24;
  to.textAlign = 'right';
  to.textBaseline = 'middle';
  for (const role of ['bytes alive', ...roles] as const) {
    if (x - to.measureText(role).width < LEGEND_NEEDS) {
      return;
    }
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

/** Columns behind the rectangles: what is pointed at and what is selected. */
function paintBands(to: CanvasRenderingContext2D, scene: Scene): void {
  const { picture, axis, window: w, frame: f, ink, hover, selected } = scene;
  for (const [focus, alpha] of [[selected, 0.06], [hover, 0.05]] as const) {
    const steps = focus?.kind === 'buffer' ? null : span(picture, focus);
    if (steps !== null) {
      const x = layout.xOf(w, f, axis.of(steps[0]));
      to.globalAlpha = alpha;
      to.fillStyle = ink.band;
      to.fillRect(x, f.y, Math.max(layout.xOf(w, f, axis.of(steps[1])) - x, 1), f.height);
    }
  }
  to.globalAlpha = 1;
}

/** The other plan's bytes alive, dashed. */
function paintGhost(to: CanvasRenderingContext2D, scene: Scene): void {
  if (scene.ghost !== null) {
    to.setLineDash([5, 4]);
    paintCurve(to, scene.ghost, scene, scene.ink.ghost);
    to.setLineDash([]);
  }
}

/** Bytes alive at each step: where rectangles lie above it, placement left gaps. */
function paintCurve(to: CanvasRenderingContext2D, curve: Projection['curve'], scene: Scene, color = scene.ink.curve): void {
  const { picture, axis, window: w, frame: f } = scene;
  to.strokeStyle = color;
  to.globalAlpha = 0.75;
  to.lineWidth = 1.25;
  to.beginPath();
  const first = axis.step(w.left);
  to.moveTo(f.x, layout.yOf(w, f, liveAt(curve, first)));
  for (let i = 0; i < curve.length; i++) {
    const [step, bytes] = curve[i];
    const end = i + 1 < curve.length ? curve[i + 1][0] : picture.head.steps;
    if (end > first && axis.of(step) < w.right) {
      const y = layout.yOf(w, f, bytes);
      to.lineTo(layout.xOf(w, f, Math.max(axis.of(step), w.left)), y);
      to.lineTo(layout.xOf(w, f, axis.of(end)), y);
    }
  }
  to.stroke();
  to.globalAlpha = 1;
  to.lineWidth = 1;
}

function paintLimit(to: CanvasRenderingContext2D, { picture, window: w, frame: f, ink }: Scene): void {
  const limit = picture.head.limit_bytes;
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

function paintPeak(to: CanvasRenderingContext2D, { picture, axis, window: w, frame: f, ink }: Scene): void {
  const peak = picture.head.peak;
  if (peak === null) {
    return;
  }
  const x = layout.xOf(w, f, (axis.of(peak.step) + axis.of(peak.step + 1)) / 2);
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
  chip(to, ink, ink.text, `peak ${exactBytes(peak.bytes)}`, left ? x - 9 : x + 9, Math.max(y - 3, f.y + 2), 'bottom');
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
