// The buffers of a timeline: rectangles, or staircases where only part of a buffer is live.

import type { PixelBox } from './layout.js';
import * as layout from './layout.js';
import type { Ink, Scene } from './paint.js';
import { touched } from './picture.js';
import type { Rect } from './protocol.js';

const LABEL_FITS = { width: 34, height: 14 };
const RESERVED = 0.3;
/** Smaller ones have neither frame nor stairs: nobody would see them, and the rasteriser takes its time. */
const FRAMED = { width: 12, height: 8 };

/** Fills and frames; hands back the painting of labels, which go over the curve. */
export function paintRects(to: CanvasRenderingContext2D, scene: Scene): () => void {
  const { picture, axis, window: w, frame: f, ink, hover, selected, lifted } = scene;
  const lit = touched(picture, hover ?? selected);
  const labels: ((written: PixelBox[]) => void)[] = [];
  const framed: PixelBox[] = [];
  for (const rect of picture.rects) {
    const box = layout.boxOf(w, f, axis, rect);
    if (box === null) {
      continue;
    }
    const strength = lit.has(rect.buffer) ? 0.9 : picture.peak.has(rect.buffer) ? 0.65 : 0.4;
    const shown = lit.size > 0 && !lit.has(rect.buffer) ? strength * 0.6 : strength;
    paintRect(to, scene, rect, box, shown);
    if (picture.pins.has(rect.buffer) && box.width > 12 && box.height > 12) {
      paintPin(to, ink, box);
    }
    if (box.width > LABEL_FITS.width && box.height > LABEL_FITS.height) {
      labels.push(written => label(to, ink, rect, box, lit.has(rect.buffer), written));
    }
    if (selected?.kind === 'buffer' && selected.id === rect.buffer) {
      framed.push(box);
    }
    if (lifted?.buffer === rect.buffer) {
      const moved = layout.boxOf(w, f, axis, { ...rect, offset: lifted.offset });
      framed.push(...(moved === null ? [] : [moved]));
    }
  }
  framed.forEach(box => frameOf(to, ink, box));
  const written: PixelBox[] = [];
  return () => labels.forEach(write => write(written));
}

function paintRect(to: CanvasRenderingContext2D, scene: Scene, rect: Rect, box: PixelBox, strength: number): void {
  const color = scene.ink.role[rect.role];
  const width = Math.max(box.width - 1, 0.75);
  const height = Math.max(box.height - 1, 0.75);
  to.fillStyle = color;
  const framed = box.width > FRAMED.width && box.height > FRAMED.height;
  const stairs = rect.outline.length > 0 && framed;
  to.globalAlpha = stairs ? strength * RESERVED : strength;
  to.fillRect(box.x, box.y, width, height);
  if (stairs) {
    to.globalAlpha = strength;
    staircase(to, scene, rect);
    to.fill();
  }
  to.globalAlpha = stairs ? RESERVED : 1;
  if (framed) {
    to.strokeStyle = color;
    to.strokeRect(box.x + 0.5, box.y + 0.5, width - 1, height - 1);
  }
  to.globalAlpha = 1;
}

/** The outline of live bytes: forward along the upper edge, back along the lower. */
function staircase(to: CanvasRenderingContext2D, { axis, window: w, frame: f }: Scene, rect: Rect): void {
  const { outline } = rect;
  const x = (step: number): number => layout.xOf(w, f, axis.of(step));
  const y = (bytes: number): number => layout.yOf(w, f, rect.offset + bytes);
  const end = (i: number): number => (i + 1 < outline.length ? outline[i + 1][0] : rect.end_step);
  to.beginPath();
  for (let i = 0; i < outline.length; i++) {
    const [step, , hi] = outline[i];
    to.lineTo(x(step), y(hi));
    to.lineTo(x(end(i)), y(hi));
  }
  for (let i = outline.length - 1; i >= 0; i--) {
    const [step, lo] = outline[i];
    to.lineTo(x(end(i)), y(lo));
    to.lineTo(x(step), y(lo));
  }
  to.closePath();
}

function frameOf(to: CanvasRenderingContext2D, ink: Ink, box: PixelBox): void {
  to.lineWidth = 2;
  to.strokeStyle = ink.focus;
  to.strokeRect(box.x + 1, box.y + 1, Math.max(box.width - 3, 1), Math.max(box.height - 3, 1));
  to.lineWidth = 1;
  to.strokeStyle = ink.paper;
  to.strokeRect(box.x + 2.5, box.y + 2.5, Math.max(box.width - 6, 1), Math.max(box.height - 6, 1));
}

/** A pin's head in the upper right corner. */
function paintPin(to: CanvasRenderingContext2D, ink: Ink, box: PixelBox): void {
  to.fillStyle = ink.curve;
  to.beginPath();
  to.arc(box.x + box.width - 8, box.y + 7, 3, 0, 2 * Math.PI);
  to.fill();
}

/** The shape, with the name in front of it where there is room; nothing over what is `written` already. */
function label(to: CanvasRenderingContext2D, ink: Ink, rect: Rect, box: PixelBox, lit: boolean, written: PixelBox[]): void {
  const place = (text: string): PixelBox => ({
    x: box.x + 5, y: box.y + (box.height - LABEL_FITS.height) / 2, width: to.measureText(text).width, height: LABEL_FITS.height
  });
  const fits = (at: PixelBox): boolean => at.width <= box.width - 10 && !written.some(other => layout.meet(at, other));
  const text = [`${rect.label}  ${rect.shape}`, rect.shape].find(choice => fits(place(choice)));
  if (text === undefined) {
    return;
  }
  written.push(place(text));
  to.textAlign = 'left';
  to.textBaseline = 'middle';
  to.fillStyle = lit && rect.outline.length === 0 ? ink.paper : ink.text;
  to.fillText(text, box.x + 5, box.y + box.height / 2);
}
