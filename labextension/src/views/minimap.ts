// The whole curve in a strip, and the window on it. Drag to move, click to jump.

import type { Axis } from '../axis.js';
import { h } from '../dom.js';
import type { Window } from '../layout.js';
import type { Ink } from '../paint.js';
import type { Picture } from '../picture.js';

export class Minimap {
  readonly element = h('canvas', { class: 'mcu-minimap', 'aria-hidden': 'true' });
  private shown: { of: Picture; axis: Axis; window: Window; whole: Window } | null = null;
  private held: number | null = null;

  /** `go` is told where the middle of the window should be. */
  constructor(private readonly go: (place: number) => void) {
    this.element.addEventListener('pointerdown', e => this.down(e));
    this.element.addEventListener('pointermove', e => this.move(e));
    this.element.addEventListener('pointerup', () => (this.held = null));
    this.element.addEventListener('pointercancel', () => (this.held = null));
  }

  draw(of: Picture, axis: Axis, window: Window, whole: Window, ink: Ink, left: number, right: number): void {
    this.shown = { of, axis, window, whole };
    const { clientWidth, clientHeight } = this.element;
    const to = this.element.getContext('2d');
    if (to === null || clientWidth === 0) {
      return;
    }
    const ratio = globalThis.devicePixelRatio || 1;
    this.element.width = Math.round(clientWidth * ratio);
    this.element.height = Math.round(clientHeight * ratio);
    to.setTransform(ratio, 0, 0, ratio, 0, 0);
    const width = Math.max(clientWidth - left - right, 1);
    const x = (place: number): number => left + (place / whole.right) * width;
    const y = (bytes: number): number => clientHeight - (bytes / whole.top) * (clientHeight - 2);
    to.fillStyle = ink.line;
    to.fillRect(left, 0, width, clientHeight);
    to.fillStyle = ink.focus;
    to.globalAlpha = 0.55;
    to.beginPath();
    to.moveTo(left, clientHeight);
    of.curve.forEach(([step, bytes], i) => {
      const end = i + 1 < of.curve.length ? of.curve[i + 1][0] : of.head.steps;
      to.lineTo(x(axis.of(step)), y(bytes));
      to.lineTo(x(axis.of(end)), y(bytes));
    });
    to.lineTo(left + width, clientHeight);
    to.fill();
    to.globalAlpha = 1;
    to.strokeStyle = ink.text;
    to.strokeRect(x(window.left) + 0.5, 0.5, Math.max(x(window.right) - x(window.left) - 1, 2), clientHeight - 1);
    this.frame = { left, width };
  }

  private frame = { left: 0, width: 1 };

  private place(event: PointerEvent): number {
    const { left, width } = this.frame;
    return ((event.offsetX - left) / width) * (this.shown?.whole.right ?? 0);
  }

  private down(event: PointerEvent): void {
    if (this.shown === null || event.button !== 0) {
      return;
    }
    this.element.setPointerCapture(event.pointerId);
    const place = this.place(event);
    const { window: w } = this.shown;
    const inside = place >= w.left && place <= w.right;
    this.held = inside ? (w.left + w.right) / 2 - place : 0;
    if (!inside) {
      this.go(place);
    }
  }

  private move(event: PointerEvent): void {
    if (this.held !== null) {
      this.go(this.place(event) + this.held);
    }
  }
}
